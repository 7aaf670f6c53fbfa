/** What one session is told of a round of news, by where its replica stands. */
import type { ReplicaId } from "@holdfast/core/engine";
import type { Followed } from "./followed-spaces.ts";
import type { PokeRound } from "./host.ts";

export type PokePlan =
  /** The changes from this part on: they follow on where the replica stands. */
  { readonly type: "changes"; readonly head: number; readonly start: number } | { readonly type: "head"; readonly head: number };

/** `takes`: it reads what it is sent. Undefined: there is nothing that it has not been told, or all of it is its own. */
export function planPoke(parts: PokeRound["parts"], followed: Followed, replica: ReplicaId, takes: boolean): PokePlan | undefined {
  const head = parts.at(-1)?.head ?? 0;
  const start = parts.findIndex(({ after, changes }) => after === followed.position && changes.length > 0);
  const news = parts.slice(Math.max(0, start));
  if (followed.access === "none" || news.every(({ author }) => author === replica)) return undefined;
  if (start >= 0 && takes) return { type: "changes", head, start };
  return head > followed.told ? { type: "head", head } : undefined;
}
