/** A file's report as lines for people: first how things stand, then what needs attention. */
import type { DeadLetterChange, DeadLetterPayload, FileReport } from "@holdfast/client/node";
import type { Value } from "@holdfast/core";

const limits = { listedMax: 50, valueMax: 72 } as const;

export function composeReport(report: FileReport): readonly string[] {
  return [
    ...composeHead(report),
    ...composeSpaces(report),
    ...composePending(report),
    ...composeRefused(report),
    ...composeConflicts(report),
  ];
}

function composeHead(report: FileReport): readonly string[] {
  const { path, replica, principal, epoch, schemaVersion, boots, sealed, records, format } = report;
  const counts = Object.entries(records).map(([name, count]) => `${name} ${count}`);
  return [
    `${path}`,
    row("replica", replica),
    row("user", principal === "" ? "not known before the first sync" : `${principal}${sealed ? ", signed out: the file is sealed" : ""}`),
    row("server epoch", epoch === "" ? "none before the first sync" : epoch),
    row("schema version", `${schemaVersion}, in a file of format ${format}, opened ${boots} ${boots === 1 ? "time" : "times"}`),
    row("records", counts.length === 0 ? "none" : counts.join(" · ")),
  ];
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(16)}${value}`;
}

function composeSpaces({ spaces }: FileReport): readonly string[] {
  const lines = spaces.flatMap((space) => [
    `  ${space.space}${space.followed ? "" : " (not followed any more)"}`,
    row("  access", space.access),
    row(
      "  cursor",
      space.cursor === ""
        ? "none: never pulled"
        : `${shorten(space.cursor, 40)}, at sequence ${space.sequence}${space.bootstrapping ? ", a snapshot is half received" : ""}`,
    ),
    row("  own writes", `operations up to ${space.counter}, answered up to ${space.settledThrough}: ${space.pendingOperations} pending`),
    row("  last in step", space.syncedAt === undefined ? "not recorded" : toTime(space.syncedAt)),
  ]);
  return section("Spaces", lines, "The file follows none.");
}

function composePending({ pending }: FileReport): readonly string[] {
  const lines = listed(pending, ({ space, counter, wallMs, payload }) => [
    `  ${space} #${counter}  ${toTime(wallMs)}`,
    ...composePayload(payload),
  ]);
  return section(`Pending: ${count(pending, "transaction")} not answered by the server`, lines, "Everything is answered.");
}

function composeRefused({ refused }: FileReport): readonly string[] {
  const lines = listed(refused, ({ id, space, code, reason, at, payload }) => [
    `  ${id}  ${space}  ${toTime(at)}  ${code}: ${reason}`,
    ...composePayload(payload),
  ]);
  return section(`Refused: ${count(refused, "dead letter")}, kept until the app retries or discards`, lines, "Nothing was refused.");
}

function composeConflicts({ conflicts }: FileReport): readonly string[] {
  const lines = listed(conflicts, ({ id, collection, record, field, item, value, loser, winner, at }) => {
    const place = `${collection} ${record}${field === "" ? "" : ` ${field}`}${item === "" ? "" : ` item ${shorten(item, 24)}`}`;
    const what = field === "" ? "the deletion was not kept: the record had been edited" : `not kept: ${toText(value)}`;
    return [`  ${id}  ${place}  ${toTime(at)}`, `      ${what}`, `      ${shortDot(loser)} lost to ${shortDot(winner)}`];
  });
  return section(`Conflicts: ${count(conflicts, "value")} that a resolution did not keep`, lines, "There was none, or all are settled.");
}

function composePayload(payload: DeadLetterPayload): readonly string[] {
  if (payload.type === "request") return [`      request ${payload.intent} ${toText(payload.input)}`];
  return payload.changes.map((change) => `      ${composeChange(change)}`);
}

function composeChange({ collection, record, field, kind, values }: DeadLetterChange): string {
  const place = `${collection} ${record}`;
  if (field === "") return `${place} created, brought back or deleted`;
  if (kind === "text") return `${place} ${field}: an edit of the text`;
  if (kind === "counter") return `${place} ${field}: ${values.map((by) => (Number(by) < 0 ? toText(by) : `+${toText(by)}`)).join(", ")}`;
  if (kind === "set" || kind === "list")
    return `${place} ${field}: ${values.length === 0 ? "removed or moved" : values.map(toText).join(", ")}`;
  return `${place} ${field} = ${values.map(toText).join(", ")}`;
}

function section(title: string, lines: readonly string[], nothing: string): readonly string[] {
  return ["", title, ...(lines.length === 0 ? [`  ${nothing}`] : lines)];
}

function listed<T>(items: readonly T[], compose: (item: T) => readonly string[]): readonly string[] {
  const lines = items.slice(0, limits.listedMax).flatMap(compose);
  return items.length <= limits.listedMax ? lines : [...lines, `  … and ${items.length - limits.listedMax} more: --json has all`];
}

function count(items: readonly unknown[], name: string): string {
  return `${items.length} ${name}${items.length === 1 ? "" : "s"}`;
}

/** UTC: a file may come from anywhere. */
function toTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function toText(value: Value): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return shorten(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" ? inner.toString() : inner instanceof Uint8Array ? `${inner.length} bytes` : inner,
    ),
    limits.valueMax,
  );
}

function shorten(text: string, lengthMax: number): string {
  const points = [...text];
  return points.length <= lengthMax ? text : `${points.slice(0, lengthMax - 1).join("")}…`;
}

function shortDot(dot: string): string {
  const [replica = "", counter = ""] = dot.split(":");
  return `${replica.slice(0, 8)}…:${counter}`;
}
