/** The switches that are not in the browser: the ways to the server, and the server. What both sides of the stage say to one another. */
export const deviceNames = ["phone", "tablet", "watch"] as const;
export type DeviceName = (typeof deviceNames)[number];

export interface StageState {
  /** Of this run of the stage: each has stores of its own. */
  readonly session: string;
  readonly isServerUp: boolean;
  /** The server, as a writer in version vectors. */
  readonly serverWriter: string;
  readonly devices: Readonly<Record<DeviceName, { readonly airplane: boolean; readonly slow: boolean; readonly port: number }>>;
}

/** One operation as r0 judged it. */
export interface TakenOperation {
  readonly device: string;
  readonly collection: string;
  readonly record: string;
  readonly field: string;
  readonly kind: string;
}

export async function readStage(): Promise<StageState> {
  return (await fetch("/stage/state")).json() as Promise<StageState>;
}

export async function switchDevice(
  device: DeviceName,
  wanted: { readonly airplane?: boolean; readonly slow?: boolean },
): Promise<StageState> {
  return post(`/stage/devices/${device}`, wanted);
}

export async function switchServer(up: boolean): Promise<StageState> {
  return post("/stage/server", { up });
}

async function post(path: string, body: object): Promise<StageState> {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return response.json() as Promise<StageState>;
}

/** What r0 takes, as it takes it. */
export function listenToServer(heard: (operations: readonly TakenOperation[]) => void): () => void {
  const source = new EventSource("/stage/events");
  source.onmessage = ({ data }) => heard(JSON.parse(data as string) as readonly TakenOperation[]);
  return () => source.close();
}
