/** One round of compaction after the other, and never two at once; what fails is logged, and tried with the next. */
import type { ServerEvent } from "../observe.ts";
import type { LogEntry } from "../options.ts";
import type { CompactionHost } from "./compact-space.ts";
import { runCompactionRound } from "./compaction-rounds.ts";

export function createCompactor(log: (entry: LogEntry) => void, observe: (event: ServerEvent) => void): (host: CompactionHost) => void {
  let compacting = false;
  return (host) => {
    if (compacting) return;
    compacting = true;
    const failed = (error: unknown, detail: string): void => {
      if (!host.isClosed()) log({ level: "error", event: "compaction-failed", detail, error });
    };
    runCompactionRound(
      host,
      (space, { rows, tombstones, folded }) => {
        observe({ type: "compacted", rows, tombstones });
        log({
          level: "info",
          event: "compacted",
          detail: `Space "${space}": ${rows} changes dropped, ${tombstones} tombstones collected, ${folded} vectors folded.`,
        });
      },
      (space, error) => failed(error, `Space "${space}" could not be compacted now.`),
    )
      .catch((error: unknown) => failed(error, "Spaces could not be compacted now."))
      .finally(() => {
        compacting = false;
      });
  };
}
