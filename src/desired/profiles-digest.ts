import { createHash } from "node:crypto";
import type { Profiles } from "./profiles.ts";

/** Returns a short digest of the operator's profiles. A member's boundary carries it, so that the hub sees which it has. */
export const profilesDigest = (profiles: Profiles["profiles"]): string =>
  createHash("sha256")
    .update(JSON.stringify([...profiles].sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest("hex")
    .slice(0, 16);
