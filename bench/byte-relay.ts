/** A TCP relay that counts what passes in each direction; it can be as slow as a network is, and cut every connection once in a while. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface ByteRelay {
  readonly port: number;
  /** Since the last `reset`. */
  count(): { readonly up: number; readonly down: number };
  reset(): void;
  /** So often connections were cut. */
  readonly cuts: number;
  close(): void;
}

export interface RelayOptions {
  /** Every connection that there is breaks so often. */
  readonly cutMs?: number;
  /** Towards the replica. */
  readonly bytesPerSecond?: number;
}

export async function startRelay(target: number, { cutMs, bytesPerSecond }: RelayOptions = {}): Promise<ByteRelay> {
  let up = 0;
  let down = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    near.on("data", (chunk) => {
      up += chunk.length;
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      down += chunk.length;
      near.write(chunk);
      if (bytesPerSecond === undefined) return;
      far.pause();
      setTimeout(() => far.resume(), (chunk.length * 1_000) / bytesPerSecond);
    });
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cutting =
    cutMs === undefined
      ? undefined
      : setInterval(() => {
          if (sockets.size > 0) cuts++;
          for (const socket of sockets) socket.destroy();
        }, cutMs);
  return {
    get cuts() {
      return cuts;
    },
    port: (server.address() as AddressInfo).port,
    count: () => ({ up, down }),
    reset() {
      up = 0;
      down = 0;
    },
    close() {
      clearInterval(cutting);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
