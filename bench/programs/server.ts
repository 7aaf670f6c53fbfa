/** r0 in a process of its own, told over IPC what to hold. */
import { createServer } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { noteOf, schema } from "../schema.ts";

export type ServerCommand =
  | { readonly type: "start"; readonly path: string }
  | { readonly type: "populate"; readonly space: string; readonly records: number }
  | { readonly type: "usage" }
  | { readonly type: "digest"; readonly space: string };
export interface ServerAnswer {
  readonly port?: number;
  readonly rssBytes?: number;
  readonly cpuMs?: number;
  readonly digest?: string;
}

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
  const { space, records } = command;
  for (let from = 0; from < records; from += recordsPerWrite)
    await server.space(space).write((tx) => {
      for (let n = from; n < Math.min(records, from + recordsPerWrite); n++) tx.notes.create(noteOf(n), { id: idOf(n) });
    });
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
