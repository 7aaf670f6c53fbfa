/** r0 in a process of its own, told over IPC what to hold. */
import { createServer } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { noteOf, schema } from "../schema.ts";

export type ServerCommand =
  | { readonly type: "start"; readonly path: string }
  | { readonly type: "populate"; readonly space: string; readonly records: number }
  /** Two fields each, in large transactions: many, soon. */
  | { readonly type: "fill"; readonly space: string; readonly records: number }
  /** So many records come and go. */
  | { readonly type: "bury"; readonly space: string; readonly records: number }
  | { readonly type: "compact"; readonly space: string }
  | { readonly type: "inspect"; readonly space: string }
  | { readonly type: "usage" }
  | { readonly type: "digest"; readonly space: string };
export interface ServerAnswer {
  readonly port?: number;
  readonly rssBytes?: number;
  readonly cpuMs?: number;
  readonly digest?: string;
  readonly records?: number;
  readonly tombstones?: number;
  readonly stateBytes?: number;
}

/** Operations of one write. */
const operationsPerWrite = 500;

/** Records of one transaction: seven operations each, below the thousand that one may hold. */
const recordsPerWrite = 140;

let server: ReturnType<typeof open> | undefined;

function open(path: string) {
  return createServer({ schema, store: sqliteStore(path), authenticate: (token) => ({ id: token }), authorize: { space: () => "write" } });
}

async function carryOut(command: ServerCommand): Promise<ServerAnswer> {
  if (command.type === "start") {
    server = open(command.path);
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    return { port };
  }
  if (server === undefined) throw new Error("start comes first");
  if (command.type === "digest") return { digest: await server.digest(command.space) };
  if (command.type === "usage") {
    const { user, system } = process.cpuUsage();
    return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 };
  }
  if (command.type === "compact") {
    await server.compact(command.space, 0);
    return {};
  }
  if (command.type === "inspect") {
    const { records, tombstones, stateBytes } = await server.inspect(command.space);
    return { records, tombstones, stateBytes };
  }
  if (command.type === "fill") return fill(server, command.space, command.records);
  if (command.type === "bury") return bury(server, command.space, command.records);
  const { space, records } = command;
  for (let from = 0; from < records; from += recordsPerWrite)
    await server.space(space).write((tx) => {
      for (let n = from; n < Math.min(records, from + recordsPerWrite); n++) tx.notes.create(noteOf(n), { id: idOf(n) });
    });
  return {};
}

async function fill(r0: NonNullable<typeof server>, space: string, records: number): Promise<ServerAnswer> {
  for (let from = 0; from < records; from += operationsPerWrite / 2)
    await r0.space(space).write((tx) => {
      for (let n = from; n < Math.min(records, from + operationsPerWrite / 2); n++) {
        const { title, body } = noteOf(n);
        tx.notes.create({ title, body }, { id: idOf(n) });
      }
    });
  return {};
}

async function bury(r0: NonNullable<typeof server>, space: string, records: number): Promise<ServerAnswer> {
  for (let from = 0; from < records; from += operationsPerWrite) {
    const ids = Array.from({ length: Math.min(operationsPerWrite, records - from) }, (_, i) => `gone${idOf(from + i)}`);
    await r0.space(space).write((tx) => ids.forEach((id) => tx.notes.create({ title: "gone" }, { id })));
    await r0.space(space).write((tx) => ids.forEach((id) => tx.notes.delete(id)));
  }
  return {};
}

/** As random as a minted id, and known to the bench. */
function idOf(n: number): string {
  let id = "";
  let state = (n + 1) * 2_654_435_761;
  for (let i = 0; i < 21; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    id += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".charAt(state >>> 26);
  }
  return `${id}A`;
}

process.on("message", (command: ServerCommand) => {
  void carryOut(command).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
