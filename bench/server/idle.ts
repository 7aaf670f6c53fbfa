/** What a connected client costs that does nothing: resident memory of the server process, each beside a bare `ws` connection. */
import type { WebSocket } from "ws";
import { openSocket, type SocketFloor } from "./floors.ts";
import type { Instance } from "./instance.ts";
import { inGroups } from "./sustained.ts";
import { WireWriter } from "./wire-writer.ts";

/** What the first ones cost beside their own: code that is compiled, a heap that grows in steps. */
const warmShare = 0.1;

export async function idleBytes(instance: Instance, clients: number): Promise<number> {
  const writers: WireWriter[] = [];
  const bytes = await grownBytes(
    clients,
    async (n) => {
      const writer = new WireWriter(instance.url, `idle-${n}`);
      writers.push(writer);
      await writer.open();
    },
    async () => (await instance.tell({ type: "usage" })).rssBytes ?? 0,
  );
  for (const writer of writers) writer.close();
  return bytes;
}

export async function idleFloorBytes(floor: SocketFloor, clients: number): Promise<number> {
  const sockets: WebSocket[] = [];
  const bytes = await grownBytes(
    clients,
    async () => void sockets.push(await openSocket(`ws://127.0.0.1:${floor.port}/echo`)),
    async () => (await floor.usage()).rssBytes,
  );
  for (const socket of sockets) socket.terminate();
  return bytes;
}

/** Bytes of each client after the first ones. */
async function grownBytes(clients: number, open: (n: number) => Promise<void>, rssBytes: () => Promise<number>): Promise<number> {
  const warm = Math.ceil(clients * warmShare);
  const numbers = Array.from({ length: clients }, (_, n) => n);
  await inGroups(numbers.slice(0, warm), 200, open);
  await settle();
  const before = await rssBytes();
  await inGroups(numbers.slice(warm), 200, open);
  await settle();
  return ((await rssBytes()) - before) / (clients - warm);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_500));
}
