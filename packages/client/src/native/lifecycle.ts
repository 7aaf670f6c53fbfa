/**
 * The host's lifecycle, carried to a replica. A phone suspends an app within moments of the background event, and does not say when: at the
 * end of that event nothing may be open. So the port is let go *in* the event; what is still in the queue goes on for as long as the system
 * allows, a turn at a time, and lets go after each.
 *
 * | | connected | the file |
 * | --- | --- | --- |
 * | active, inactive | yes | kept open |
 * | background | no | let go after every turn |
 * | background, in a slice | yes, until it is done, its time is up or the system says so | kept open until then |
 */
import type { Runtime } from "@holdfast/core/engine";
import type { AppStateHost, ExpiryHost, NetInfoHost } from "./host-shapes.ts";

/** The part of a replica that a host's lifecycle touches. */
export interface LivingReplica {
  sync(): Promise<unknown>;
  background(): Promise<void>;
  foreground(): Promise<void>;
}

export interface RestingStore {
  rest(): void;
  wake(): void;
}

export interface SliceOptions {
  /** At most so long. iOS gives some 30 s, of which ending takes a part. */
  readonly limitMs?: number;
  /** `BackgroundTask` of expo-background-task fits. */
  readonly expiry?: ExpiryHost;
}

/**
 * `synced`: everything pending was sent and everything new is here. `expired`: the time was up; what was done is kept. `failed`: the
 * server was not reached, or the replica may not sync; the error is `replica.status()`'s.
 */
export type SliceOutcome = "synced" | "expired" | "failed";

export interface Lifecycle {
  slice(options?: SliceOptions): Promise<SliceOutcome>;
  stop(): void;
}

export const sliceLimitMsDefault = 20_000;

export interface LifecycleHosts {
  readonly appState: AppStateHost;
  readonly netInfo?: NetInfoHost | undefined;
  /** Of listeners that nobody awaits. */
  readonly report: (error: unknown) => void;
}

export function startLifecycle(replica: LivingReplica, store: RestingStore, runtime: Runtime, hosts: LifecycleHosts): Lifecycle {
  const { appState, netInfo, report } = hosts;
  let isInBackground = false;
  let isStopped = false;
  /** Those that are under way: each ends the others' right to nothing, and the last one rests. */
  const slices = new Set<() => void>();

  const goToSleep = (): void => {
    store.rest();
    replica.background().catch(report);
  };
  const getUp = (): void => {
    store.wake();
    replica.foreground().catch(report);
  };
  const hear = (state: string): void => {
    if (isStopped) return;
    const before = isInBackground;
    // `inactive` is a notification centre pulled down: the app goes on.
    isInBackground = state === "background" || (before && state !== "active");
    if (isInBackground === before) return;
    if (!isInBackground) getUp();
    else if (slices.size === 0) goToSleep();
  };
  const subscription = appState.addEventListener("change", hear);
  // A process that the system has started for a task is in the background from its first moment, and hears of no change.
  if (appState.currentState === "background") hear("background");
  const unsubscribe = netInfo === undefined ? () => {} : followNetwork(netInfo, () => isInBackground || isStopped, replica);

  return {
    async slice({ limitMs = sliceLimitMsDefault, expiry } = {}) {
      if (isStopped) return "failed";
      let end: (outcome: SliceOutcome) => void = () => {};
      const ended = new Promise<SliceOutcome>((resolve) => (end = resolve));
      const expire = (): void => {
        slices.delete(expire);
        // In the system's own call: when it returns, nothing is open any more.
        if (isInBackground && slices.size === 0) goToSleep();
        end("expired");
      };
      slices.add(expire);
      const cancelTimer = runtime.setTimer(limitMs, expire);
      const listening = expiry?.addExpirationListener(expire);
      try {
        getUp();
        replica.sync().then(
          () => end("synced"),
          () => end("failed"),
        );
        return await ended;
      } finally {
        cancelTimer();
        listening?.remove();
        if (slices.delete(expire) && isInBackground && slices.size === 0) goToSleep();
      }
    },
    stop() {
      isStopped = true;
      subscription.remove();
      unsubscribe();
      for (const expire of [...slices]) expire();
    },
  };
}

/** A network that came, or another one in its place, is a hint: it is tried now rather than when the backoff would have it (trap 15). */
function followNetwork(netInfo: NetInfoHost, isIdle: () => boolean, replica: LivingReplica): () => void {
  /** Undefined before the first word, which is about the present and no hint. */
  let before: string | undefined;
  return netInfo.addEventListener(({ type, isConnected }) => {
    const now = isConnected === true ? type : "none";
    const isHint = before !== undefined && now !== before && now !== "none";
    before = now;
    if (!isHint || isIdle()) return;
    // That r0 cannot be reached after all is in the status.
    replica.sync().catch(() => {});
  });
}
