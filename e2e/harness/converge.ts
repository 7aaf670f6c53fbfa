/** Waits until replicas have drained and agree, without doing anything for them (I1, I4). */
import type { Replica } from "./test-replica.ts";
import { until } from "./until.ts";

export interface Converging {
  readonly name: string;
  readonly replica: Replica;
  readonly space: string;
}

/** `r0`: the server's digest of a space, where it is at hand. */
export async function converge(replicas: readonly Converging[], r0?: (space: string) => Promise<string>, msMax = 20_000): Promise<void> {
  let last = "";
  const holds = async (): Promise<boolean> => {
    const states: string[] = [];
    const digests = new Map<string, Set<string>>();
    for (const { name, replica, space } of replicas) {
      const { pending, connection } = replica.status();
      const digest = await replica.digest(space);
      states.push(`${name}: ${pending} pending, ${JSON.stringify(connection)}, ${digest.slice(0, 8)}`);
      if (pending > 0) digests.set(name, new Set(["pending", "not"]));
      digests.set(space, (digests.get(space) ?? new Set()).add(digest));
    }
    if (r0 !== undefined)
      for (const space of new Set(replicas.map((one) => one.space))) {
        const digest = await r0(space);
        states.push(`r0: ${digest.slice(0, 8)}`);
        digests.get(space)?.add(digest);
      }
    last = states.join("\n");
    return [...digests.values()].every((set) => set.size === 1);
  };
  await until("all have drained and agree", holds, msMax).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${last}`);
  });
}
