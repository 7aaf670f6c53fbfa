/**
 * What each space does next. Called at the end of every step, and level-triggered: it looks at what is so, never at what just
 * happened, so that no path of failure can leave a change log waiting for the next local write (F11).
 */
import { type Draft, startApply, takeRequest, updateSpace } from "./cycle-draft.ts";
import { hasPending, isFollowable, isResaying, unmetDependencies, voidDependencies } from "./cycle-space.ts";
import type { SpaceCycle } from "./cycle.ts";
import * as wireLimits from "../wire/wire-limits.ts";

export function planSpaces(draft: Draft): void {
  if (draft.state.link.kind !== "live") return;
  for (const space of draft.state.spaces.keys()) planSpace(draft, draft.state.spaces.get(space) as SpaceCycle);
}

function planSpace(draft: Draft, space: SpaceCycle): void {
  if (!space.welcomed || !isFollowable(space)) return;
  planPull(draft, space);
  planPush(draft, draft.state.spaces.get(space.space) as SpaceCycle);
}

function planPull(draft: Draft, space: SpaceCycle): void {
  if (space.pull !== undefined || space.parting !== undefined || isResaying(space)) return;
  // What is being applied may already bring it to the head.
  if (space.applies.length > 0 && !space.behind) return;
  if (space.pulled && space.sequence >= space.head && !space.bootstrapping) return;
  if (space.pulled && draft.nowMs < space.pullNotBeforeMs) return;
  if (unmetDependencies(draft.state, space).length > 0) return;
  const request = takeRequest(draft);
  updateSpace(draft, space.space, {
    behind: false,
    pull: {
      request,
      sinceMs: draft.nowMs,
      cursor: space.cursor,
      head: space.head,
      doubted: false,
      released: voidDependencies(draft.state, space),
    },
  });
  draft.effects.push({
    type: "send",
    message: {
      type: "pull",
      request,
      space: space.space,
      cursor: space.cursor,
      ownThrough: space.settledThrough,
      bytesMax: draft.limits.pageBytesMax,
    },
  });
}

/**
 * One push at a time, so that counters arrive in order, and none while a snapshot is being received: its states are those of
 * r0 at one head, and an own operation confirmed in between would be missing from them. A replica that is about to take a new id pulls
 * nothing before it has: it would meet another copy's operations under its own dots. Its next snapshot begins after that.
 */
function planPush(draft: Draft, space: SpaceCycle): void {
  const { limits, nowMs } = draft;
  if (
    space.push !== undefined ||
    space.applies.includes("pushed") ||
    space.applies.includes("withdraw") ||
    space.applies.includes("welcome")
  )
    return;
  if (!hasPending(space) || space.parting === "parted") return;
  if (space.parting === undefined && !isResaying(space) && (space.bootstrapping || space.cursor.length === 0)) return;
  if (nowMs < space.pushNotBeforeMs) return;
  const { poison } = space;
  if (poison !== undefined) {
    // Only a session that has proved itself counts against the transaction.
    if (!space.pulled && space.parting === undefined && !isResaying(space)) return;
    const isProved = poison.failures >= limits.poisonAttemptsMax || poison.closures >= limits.poisonClosuresMax;
    if (poison.alone && isProved && poison.counter === space.settledThrough + 1) {
      startApply(draft, space.space, "withdraw");
      updateSpace(draft, space.space, { poison: undefined });
      draft.effects.push({
        type: "withdraw",
        space: space.space,
        counter: poison.counter,
        reason: `r0 failed ${poison.failures + poison.closures} times on it`,
      });
      return;
    }
  }
  const request = takeRequest(draft);
  updateSpace(draft, space.space, { push: { request, sinceMs: nowMs, transactions: undefined, through: space.settledThrough } });
  draft.effects.push({
    type: "push",
    space: space.space,
    request,
    after: space.settledThrough,
    transactionsMax: Math.min(
      space.offersAll ? wireLimits.transactionsPerBatchMax : limits.pushTransactionsMax,
      poison?.batchMax ?? Infinity,
    ),
    bytesMax: draft.state.pushBytesMax,
  });
}
