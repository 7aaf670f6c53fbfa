/** A link without faults between a device and r0: what crashes here is a machine, and the other end hears that the link has closed. */
import type { ConnectionEvents, TransportPort } from "@holdfast/core/engine";
import type { World } from "../world/world.ts";
import type { CrashR0 } from "./crash-r0.ts";
import type { Life } from "./machine.ts";

const delayMs = 1;

export function directLink(world: World, life: Life, r0: CrashR0): TransportPort {
  return { connect: (events) => connect(world, life, r0, events) };
}

function connect(world: World, life: Life, r0: CrashR0, events: ConnectionEvents): { send(bytes: Uint8Array): void; close(): void } {
  let isOpen = true;
  let far: { receive(bytes: Uint8Array): void; close(): void } | undefined;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    world.schedule(delayMs, () => {
      far?.close();
      if (life.isAlive()) events.closed({ type: "closed", detail: "r0 is gone" });
    });
  };
  const down = (run: () => void): void =>
    void world.schedule(delayMs, () => {
      if (!isOpen) return;
      if (life.isAlive()) run();
      else far?.close();
    });
  const dial = async (): Promise<void> => {
    const session = await r0.accept({ send: (bytes) => down(() => events.message(bytes)), bufferedBytes: () => 0, close: end }, end);
    if (session === undefined) return end();
    far = session;
    if (isOpen) down(() => events.opened());
    else session.close();
  };
  world.schedule(delayMs, () => void dial());
  return {
    send: (bytes) =>
      void world.schedule(delayMs, () => {
        // What a device sent before it died still arrives.
        if (isOpen) far?.receive(bytes);
      }),
    close: () => {
      isOpen = false;
      world.schedule(delayMs, () => far?.close());
    },
  };
}
