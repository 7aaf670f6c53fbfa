/**
 * A device's way to the server: bytes in, bytes out, counted, over a port of its own. It looks at nothing. Airplane mode is its
 * refusal: connections are reset, and new ones are too.
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay {
  readonly url: string;
  /** TCP payload of all connections so far. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function openRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let bytesUp = 0;
  let bytesDown = 0;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer((device) => {
    track(device);
    if (isCut) {
      device.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    device.setNoDelay(true);
    track(upstream);
    device.on("data", (bytes) => (bytesUp += bytes.length));
    upstream.on("data", (bytes) => (bytesDown += bytes.length));
    device.pipe(upstream).pipe(device);
    device.on("close", () => upstream.destroy());
    upstream.on("close", () => device.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get bytesUp() {
      return bytesUp;
    },
    get bytesDown() {
      return bytesDown;
    },
    cut,
    restore: () => {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
