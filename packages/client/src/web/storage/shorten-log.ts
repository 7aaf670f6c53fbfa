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
  let isUrgent = false;
  const look = (): void => {
    cancel = undefined;
    isUrgent = false;
    if (isBusy && logBytes() <= logBytesMax) wait();
    else if (logBytes() > logBytesMin) empty();
  };
  const wait = (): void => {
    isBusy = false;
    cancel = runtime.setTimer(restMs, look);
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
      isBusy = true;
      // Armed once, and not anew by each commit: those of a store that is written to without a pause would put it off for ever.
      if (logBytes() > logBytesMax && !isUrgent) {
        isUrgent = true;
        cancel?.();
        cancel = runtime.setTimer(0, look);
      } else if (cancel === undefined) wait();
      return result;
    },
    close() {
      cancel?.();
      port.close();
    },
  };
}
