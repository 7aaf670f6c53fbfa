/** A way to a TCP server that a test can break: as a partition, where nothing arrives and no socket says so, or as connections that end. */
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Nothing passes, either way, and nobody is told; new connections are taken, and carry nothing. */
  partition(): void;
  /** What stands still goes on, as TCP would carry it after a loss. */
  heal(): void;
  /** Ends all connections. */
  cut(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let partitioned = false;
  const server = createServer((near) => {
    const far = createConnection(targetPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk: Buffer) => void to.write(chunk));
      from.on("error", () => {});
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (partitioned) from.pause();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const each = (act: (socket: Socket) => unknown): void => {
    for (const pair of [...pairs]) for (const socket of pair) act(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    partition() {
      partitioned = true;
      each((socket) => socket.pause());
    },
    heal() {
      partitioned = false;
      each((socket) => socket.resume());
    },
    cut: () => each((socket) => socket.destroy()),
    async close() {
      each((socket) => socket.destroy());
      server.close();
      await once(server, "close");
    },
  };
}
