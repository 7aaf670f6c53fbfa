/** What the stage may do with a device that it shows in a frame, and see of it. The app itself knows nothing of this. */
import type { Replica } from "@holdfast/client";
import type { Device } from "../model/device.ts";
import type { NotesSchema } from "../model/schema.ts";
import { workerName } from "../model/clock.ts";

export interface DevicePort {
  readonly replica: Replica<NotesSchema> | undefined;
  /** The note that is looked at. */
  readonly selected: string | undefined;
  /** As a crash does it: in the middle of whatever it was doing. */
  killWorker(): void;
  readonly workersStarted: number;
}

declare global {
  interface Window {
    holdfastDevice?: DevicePort;
  }
}

interface OwnPort extends DevicePort {
  readonly createWorker: () => Worker;
  readonly opened: (replica: Replica<NotesSchema>) => void;
  readonly select: (id: string | undefined) => void;
}

export function clockKey(deviceName: string): string {
  return `clock of ${deviceName}`;
}

export function createDevicePort(device: Device, start: (name: string) => Worker): OwnPort {
  let worker: Worker | undefined;
  let workersStarted = 0;
  let replica: Replica<NotesSchema> | undefined;
  let selected: string | undefined;
  const port: OwnPort = {
    get replica() {
      return replica;
    },
    get selected() {
      return selected;
    },
    get workersStarted() {
      return workersStarted;
    },
    killWorker: () => worker?.terminate(),
    createWorker() {
      workersStarted++;
      worker = start(workerName(device.onStage ? Number(localStorage.getItem(clockKey(device.name)) ?? 0) : 0));
      return worker;
    },
    opened: (opened) => {
      replica = opened;
    },
    select: (id) => {
      selected = id;
    },
  };
  if (device.onStage) window.holdfastDevice = port;
  return port;
}
