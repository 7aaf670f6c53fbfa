import type { DeviceName } from "./stage-api.ts";
import type { Seen } from "./observe.ts";

interface DeviceFrameProps {
  readonly device: DeviceName;
  readonly address: string;
  readonly isPowered: boolean;
  readonly isAirplane: boolean;
  readonly isSlow: boolean;
  readonly isClockWrong: boolean;
  readonly seen: Seen;
  readonly onFrame: (frame: HTMLIFrameElement | null) => void;
  readonly onAirplane: () => void;
  readonly onSlow: () => void;
  readonly onKill: () => void;
  readonly onPower: () => void;
  readonly onClock: () => void;
}

const titles: Readonly<Record<DeviceName, string>> = { phone: "Phone", tablet: "Tablet", watch: "Watch" };

export function DeviceFrame(props: DeviceFrameProps) {
  const { device, isPowered, seen } = props;
  return (
    <section className={`device ${device}`} aria-label={titles[device]}>
      <h2>
        {titles[device]}
        <span className="quiet">{isPowered ? about(seen) : "off"}</span>
      </h2>
      <div className="shell">
        {isPowered ? (
          <iframe ref={props.onFrame} src={props.address} title={titles[device]} />
        ) : (
          <button type="button" className="dark-screen" onClick={props.onPower}>
            Switch on
          </button>
        )}
      </div>
      <div className="switches" role="group" aria-label={`What happens to the ${device}`}>
        <Switch isOn={props.isAirplane} onPress={props.onAirplane} label="Airplane mode" />
        <Switch isOn={props.isSlow} onPress={props.onSlow} label="Slow network" />
        <Switch isOn={props.isClockWrong} onPress={props.onClock} label="Clock +10 years" />
        <button type="button" className="switch" onClick={props.onKill} disabled={!isPowered}>
          Kill the worker
        </button>
        <Switch isOn={!isPowered} onPress={props.onPower} label={isPowered ? "Power off" : "Power on"} />
      </div>
    </section>
  );
}

function Switch({ isOn, onPress, label }: { readonly isOn: boolean; readonly onPress: () => void; readonly label: string }) {
  return (
    <button type="button" className={`switch ${isOn ? "is-on" : ""}`} aria-pressed={isOn} onClick={onPress}>
      {label}
    </button>
  );
}

function about({ status, pending, workersStarted }: Seen): string {
  const deaths = workersStarted > 1 ? `, worker number ${workersStarted}` : "";
  if (status === undefined) return `starting${deaths}`;
  return `${pending === 0 ? "nothing waits" : pending === 1 ? "1 change waits" : `${pending} changes wait`}${deaths}`;
}
