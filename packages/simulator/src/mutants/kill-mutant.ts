/** One mutant, hunted until it is found or the bounds are reached: by the open swarm, and by plans that are bent to it. */
import type { HuntRequest } from "./hunt.ts";
import type { Finding } from "./lanes/lane.ts";
import type { Mutant } from "./mutant.ts";
import { startHunt } from "./start-hunt.ts";

export interface HuntBounds {
  /** Tries of the open swarm; 0: none. */
  readonly openSeedsMax: number;
  readonly directedSeedsMax: number;
  /** For each of the two. */
  readonly secondsMax: number;
  readonly shrinkMsMax: number;
}

/** Tries until found; undefined: not within the bounds, or not asked. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly open: number | undefined;
  readonly directed: number | undefined;
  readonly finding: Finding | undefined;
  readonly seconds: number;
}

export async function killMutant(mutant: Mutant, bounds: HuntBounds): Promise<Verdict> {
  const { directedSeedsMax } = bounds;
  // Only the swarm has plans that nobody has bent; what another lane is told to look at is all there is.
  const openSeedsMax = mutant.lane === undefined ? bounds.openSeedsMax : mutant.directed === undefined ? directedSeedsMax : 0;
  const open = openSeedsMax > 0 ? await search(mutant, false, openSeedsMax, bounds) : nothing;
  // Where the open swarm finds it at once, there is nothing to bend.
  const isEasy = open.tried !== undefined && open.tried <= openEnough;
  const isBent = mutant.directed !== undefined && !isEasy && directedSeedsMax > 0;
  const directed = isBent ? await search(mutant, true, directedSeedsMax, bounds) : nothing;
  return {
    mutant,
    open: open.tried,
    directed: directed.tried,
    finding: directed.finding ?? open.finding,
    seconds: open.seconds + directed.seconds,
  };
}

const openEnough = 5;

interface Searched {
  readonly tried: number | undefined;
  readonly finding: Finding | undefined;
  readonly seconds: number;
}

const nothing: Searched = { tried: undefined, finding: undefined, seconds: 0 };

/** What fails in the same way without the mutant says nothing about it, and the search goes on behind it. */
async function search(mutant: Mutant, directed: boolean, seedsMax: number, bounds: HuntBounds): Promise<Searched> {
  const { secondsMax, shrinkMsMax } = bounds;
  let [start, tried, seconds] = [1, 0, 0];
  while (tried < seedsMax && seconds < secondsMax) {
    const request: HuntRequest = {
      mutant: mutant.id,
      mutated: true,
      directed,
      start,
      seedsMax: seedsMax - tried,
      secondsMax: secondsMax - seconds,
      shrinkMsMax,
    };
    const hunted = await startHunt(request);
    tried += hunted.tried;
    seconds += hunted.seconds;
    if (!hunted.found) break;
    const control = await startHunt({ ...request, mutated: false, start: hunted.seed, seedsMax: 1, shrinkMsMax: 0 });
    if (!control.found) return { tried, finding: hunted.finding, seconds };
    start = hunted.seed + 1;
  }
  return { tried: undefined, finding: undefined, seconds };
}
