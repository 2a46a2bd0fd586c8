/** Faults at a share of all calls: each is throttled, broken, or loses its connection before or after its effect. */
import type { Fault, FaultHook, FaultPoint } from "../local/aws/server.ts";
import type { GitHubFaultHook } from "../local/github/server.ts";
import { broken, throttled } from "../test/faults/switch.ts";

/** @param victim the key id of the process whose calls suffer */
export function openFaults(victim: string, share: number) {
  let isOn = false;
  const counts = { calls: 0, faults: 0 };
  const dropped: Fault = { kind: "drop" };
  /** Calls that lose their answer: both phases of a call have the same request. */
  const losing = new WeakSet<FaultPoint["request"]>();

  const aws: FaultHook = ({ service, action, request, accessKeyId, phase }) => {
    if (phase === "after") return losing.has(request) ? dropped : undefined;
    if (!isOn || accessKeyId !== victim) return undefined;
    counts.calls++;
    if (Math.random() >= share) return undefined;
    counts.faults++;
    switch (Math.floor(Math.random() * 4)) {
      case 0:
        return throttled({ service, action });
      case 1:
        return broken({ service, action });
      case 2:
        return dropped;
      default:
        losing.add(request);
        return undefined;
    }
  };

  const gitHub: GitHubFaultHook = ({ phase }) => {
    if (!isOn) return undefined;
    if (phase === "before") counts.calls++;
    // GitHub's two phases are not told to be of one call, so each has its part of the share.
    if (Math.random() >= share * (phase === "before" ? 0.75 : 0.25)) return undefined;
    counts.faults++;
    if (phase === "after") return { kind: "drop" };
    // GitHub says how long to wait, and nobody asks it meanwhile: a minute would leave little to soak.
    const [message, headers] = ["no", { "retry-after": "1" }];
    switch (Math.floor(Math.random() * 3)) {
      case 0:
        return { kind: "error", status: 429, message, headers };
      case 1:
        return { kind: "error", status: 502, message };
      default:
        return { kind: "drop" };
    }
  };

  return {
    aws,
    gitHub,
    counts,
    on(): void {
      isOn = true;
    },
    off(): void {
      isOn = false;
    },
  };
}
