/**
 * For the soak: makes a share of all calls fail. A call is throttled, broken, or loses its connection before or after
 * its effect.
 */
import type { Fault, FaultHook, FaultPoint } from "../local/aws/server.ts";
import type { GitHubFaultHook } from "../local/github/server.ts";
import { broken, throttled } from "../test/faults/switch.ts";

/** @param victim the access key id of the process whose calls to AWS fail */
export function openFaults(victim: string, share: number) {
  let isOn = false;
  const counts = { calls: 0, faults: 0 };
  const dropped: Fault = { kind: "drop" };
  /** The requests whose answer is to be lost. Both phases of a call have the same request object. */
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
    // The two phases of a call to GitHub cannot be matched to each other, so each phase gets its part of the share.
    if (Math.random() >= share * (phase === "before" ? 0.75 : 0.25)) return undefined;
    counts.faults++;
    if (phase === "after") return { kind: "drop" };
    // The service obeys GitHub's retry-after and asks nothing meanwhile. With a minute here the soak would test
    // little.
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
