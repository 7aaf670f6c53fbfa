/** After the kills: every device is opened again, in this process, and left alone until all have drained and agree. */
import { converge } from "./converge.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { linkFaults } from "./link-faults.ts";
import { openTestReplica, type Replica } from "./test-replica.ts";

export interface Returning {
  readonly name: string;
  readonly space: string;
  readonly path: string;
  readonly proxy: Pick<FaultProxy, "url" | "set">;
  readonly acknowledged: ReadonlySet<string>;
}

/** What was acknowledged and is not shown by the device that acknowledged it, before it has heard anything. */
export async function bringBack(devices: readonly Returning[]): Promise<readonly string[]> {
  const violations: string[] = [];
  const open: { readonly name: string; readonly space: string; readonly replica: Replica }[] = [];
  try {
    for (const { name, space, path, proxy, acknowledged } of devices) {
      proxy.set(linkFaults({ connect: "reset" }));
      const replica = await openTestReplica(path, proxy.url, { user: `user-${name}`, spaces: [space] });
      open.push({ name, space, replica });
      replica.on("forked", () => violations.push(`I2: ${name} took a new identity: r0 lost something that it had acknowledged`));
      for (const id of acknowledged)
        if ((await replica.space(space).entries.get(id)) === undefined)
          violations.push(`I5: ${name} does not show ${id}, which it acknowledged`);
    }
    for (const { proxy } of devices) proxy.set(linkFaults({}));
    await converge(open, undefined, 30_000);
  } finally {
    for (const { replica } of open) await replica.close();
  }
  return violations;
}
