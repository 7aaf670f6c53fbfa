/** A device's way to the server, with a switch and a delay: TCP bytes in, the same bytes out, later. It looks at nothing. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay {
  readonly port: number;
  /** Airplane mode: connections are reset, and new ones are too. */
  setCut(isCut: boolean): void;
  /** Of each direction. */
  setDelay(delayMs: number): void;
  close(): Promise<void>;
}

/** Bytes that wait in one direction of one connection; behind it the sender is slowed down. */
const delayedBytesMax = 1 << 20;

export async function openRelay(targetPort: () => number | undefined): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const carry = (from: Socket, to: Socket): void => {
    let waiting = 0;
    let lastAt = 0;
    from.on("data", (bytes) => {
      // Never before what came earlier, also when the delay is turned down in between.
      const at = Math.max(performance.now() + delayMs, lastAt);
      lastAt = at;
      waiting += bytes.length;
      if (waiting > delayedBytesMax) from.pause();
      setTimeout(
        () => {
          waiting -= bytes.length;
          if (waiting <= delayedBytesMax) from.resume();
          if (!to.destroyed) to.write(bytes);
        },
        Math.max(0, at - performance.now()),
      );
    });
    from.on("close", () => setTimeout(() => to.destroy(), Math.max(0, lastAt - performance.now()) + 1));
  };
  const server = createServer((device) => {
    track(device);
    const target = targetPort();
    if (isCut || target === undefined) return void device.resetAndDestroy();
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    device.setNoDelay(true);
    track(upstream);
    carry(device, upstream);
    carry(upstream, device);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const resetAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    setCut(next) {
      isCut = next;
      if (isCut) resetAll();
    },
    setDelay: (next) => {
      delayMs = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        isCut = true;
        resetAll();
      }),
  };
}
