/** What a step of a device's sync machine says of its link: connections, deadlines, backoff, the breaker. */
import type { CycleStep } from "@holdfast/client";
import { cycleDefaults } from "@holdfast/core/engine";
import type { Point } from "./points.ts";

export function* observeLink({ before, event, after, effects }: CycleStep): Generator<Point> {
  const [was, is] = [before.link, after.link];
  if (is.kind === "waiting" && was.kind !== "waiting") {
    yield `the link waits: ${is.reason}`;
    if (is.notBeforeMs > event.nowMs) yield "r0 said when to come back";
  }
  if (is.kind === "blocked" && was.kind !== "blocked") yield `the link is blocked: ${is.reason}`;
  if (was.kind === "blocked" && event.type === "credentials" && is.kind !== "blocked") yield "new credentials end a block";
  if (was.kind === "stopped" && event.type === "foreground") yield "a suspended app comes back";
  if (was.kind === "live" && event.type === "background") yield "an app is suspended while it is live";
  if (event.type === "timer") yield* observeTimer(was.kind, event.name);
  if (was.kind === "live" && was.pingSentMs !== undefined && event.type === "message") yield "a ping is answered";
  if (is.kind === "live" && is.pingSentMs !== undefined && was.kind === "live" && was.pingSentMs === undefined)
    yield "a silent link is pinged";
  if (event.type === "token-failed") yield "a token cannot be had";
  if (effects.some((effect) => effect.type === "fetch-token" && effect.refused)) yield "a fresh token is asked for";
  if (after.backoff.attempts > before.backoff.attempts) {
    if (after.backoff.attempts === 5) yield "five attempts fail in a row";
    if (cycleDefaults.backoffBaseMs * 2 ** before.backoff.attempts >= cycleDefaults.backoffCapMs) yield "the backoff is at its cap";
  }
  if (before.backoff.attempts > 0 && after.backoff.attempts === 0) yield "a connection lasts, and the backoff starts afresh";
  yield* observeBreaker(before.breaker.kind, after.breaker.kind);
}

function* observeTimer(link: string, name: string): Generator<Point> {
  if (name === "deadline" && link === "connecting") yield "a connection does not open in time";
  if (name === "deadline" && link === "greeting") yield "no welcome comes in time";
  if (name === "deadline" && link === "live") yield "a ping or a request is not answered in time";
  if (name === "deadline" && link === "token") yield "a token does not come in time";
  if (name === "anti-entropy" && link === "live") yield "a quiet link pulls by itself";
}

function* observeBreaker(was: string, is: string): Generator<Point> {
  if (was === is) return;
  if (is === "open" && was === "closed") yield "the breaker opens";
  if (is === "half-open") yield "the breaker is half-open";
  if (is === "open" && was === "half-open") yield "a probe fails, and the breaker opens again";
  if (is === "closed") yield "the breaker closes again";
}
