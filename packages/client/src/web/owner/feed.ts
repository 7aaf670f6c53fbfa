/**
 * A live query of one tab. The next message waits until the last was taken: a tab that is slow or asleep is behind, and never in front of
 * a queue; what it gets then is the difference to what it has.
 */
import type { OwnerMessage } from "../protocol/messages.ts";
import { spliceBetween } from "../protocol/splice.ts";

export interface Feed {
  taken(): void;
  stop(): void;
}

interface RowLike {
  readonly id: string;
}

/** `subscribe` calls back at once or later, and again after each change. */
export function createFeed<State>(parts: {
  readonly subscribe: (changed: (state: State) => void) => { stop(): void };
  /** Undefined: nothing that the tab would see. */
  readonly difference: (sent: State | undefined, now: State) => OwnerMessage | undefined;
  readonly send: (message: OwnerMessage) => void;
}): Feed {
  let sent: State | undefined;
  let now: State | undefined;
  let isWaiting = false;
  const send = (): void => {
    if (isWaiting || now === undefined || now === sent) return;
    const message = parts.difference(sent, now);
    sent = now;
    if (message === undefined) return;
    isWaiting = true;
    parts.send(message);
  };
  const subscription = parts.subscribe((state) => {
    now = state;
    send();
  });
  return {
    taken() {
      isWaiting = false;
      send();
    },
    stop: () => subscription.stop(),
  };
}

/** Rows that have not changed are the same objects: only the others are sent. */
export function rowsDifference(feed: number) {
  return (sent: readonly RowLike[] | undefined, now: readonly RowLike[]): OwnerMessage | undefined => {
    const known = new Map((sent ?? []).map((row) => [row.id, row]));
    const rows = now.filter((row) => known.get(row.id) !== row);
    const splice = spliceBetween(
      (sent ?? []).map(({ id }) => id),
      now.map(({ id }) => id),
    );
    if (sent !== undefined && rows.length === 0 && splice.removed === 0 && splice.ids.length === 0) return undefined;
    return { type: "rows", feed, splice, rows: rows as never };
  };
}
