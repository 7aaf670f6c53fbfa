/**
 * Knows every write that was acknowledged, and says what is wrong with the state that all have converged to (failures.md, I1 to I3).
 * What must be in counters, sets, lists and texts follows from the entries that r0 holds: an effect without its entry, or an entry
 * without its effect, is a transaction that was torn or applied twice.
 */
import type { Rows, SpaceState } from "./space-state.ts";

export interface Reader {
  readonly name: string;
  readonly state: SpaceState;
}

export interface Verdict {
  readonly wrong: readonly string[];
  readonly entries: number;
}

/** `letters`: ids of entries whose transactions are in dead letters; they count as survived (I2) and must not be on r0. */
export function judge(
  acknowledged: Iterable<string>,
  r0: SpaceState,
  replicas: readonly Reader[],
  letters: ReadonlySet<string> = new Set(),
): Verdict {
  const entries = r0.rows("entries");
  const wrong: string[] = [];
  for (const { name, state } of replicas)
    if (state.digest !== r0.digest) wrong.push(`I1: ${name} has digest ${state.digest}, r0 ${r0.digest}`);
  for (const id of acknowledged) if (!entries.has(id) && !letters.has(id)) wrong.push(`I2: ${id} was acknowledged and is nowhere`);
  for (const id of letters) if (entries.has(id)) wrong.push(`I2: ${id} is a dead letter and on r0`);
  wrong.push(...judgeTotals(entries, r0.rows("totals")), ...judgeBoards(entries, r0.rows("boards")));
  return { wrong: [...wrong.slice(0, 20), ...(wrong.length > 20 ? [`… ${wrong.length} in all`] : [])], entries: entries.size };
}

function judgeTotals(entries: Rows, totals: Rows): readonly string[] {
  const expected = new Map<string, number>([...totals.keys()].map((id) => [id, 0]));
  for (const { effect, target, amount } of entries.values())
    if (effect === "count") expected.set(target as string, (expected.get(target as string) ?? 0) + (amount as number));
  return [...expected]
    .filter(([id, sum]) => totals.get(id)?.["sum"] !== sum)
    .map(([id, sum]) => `I3: ${id} is ${String(totals.get(id)?.["sum"])}, and its entries add up to ${sum}`);
}

function judgeBoards(entries: Rows, boards: Rows): readonly string[] {
  const wrong: string[] = [];
  const byBoard = new Map<string, { readonly id: string; readonly effect: string }[]>();
  for (const [id, { effect, target }] of entries) {
    if (effect === "count") continue;
    const list = byBoard.get(target as string) ?? [];
    list.push({ id, effect: effect as string });
    byBoard.set(target as string, list);
  }
  for (const board of new Set([...boards.keys(), ...byBoard.keys()])) {
    const row = boards.get(board);
    const written = byBoard.get(board) ?? [];
    const idsOf = (effect: string): readonly string[] => written.filter((entry) => entry.effect === effect).map(({ id }) => id);
    const shown = {
      tag: (row?.["tags"] ?? []) as readonly string[],
      step: ((row?.["steps"] ?? []) as readonly { label: string }[]).map(({ label }) => label),
      type: [...String(row?.["body"] ?? "").matchAll(/<([^<>]+)>/g)].map((match) => match[1] as string),
    };
    for (const [effect, ids] of Object.entries(shown)) wrong.push(...compare(`${board} ${effect}`, idsOf(effect), ids));
    const title = row?.["title"];
    const titles = idsOf("rename");
    if (titles.length > 0 && !titles.includes(title as string))
      wrong.push(`I2: the title of ${board} is ${String(title)}, which nobody wrote`);
  }
  return wrong;
}

/** Each exactly once, and nothing else. */
function compare(what: string, expected: readonly string[], shown: readonly string[]): readonly string[] {
  const wanted = new Set(expected);
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const id of shown) {
    if (!wanted.has(id)) wrong.push(`I3: ${what} holds ${id}, which has no entry`);
    if (seen.has(id)) wrong.push(`I3: ${what} holds ${id} twice`);
    seen.add(id);
  }
  for (const id of expected) if (!seen.has(id)) wrong.push(`I2: ${what} lacks ${id}`);
  return wrong;
}
