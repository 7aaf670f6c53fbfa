/**
 * Which device this page plays, from its address: `?device=phone&server=http://…`. Without a device it is an ordinary app, whose server is
 * the one that it came from.
 */
export interface Device {
  /** Also the store's name: each device has its own. */
  readonly name: string;
  readonly kind: "phone" | "tablet" | "watch" | "own";
  readonly server: string;
  /** On the stage: `window.holdfastDevice` is for the page around it. */
  readonly onStage: boolean;
}

const stageKinds = ["phone", "tablet", "watch"] as const;

export function readDevice(address: URL): Device {
  const wanted = address.searchParams.get("device");
  const kind = stageKinds.find((known) => known === wanted);
  const server = address.searchParams.get("server") ?? address.origin;
  return kind === undefined
    ? { name: "notes", kind: "own", server, onStage: false }
    : { name: `notes-${kind}-${address.searchParams.get("stage") ?? "0"}`, kind, server, onStage: true };
}
