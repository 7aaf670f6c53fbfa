/**
 * A failing run as a picture: devices and r0 as lanes, time downward, operations as dots, messages as arrows, deaths, what was cut off, and
 * where it went wrong; the same in words beside it, row by row. Time is stretched where much happens: a run of hours may turn on milliseconds.
 */
import type { Failure } from "../fleet.ts";
import type { TraceEvent } from "../world/trace-event.ts";
import { escapeText } from "./line-chart.ts";
import { lanesOf, type Lanes } from "./space-time-lanes.ts";
import { drawMarks } from "./space-time-marks.ts";
import { rowsOf, type Row } from "./space-time-rows.ts";

const lineHeight = 19;
const rowGap = 9;
const headHeight = 34;
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

export function spaceTimeDiagram(events: readonly TraceEvent[], failures: readonly Failure[]): string {
  const picture = placeRows(events);
  const { lanes, height } = picture;
  const description = `${lanes.names.join(", ")}; time runs downward. ${failures[0]?.detail ?? ""}`;
  const words = picture.placed.map(({ row, y }) => wordsOf(row, y)).join("\n");
  return `<div class="space-time" style="--height:${height}px"><svg viewBox="0 0 ${lanes.width} ${height}" width="${lanes.width}" height="${height}" role="img">
<title>Space-time diagram</title><desc>${escapeText(description)}</desc>
${drawMarks(picture, events)}
</svg>
<ol>${words}</ol></div>`;
}

function placeRows(events: readonly TraceEvent[]): Picture {
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

function wordsOf(row: Row | undefined, y: number): string {
  if (row === undefined) return `<li style="--y:${y - 13}px"><span>…</span></li>`;
  const kind =
    row.event.type === "failure"
      ? "wrong"
      : row.event.type === "fault" || row.event.type === "death"
        ? "fault"
        : row.event.type === "operation"
          ? "deed"
          : "";
  return `<li class="${kind}" style="--y:${y - 13}px"><time>${moment(row.atMs)}</time> <span>${escapeText(row.text)}</span></li>`;
}

function moment(atMs: number): string {
  if (atMs < 600_000) return `${(atMs / 1_000).toFixed(2)} s`;
  return atMs < 36_000_000 ? `${(atMs / 60_000).toFixed(1)} min` : `${(atMs / 3_600_000).toFixed(1)} h`;
}
