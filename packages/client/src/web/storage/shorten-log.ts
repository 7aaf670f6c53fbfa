/**
 * SQLite's log is read whole when a store is opened that was not closed, and a browser's seldom is: its worker ends with the page. A first
 * sync leaves everything it brought in the log. So it is emptied when the store has come to rest, and a long one at once.
 */
import type { Runtime, SqlitePort } from "@holdfast/core/engine";

/** A shorter one is read in some 10 ms: it is left. */
const logBytesMin = 2 ** 20;
/** A longer one is emptied at once, whatever is going on. */
const logBytesMax = 2 ** 23;
/** Without a commit for so long, the store is at rest. */
const restMs = 500;

export function shortenLog(port: SqlitePort, logBytes: () => number, runtime: Pick<Runtime, "setTimer">): SqlitePort {
  let cancel: (() => void) | undefined;
  let isBusy = false;
  const look = (): void => {
    cancel = undefined;
    if (isBusy && logBytes() <= logBytesMax) wait(restMs);
    else if (logBytes() > logBytesMin) empty();
  };
  const wait = (delayMs: number): void => {
    isBusy = false;
    cancel = runtime.setTimer(delayMs, look);
  };
  const empty = (): void => {
    try {
      port.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Everything is in the log still, and the next commit says what is wrong with the disk.
    }
  };
  return {
    ...port,
    transaction(body) {
      const result = port.transaction(body);
      const isLong = logBytes() > logBytesMax;
      isBusy = true;
      if (isLong) cancel?.();
      if (isLong || cancel === undefined) wait(isLong ? 0 : restMs);
      return result;
    },
    close() {
      cancel?.();
      port.close();
    },
  };
}
