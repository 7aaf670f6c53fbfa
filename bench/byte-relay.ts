/** A TCP relay that counts what passes in each direction. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface ByteRelay {
  readonly port: number;
  /** Since the last `reset`. */
  count(): { readonly up: number; readonly down: number };
  reset(): void;
  close(): void;
}

export async function startRelay(target: number): Promise<ByteRelay> {
  let up = 0;
  let down = 0;
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
    });
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    count: () => ({ up, down }),
    reset() {
      up = 0;
      down = 0;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
