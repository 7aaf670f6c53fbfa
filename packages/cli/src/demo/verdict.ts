/** Good only if nothing is lost and everybody agrees; otherwise the first thing that is wrong (DEMO1). */
import type { Agreement } from "./world.ts";

export interface Verdict {
  readonly good: boolean;
  readonly text: string;
}

export function composeVerdict(agreement: Agreement, losses: readonly string[]): Verdict {
  const [first] = losses;
  if (first !== undefined)
    return { good: false, text: `${losses.length === 1 ? "Lost" : `The first of ${losses.length} losses`}: ${first}` };
  const { digests, inStep } = agreement;
  const equal = Object.values(digests).every((digest) => digest === digests.server);
  if (!equal || !inStep) return { good: false, text: `The devices and the server do not agree: ${describe(agreement)}` };
  return { good: true, text: "Nothing was lost, and all four agree." };
}

function describe({ states, digests }: Agreement): string {
  const devices = Object.entries(states).map(([name, { pending, sequence, connection }]) => {
    const digest = digests[name as keyof typeof states].slice(0, 8);
    return `${name} ${connection}, at ${sequence}, ${pending} pending, ${digest}`;
  });
  return [...devices, `server ${digests.server.slice(0, 8)}`].join("; ");
}
