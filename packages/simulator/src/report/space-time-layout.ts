/** Where the rows of a space-time diagram are: as far apart as their words need, so that time is stretched where much happens. */
import type { TraceEvent } from "../world/trace-event.ts";
import { lanesOf, type Lanes } from "./space-time-lanes.ts";
import { rowsOf, type Row } from "./space-time-rows.ts";

const lineHeight = 19;
const rowGap = 9;
export const headHeight = 40;
/** Of the words beside the picture, where there is room for them beside it. */
const charactersOfLine = 66;

export interface Placed {
  readonly row: Row | undefined;
  readonly y: number;
}

export interface Picture {
  readonly placed: readonly Placed[];
  readonly lanes: Lanes;
  readonly height: number;
  /** Where a moment is: between the rows around it. */
  readonly yOf: (atMs: number) => number;
}

export function placeRows(events: readonly TraceEvent[]): Picture {
  const placed: Placed[] = [];
  let y = headHeight + 14;
  for (const row of rowsOf(events)) {
    placed.push({ row, y });
    y += rowGap + lineHeight * (row === undefined ? 1 : Math.ceil((row.text.length + 12) / charactersOfLine));
  }
  const known = placed.filter((each): each is Placed & { readonly row: Row } => each.row !== undefined);
  const yOf = (atMs: number): number => {
    const after = known.findIndex(({ row }) => row.atMs > atMs);
    const [one, other] = [known[after === -1 ? known.length - 1 : after - 1], known[after]];
    if (one === undefined) return headHeight;
    if (other === undefined) return y;
    return one.y + ((atMs - one.row.atMs) / (other.row.atMs - one.row.atMs)) * (other.y - one.y);
  };
  return { placed, lanes: lanesOf(events), height: y + 12, yOf };
}
