/** Stands before r0 and counts: how many connections there are, and how many there have been at once. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface SocketCounter {
  readonly url: string;
  open(): number;
  /** Of connections that have carried something both ways: one that is being opened or closed is none. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

export async function startSocketCounter(target: () => number): Promise<SocketCounter> {
  const sockets = new Set<Socket>();
  const live = new Set<Socket>();
  let most = 0;
  const server = createServer((socket) => {
    const far = connect(target(), "127.0.0.1");
    sockets.add(socket);
    const end = (): void => {
      sockets.delete(socket);
      live.delete(socket);
      socket.destroy();
      far.destroy();
    };
    far.on("data", () => {
      live.add(socket);
      most = Math.max(most, live.size);
    });
    for (const each of [socket, far]) each.on("error", end).on("close", end);
    socket.pipe(far);
    far.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => live.size,
    mostAtOnce: () => most,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
