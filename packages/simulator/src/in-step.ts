/** Whether a device is in step with r0 as it is, and not as it was before it was put back. */
import type { AppReplica } from "./app/app.ts";
import type { Device } from "./world/device.ts";
import type { ServerHost } from "./world/server-host.ts";

export function isInStep(replica: AppReplica): boolean {
  const { pending, spaces } = replica.status();
  return pending === 0 && Object.values(spaces).every(({ synced, access }) => synced || access === "none");
}

/** A replica has been in step with r0 as it is: of an r0 that was put back it has learnt what is missing there. */
export function knowsEpoch(device: Device, server: ServerHost): boolean {
  if (server.restores === 0) return true;
  const epoch = server.storePort?.all("SELECT epoch FROM meta")[0]?.["epoch"];
  const known = device.port?.all("SELECT value FROM _meta WHERE key = 'epoch'")[0]?.["value"];
  // A file is what is in step: another user's on the same device has still to hear of it.
  const inStep = `${String(epoch)} ${device.life.holder}`;
  if (known === epoch && device.replica !== undefined && isInStep(device.replica)) device.epochInStep = inStep;
  return epoch !== undefined && device.epochInStep === inStep;
}
