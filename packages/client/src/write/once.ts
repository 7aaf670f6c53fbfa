/** What makes a write be done once, however often it is asked for, and by whichever owner of the store (`store/requests.ts`). */
import type { SqlitePort } from "@holdfast/core/engine";
import type { Ticket } from "./settlements.ts";

export interface Once {
  /** The same for the same request. */
  readonly name: string;
  /** What was done for it, ever. Throws where nobody knows any more. */
  find(port: SqlitePort): Ticket | undefined;
  /** Within the SQL transaction of what was done. */
  remember(port: SqlitePort, ticket: Ticket): void;
}
