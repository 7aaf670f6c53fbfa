/** Two processes of one app on one file (trap 14). */
import type { Fault, Struck } from "./fault.ts";

export function secondProcess({ fleet }: Struck, { device }: Fault<"second-process">): void {
  void fleet.devices[device]?.openTwice();
}
