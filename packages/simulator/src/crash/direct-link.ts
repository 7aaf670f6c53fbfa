/** A link without faults between a device and r0: what crashes here is a machine, and the other end hears that the link has closed. */
import type { Connection, ConnectionEvents, TransportPort } from "@holdfast/core/engine";
import type { World } from "../world/world.ts";
import type { CrashR0, Session } from "./crash-r0.ts";
import type { Life } from "./machine.ts";

const delayMs = 1;

export function directLink(world: World, life: Life, r0: CrashR0): TransportPort {
  return { connect: (events) => connect(world, life, r0, events) };
}

/** In order, both ways; what a machine sent before it died still arrives, and after that the closing. */
function connect(world: World, life: Life, r0: CrashR0, events: ConnectionEvents): Connection {
  let isOpen = true;
  let far: Session | undefined;
  const later = (run: () => void): void => void world.schedule(delayMs, () => isOpen && run());
  const toDevice = (run: () => void): void => later(() => (life.isAlive() ? run() : far?.close()));
  const end = (): void =>
    toDevice(() => {
      isOpen = false;
      events.closed({ type: "closed", detail: "r0 is gone" });
    });
  const dial = async (): Promise<void> => {
    far = await r0.accept({ send: (bytes) => toDevice(() => events.message(bytes)), bufferedBytes: () => 0, close: end }, end);
    if (far === undefined) end();
    else if (isOpen) toDevice(() => events.opened());
    else far.close();
  };
  later(() => void dial());
  return {
    send: (bytes) => later(() => far?.receive(bytes)),
    close: () => {
      isOpen = false;
      world.schedule(delayMs, () => far?.close());
    },
  };
}
