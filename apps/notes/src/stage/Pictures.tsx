/** The pictures under the devices. Each says in words what it draws, for those who do not see it. */
import type { RecordReport } from "@holdfast/client";
import { useEffect, useRef, useState } from "react";
import type { Convergence } from "./convergence.ts";
import type { Reports, Seen } from "./observe.ts";
import { type DeviceName, deviceNames, type TakenOperation } from "./stage-api.ts";

export interface StreamEntry extends TakenOperation {
  readonly number: number;
  readonly atMs: number;
}

const laneX: Readonly<Record<DeviceName, number>> = { phone: 90, tablet: 260, watch: 430 };
const deviceY = 34;
const serverY = 150;
const flightMs = 700;
/** Dots that fly at once; more would be a line. */
const flightsMax = 40;

interface Flight {
  readonly id: number;
  readonly device: DeviceName;
  readonly isUp: boolean;
  readonly of: string;
}

/** What has been shown so far. */
interface Launched {
  number: number;
  sequences: Partial<Record<DeviceName, number>>;
  flight: number;
}

/** Changes that wait stand at their device; what r0 takes flies up to it, and down to the others. */
export function Travel(props: {
  readonly seen: Readonly<Record<DeviceName, Seen>>;
  readonly isServerUp: boolean;
  readonly airplane: Readonly<Record<DeviceName, boolean>>;
  readonly stream: readonly StreamEntry[];
}) {
  const { seen, isServerUp, airplane, stream } = props;
  const [flights, setFlights] = useState<readonly Flight[]>([]);
  const last = useRef<Launched>({ number: 0, sequences: {}, flight: 0 });
  const launch = (device: DeviceName, isUp: boolean, of: string): void => {
    const id = ++last.current.flight;
    setFlights((before) => [...before, { id, device, isUp, of }].slice(-flightsMax));
    setTimeout(() => setFlights((before) => before.filter((flight) => flight.id !== id)), flightMs);
  };
  useEffect(() => {
    for (const { number, device } of stream) {
      if (number <= last.current.number) continue;
      last.current.number = number;
      if (device in laneX) launch(device as DeviceName, true, device);
    }
  }, [stream]);
  useEffect(() => {
    for (const device of deviceNames) {
      const before = last.current.sequences[device];
      const now = seen[device].sequence;
      if (before !== undefined && now > before && seen[device].pending === 0) {
        const from = [...stream].reverse().find((entry) => entry.device !== device)?.device ?? "";
        for (let at = 0; at < Math.min(now - before, 5); at++) setTimeout(() => launch(device, false, from), at * 60);
      }
      last.current.sequences[device] = now;
    }
  }, [seen]);
  const waiting = deviceNames.map((device) => `${device} ${seen[device].pending}`).join(", ");
  return (
    <figure className="picture travel">
      <figcaption>Changes on their way</figcaption>
      <svg viewBox="0 0 520 190" role="img" aria-label={`Changes that wait: ${waiting}. The server is ${isServerUp ? "up" : "down"}.`}>
        {deviceNames.map((device) => (
          <g key={device}>
            <line
              x1={laneX[device]}
              y1={deviceY + 22}
              x2={260}
              y2={serverY - 14}
              className={airplane[device] || !isServerUp || !seen[device].isOn ? "link is-cut" : "link"}
            />
            <rect
              x={laneX[device] - 44}
              y={deviceY - 22}
              width={88}
              height={44}
              rx={10}
              className={`box of-${device} ${seen[device].isOn ? "" : "is-off"}`}
            />
            <text x={laneX[device]} y={deviceY - 3} className="label">
              {device}
            </text>
            <text x={laneX[device]} y={deviceY + 13} className="label small">
              {seen[device].pending === 0
                ? seen[device].isInStep
                  ? "in step"
                  : seen[device].isOn
                    ? "not in step"
                    : "off"
                : `${seen[device].pending} waiting`}
            </text>
            {Array.from({ length: Math.min(seen[device].pending, 12) }, (_, at) => (
              <circle key={at} cx={laneX[device] - 40 + (at % 12) * 7.3} cy={deviceY + 31} r={2.8} className={`dot-of of-${device}`} />
            ))}
          </g>
        ))}
        <rect x={190} y={serverY - 14} width={140} height={36} rx={10} className={isServerUp ? "box" : "box is-off"} />
        <text x={260} y={serverY + 9} className="label">
          {isServerUp ? `server · change ${Math.max(...deviceNames.map((device) => seen[device].sequence))}` : "server is down"}
        </text>
        {flights.map(({ id, device, isUp, of }) => (
          <circle
            key={id}
            r={5}
            className={`flight of-${of}`}
            style={
              {
                "--from-x": `${isUp ? laneX[device] : 260}px`,
                "--from-y": `${isUp ? deviceY + 24 : serverY - 14}px`,
                "--to-x": `${isUp ? 260 : laneX[device]}px`,
                "--to-y": `${isUp ? serverY - 14 : deviceY + 24}px`,
              } as React.CSSProperties
            }
          />
        ))}
      </svg>
    </figure>
  );
}

