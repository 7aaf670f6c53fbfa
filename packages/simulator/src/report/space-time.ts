/**
 * A failing run as a picture: devices and r0 as lanes, time downward, operations as dots, messages as arrows, deaths, what was cut off, and
 * where it went wrong; the same in words beside it, row by row. Time is stretched where much happens: a run of hours may turn on milliseconds.
 */
import type { Failure } from "../fleet.ts";
import type { TraceEvent } from "../world/trace-event.ts";
import { escapeText } from "./line-chart.ts";
import { placeRows } from "./space-time-layout.ts";
import { drawMarks } from "./space-time-marks.ts";
import type { Row } from "./space-time-rows.ts";

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
