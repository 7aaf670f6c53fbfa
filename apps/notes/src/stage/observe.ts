/** What the three devices say of themselves, looked at a few times a second: a picture needs no more. */
import type { ReplicaStatus } from "@holdfast/client";
import type { RecordReport } from "@holdfast/client";
import type { DevicePort } from "./device-port.ts";
import { type DeviceName, deviceNames } from "./stage-api.ts";
import { space } from "../model/schema.ts";

export interface Seen {
  readonly isOn: boolean;
  readonly replica: string;
  readonly status: ReplicaStatus | undefined;
  readonly pending: number;
  readonly sequence: number;
  /** In step with r0 and nothing of its own on the way. */
  readonly isInStep: boolean;
  readonly workersStarted: number;
  readonly selected: string | undefined;
}

const nothing: Seen = {
  isOn: false,
  replica: "",
  status: undefined,
  pending: 0,
  sequence: 0,
  isInStep: false,
  workersStarted: 0,
  selected: undefined,
};

export function see(port: DevicePort | undefined): Seen {
  if (port === undefined) return nothing;
  const { replica, selected, workersStarted } = port;
  if (replica === undefined) return { ...nothing, isOn: true, workersStarted };
  const status = replica.status();
  const mine = status.spaces[space];
  return {
    isOn: true,
    replica: replica.id,
    status,
    pending: status.pending,
    sequence: mine?.sequence ?? 0,
    isInStep: mine?.synced === true && status.pending === 0,
    workersStarted,
    selected,
  };
}

export type Reports = Readonly<Partial<Record<DeviceName, RecordReport>>>;

/** Who has written the note, as each device knows it. A device that is busy or off says nothing. */
export async function reportsOf(ports: Readonly<Record<DeviceName, DevicePort | undefined>>, note: string): Promise<Reports> {
  const reports: Partial<Record<DeviceName, RecordReport>> = {};
  await Promise.all(
    deviceNames.map(async (device) => {
      const report = await ports[device]?.replica?.inspect.record(space, "notes", note).catch(() => undefined);
      if (report !== undefined) reports[device] = report;
    }),
  );
  return reports;
}