export function Convergences({ convergence }: { readonly convergence: Convergence }) {
  const { apartSinceMs, freeSinceMs, took } = convergence;
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    if (apartSinceMs === undefined) return;
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, [apartSinceMs]);
  const longest = Math.max(1000, ...took);
  const lastTook = took.at(-1);
  const said =
    apartSinceMs === undefined
      ? lastTook === undefined
        ? "All three agree."
        : `All three agree. It took ${seconds(lastTook)}.`
      : freeSinceMs === undefined
        ? `Apart for ${seconds(now - apartSinceMs)}: something keeps them so.`
        : `On the way to each other for ${seconds(now - freeSinceMs)}.`;
  return (
    <figure className="picture convergence">
      <figcaption>Time to convergence</figcaption>
      <p className="big">{said}</p>
      <svg viewBox="0 0 320 96" role="img" aria-label={`The last times to convergence: ${took.map(seconds).join(", ") || "none yet"}`}>
        <line x1={0} y1={80} x2={320} y2={80} className="axis" />
        {took.map((ms, at) => (
          <rect
            key={at}
            x={at * 13.2}
            y={80 - Math.max(2, (ms / longest) * 64)}
            width={10}
            height={Math.max(2, (ms / longest) * 64)}
            rx={2}
            className="bar"
          />
        ))}
        <text x={0} y={93} className="label small start">
          {took.length === 0 ? "each time that they agree again is a bar" : `longest ${seconds(longest)}`}
        </text>
      </svg>
    </figure>
  );
}

export function Vectors(props: { readonly reports: Reports; readonly names: Readonly<Record<string, string>>; readonly note: string }) {
  const { reports, names, note } = props;
  // The devices as they stand on the page, and then whoever else has written it.
  const order: readonly string[] = [...deviceNames, "server"];
  const place = (writer: string): number => (order.indexOf(names[writer] ?? "") + order.length + 1) % (order.length + 1);
  const writers = [...new Set(Object.values(reports).flatMap((report) => Object.keys(report?.vector ?? {})))].sort(
    (a, b) => place(a) - place(b) || (a < b ? -1 : 1),
  );
  return (
    <figure className="picture vectors">
      <figcaption>Who has written this note, as each device knows it</figcaption>
      {writers.length === 0 ? (
        <p className="quiet">Open a note on a device.</p>
      ) : (
        <div className="scroller" tabIndex={0} role="region" aria-label={`Version vectors of the note ${note}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Seen by</th>
                {writers.map((writer) => (
                  <th scope="col" key={writer} className={`of-${names[writer] ?? "other"}`}>
                    {names[writer] ?? (writer.length > 8 ? `${writer.slice(0, 6)}…` : writer)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {deviceNames.map((device) => (
                <VectorRow key={device} device={device} report={reports[device]} writers={writers} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="quiet">A number is the writer’s last change that is in the note there. A dot: not confirmed by the server yet.</p>
    </figure>
  );
}

function VectorRow({
  device,
  report,
  writers,
}: {
  readonly device: DeviceName;
  readonly report: RecordReport | undefined;
  readonly writers: readonly string[];
}) {
  return (
    <tr>
      <th scope="row">{device}</th>
      {writers.map((writer) => {
        const count = report?.vector[writer] ?? 0;
        const isConfirmed = (report?.confirmed[writer] ?? 0) === count;
        return (
          <td key={writer} className={isConfirmed ? undefined : "is-pending"}>
            {report === undefined ? "?" : count === 0 ? "–" : count}
            {!isConfirmed && <span aria-label="not confirmed"> •</span>}
          </td>
        );
      })}
    </tr>
  );
}

export function ChangeStream({ stream }: { readonly stream: readonly StreamEntry[] }) {
  const shown = stream.slice(-14).reverse();
  return (
    <figure className="picture stream">
      <figcaption>The server’s change stream</figcaption>
      {shown.length === 0 ? (
        <p className="quiet">Nothing has come to the server since this page was opened.</p>
      ) : (
        <ol reversed start={shown[0]?.number ?? 1}>
          {shown.map((entry) => (
            <li key={entry.number}>
              <span className={`chip of-${entry.device}`}>{entry.device}</span>{" "}
              {entry.kind === "request" ? "asks to buy" : entry.field === "" ? "creates or deletes" : entry.field}{" "}
              <span className="quiet">
                {entry.collection}/{entry.record.length > 12 ? `${entry.record.slice(0, 8)}…` : entry.record}
              </span>
            </li>
          ))}
        </ol>
      )}
    </figure>
  );
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
