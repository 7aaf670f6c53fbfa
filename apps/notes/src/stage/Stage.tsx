/** Three devices, the server between them, and pictures of what goes on. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { clockKey, type DevicePort } from "./device-port.ts";
import { DeviceFrame } from "./DeviceFrame.tsx";
import { noConvergence, stepConvergence } from "./convergence.ts";
import { type Reports, reportsOf, see, type Seen } from "./observe.ts";
import { ChangeStream, Convergences, type StreamEntry, Travel, Vectors } from "./Pictures.tsx";
import { type DeviceName, deviceNames, listenToServer, readStage, type StageState, switchDevice, switchServer } from "./stage-api.ts";

const lookEveryMs = 200;
const streamKept = 60;
const tenYearsMs = 10 * 365.25 * 24 * 3_600_000;

type PerDevice<T> = Readonly<Record<DeviceName, T>>;

function forEachDevice<T>(make: (device: DeviceName) => T): PerDevice<T> {
  return Object.fromEntries(deviceNames.map((device) => [device, make(device)])) as PerDevice<T>;
}

export function Stage() {
  const [stage, setStage] = useState<StageState | undefined>(undefined);
  const [powered, setPowered] = useState(() => forEachDevice(() => true));
  const [clocks, setClocks] = useState(() => forEachDevice(() => 0));
  const frames = useRef<Partial<Record<DeviceName, HTMLIFrameElement | null>>>({});
  const [seen, setSeen] = useState<PerDevice<Seen>>(() => forEachDevice(() => see(undefined)));
  const [convergence, setConvergence] = useState(noConvergence);
  const [reports, setReports] = useState<Reports>({});
  const [stream, setStream] = useState<readonly StreamEntry[]>([]);
  const [chosen, setChosen] = useState<string>("weekend");

  const portOf = useCallback((device: DeviceName): DevicePort | undefined => frames.current[device]?.contentWindow?.holdfastDevice, []);
  useEffect(() => void readStage().then(setStage), []);
  const theme = new URL(location.href).searchParams.get("theme");

  useEffect(() => {
    let number = 0;
    return listenToServer((operations) =>
      setStream((before) =>
        [...before, ...operations.map((operation) => ({ ...operation, number: ++number, atMs: Date.now() }))].slice(-streamKept),
      ),
    );
  }, []);

  const isHeld = stage === undefined || !stage.isServerUp || deviceNames.some((device) => stage.devices[device].airplane);
  useEffect(() => {
    const look = (): void => {
      const now = forEachDevice((device) => see(portOf(device)));
      setSeen((before) => (JSON.stringify(before) === JSON.stringify(now) ? before : now));
      setConvergence((before) => stepConvergence(before, Object.values(now), isHeld, performance.now()));
    };
    const timer = setInterval(look, lookEveryMs);
    return () => clearInterval(timer);
  }, [isHeld, portOf]);

  // The note that was last opened on any device is the one whose vectors are drawn.
  const lastSelected = useRef<Partial<Record<DeviceName, string>>>({});
  useEffect(() => {
    for (const device of deviceNames) {
      const now = seen[device].selected;
      if (now !== undefined && now !== lastSelected.current[device]) setChosen(now);
      if (now === undefined) delete lastSelected.current[device];
      else lastSelected.current[device] = now;
    }
    let isCurrent = true;
    void reportsOf(
      forEachDevice((device) => portOf(device)),
      chosen,
    ).then((now) => isCurrent && setReports((before) => (JSON.stringify(before) === JSON.stringify(now) ? before : now)));
    return () => {
      isCurrent = false;
    };
  }, [seen, chosen, portOf]);

  const names = useMemo(
    () => ({
      ...(stage === undefined ? {} : { [stage.serverWriter]: "server" }),
      ...Object.fromEntries(deviceNames.map((device) => [seen[device].replica, device])),
    }),
    [seen, stage],
  );
  if (stage === undefined) return <p className="opening">Looking for the stage …</p>;

  // A device's own system says when its radio goes off and on; a server that is down says nothing.
  const setAirplane = (device: DeviceName, airplane: boolean): void => {
    void switchDevice(device, { airplane }).then((now) => {
      setStage(now);
      frames.current[device]?.contentWindow?.dispatchEvent(new Event(airplane ? "offline" : "online"));
    });
  };
  const setClock = (device: DeviceName): void => {
    const offset = clocks[device] === 0 ? tenYearsMs : 0;
    localStorage.setItem(clockKey(`notes-${device}-${stage.session}`), String(offset));
    setClocks({ ...clocks, [device]: offset });
    // A clock is read by the worker; the next worker has the new one.
    portOf(device)?.killWorker();
  };
  return (
    <div className="stage">
      <header className="stage-head">
        <div>
          <h1>One person, three devices, one server</h1>
          <p>Write anywhere. Cut anything. Nothing that a device has called written is ever lost, and all of them agree again.</p>
        </div>
        <button
          type="button"
          className={`switch server-switch ${stage.isServerUp ? "" : "is-on"}`}
          aria-pressed={!stage.isServerUp}
          onClick={() => void switchServer(!stage.isServerUp).then(setStage)}
        >
          {stage.isServerUp ? "Take the server down" : "Bring the server up"}
        </button>
      </header>
      <ol className="tries" aria-label="What to try">
        <li>
          <span>
            <strong>Part them.</strong> Airplane mode on phone and tablet; rename, type and tick in one note on both. Then land.
          </span>
        </li>
        <li>
          <span>
            <strong>Spend twice.</strong> Press ◆ and buy Pro on two devices while they are apart: the credits are enough for one of them.
          </span>
        </li>
        <li>
          <span>
            <strong>Break things.</strong> Kill a worker, cut the power, put a clock ten years ahead, take the server down, and go on
            writing.
          </span>
        </li>
      </ol>
      <div className="frames">
        {deviceNames.map((device) => (
          <DeviceFrame
            key={device}
            device={device}
            address={`/?device=${device}&stage=${stage.session}&server=${encodeURIComponent(`http://127.0.0.1:${stage.devices[device].port}`)}${theme === null ? "" : `&theme=${theme}`}`}
            isPowered={powered[device]}
            isAirplane={stage.devices[device].airplane}
            isSlow={stage.devices[device].slow}
            isClockWrong={clocks[device] !== 0}
            seen={seen[device]}
            onFrame={(frame) => (frames.current[device] = frame)}
            onAirplane={() => setAirplane(device, !stage.devices[device].airplane)}
            onSlow={() => void switchDevice(device, { slow: !stage.devices[device].slow }).then(setStage)}
            onKill={() => portOf(device)?.killWorker()}
            onPower={() => setPowered({ ...powered, [device]: !powered[device] })}
            onClock={() => setClock(device)}
          />
        ))}
      </div>
      <div className="pictures">
        <Travel
          seen={seen}
          isServerUp={stage.isServerUp}
          airplane={forEachDevice((device) => stage.devices[device].airplane)}
          stream={stream}
        />
        <Convergences convergence={convergence} />
        <Vectors reports={reports} names={names} note={chosen} />
        <ChangeStream stream={stream} />
      </div>
    </div>
  );
}
