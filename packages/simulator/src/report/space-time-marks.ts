/** What is drawn into a space-time diagram. Colours are CSS variables of the page. */
import type { TraceEvent } from "../world/trace-event.ts";
import { escapeText } from "./line-chart.ts";
import { headHeight, type Picture } from "./space-time-layout.ts";
import { isShownMessage } from "./space-time-rows.ts";

/** An arrow that would be flat is given this much of a slope. */
const fallMin = 16;

export function drawMarks(picture: Picture, events: readonly TraceEvent[]): string {
  const { lanes, height } = picture;
  const heads = lanes.names.map(
    (name) => `<text class="head" x="${lanes.xOf(name)}" y="18" text-anchor="middle">${escapeText(name)}</text>`,
  );
  const lines = lanes.names.map((name) => `<path class="lane" d="M${lanes.xOf(name)} ${headHeight - 6}V${height}"/>`);
  return [
    ...bands(picture, events),
    ...lines,
    ...downtimes(picture, events),
    ...rules(picture),
    ...arrows(picture),
    ...dots(picture),
    ...heads,
  ].join("\n");
}

/** While something lasts: a partition, a full disk, an app in the background. */
function bands({ lanes, yOf, height }: Picture, events: readonly TraceEvent[]): readonly string[] {
  const healedMs = events.find(({ type }) => type === "peace")?.atMs ?? Infinity;
  return events.flatMap((event) => {
    if (event.type !== "fault" || !("forMs" in event.fault)) return [];
    const { fault, atMs } = event;
    const from = yOf(atMs);
    const until = Math.min(height, yOf(Math.min(atMs + fault.forMs, healedMs)));
    return whose(fault).flatMap((name) => {
      const x = lanes.xOf(name);
      if (x === undefined) return [];
      return [
        `<rect class="band" x="${x - 20}" y="${from.toFixed(1)}" width="40" height="${Math.max(8, until - from).toFixed(1)}" rx="4"><title>${fault.type}</title></rect>`,
      ];
    });
  });
}

function whose(fault: object): readonly string[] {
  const { device, devices } = fault as { readonly device?: number | "server"; readonly devices?: readonly number[] };
  const indices = devices ?? (device === undefined ? [] : [device]);
  return indices.map((index) => (index === "server" ? "r0" : `device-${index}`));
}

/** A lane is broken while its machine is down. */
function downtimes({ lanes, yOf, height }: Picture, events: readonly TraceEvent[]): readonly string[] {
  return events.flatMap((event, index) => {
    if (event.type !== "death") return [];
    const x = lanes.xOf(event.machine);
    const again = events.find((other, at) => at > index && other.type === "start" && other.machine === event.machine);
    if (x === undefined) return [];
    const until = again === undefined ? height : yOf(again.atMs);
    return [`<path class="down" d="M${x} ${yOf(event.atMs).toFixed(1)}V${until.toFixed(1)}"/>`];
  });
}

/** Lines across: where it went wrong, and from where on nothing strikes any more. */
function rules({ placed, lanes }: Picture): readonly string[] {
  return placed.flatMap(({ row, y }) => {
    const kind = row?.event.type;
    if (kind !== "failure" && kind !== "peace") return [];
    return [`<path class="${kind}" d="M4 ${y}H${lanes.width - 4}"/>`];
  });
}

function arrows({ placed, lanes, yOf, height }: Picture): readonly string[] {
  return placed.flatMap(({ row, y }) => {
    const event = row?.event;
    if (event === undefined || !isShownMessage(event)) return [];
    const [from, to] = [lanes.xOf(event.sender), lanes.xOf(event.receiver)];
    if (from === undefined || to === undefined) return [];
    const end = Math.min(height - 6, Math.max(y + fallMin, yOf(event.arrivedMs)));
    const title = `<title>${escapeText(event.says)}</title>`;
    if (event.fate === "arrived")
      return [`<g class="message">${title}<path d="M${from} ${y}L${to} ${end.toFixed(1)}"/>${tip(from, y, to, end)}</g>`];
    const [x, middle] = [from + (to - from) * 0.55, y + (end - y) * 0.55];
    return [`<g class="message lost">${title}<path d="M${from} ${y}L${x.toFixed(1)} ${middle.toFixed(1)}"/>${cross(x, middle, 5)}</g>`];
  });
}

/** An arrowhead as a path of its own: markers cannot take their colour from CSS everywhere. */
function tip(fromX: number, fromY: number, toX: number, toY: number): string {
  const length = Math.hypot(toX - fromX, toY - fromY) || 1;
  const [dx, dy] = [(toX - fromX) / length, (toY - fromY) / length];
  const at = (along: number, across: number): string =>
    `${(toX - dx * along - dy * across).toFixed(1)} ${(toY - dy * along + dx * across).toFixed(1)}`;
  return `<path class="tip" d="M${at(2, 0)}L${at(11, 4)}L${at(11, -4)}Z"/>`;
}

function cross(x: number, y: number, size: number): string {
  const [left, right, high, low] = [x - size, x + size, y - size, y + size].map((each) => each.toFixed(1));
  return `<path class="cross" d="M${left} ${high}L${right} ${low}M${left} ${low}L${right} ${high}"/>`;
}

function dots({ placed, lanes }: Picture): readonly string[] {
  return placed.flatMap(({ row, y }) => {
    const event = row?.event;
    if (event === undefined || !("machine" in event)) return [];
    const x = lanes.xOf(event.machine);
    if (x === undefined) return [];
    if (event.type === "operation")
      return [`<circle class="deed" cx="${x}" cy="${y}" r="6"><title>${escapeText(row?.text ?? "")}</title></circle>`];
    if (event.type === "start") return [`<circle class="born" cx="${x}" cy="${y}" r="5"/>`];
    if (event.type === "answered") return [`<circle class="refused" cx="${x}" cy="${y}" r="5"/>`];
    return event.type === "death" ? [`<g class="death">${cross(x, y, 8)}</g>`] : [];
  });
}
