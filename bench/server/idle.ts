/** What a connected client costs that does nothing: resident memory of the server process, each beside a bare `ws` connection. */
import type { WebSocket } from "ws";
import { openSocket, type SocketFloor } from "./floors.ts";
import type { Instance } from "./instance.ts";
import { inGroups } from "./sustained.ts";
import { WireWriter } from "./wire-writer.ts";

export async function idleBytes(instance: Instance, clients: number): Promise<number> {
  const before = (await instance.tell({ type: "usage" })).rssBytes ?? 0;
  const writers = Array.from({ length: clients }, (_, n) => new WireWriter(instance.url, `idle-${n}`));
  await inGroups(writers, 200, (writer) => writer.open());
  await settle();
  const after = (await instance.tell({ type: "usage" })).rssBytes ?? 0;
  for (const writer of writers) writer.close();
  return (after - before) / clients;
}

export async function idleFloorBytes(floor: SocketFloor, clients: number): Promise<number> {
  const before = await floor.usage();
  const sockets: WebSocket[] = [];
  await inGroups(
    Array.from({ length: clients }),
    200,
    async () => void sockets.push(await openSocket(`ws://127.0.0.1:${floor.port}/echo`)),
  );
  await settle();
  const after = await floor.usage();
  for (const socket of sockets) socket.terminate();
  return (after.rssBytes - before.rssBytes) / clients;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_500));
}
