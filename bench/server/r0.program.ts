/** One instance of r0 in a process of its own: over SQLite or PostgreSQL, alone or with others on one Redis. Told over IPC. */
import { createServer, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { noteOf, schema } from "../schema.ts";

export interface InstanceOptions {
  readonly sqlite?: string;
  readonly postgres?: string;
  readonly redis?: string;
}

export type InstanceCommand =
  | { readonly type: "start"; readonly options: InstanceOptions }
  | { readonly type: "populate"; readonly space: string; readonly records: number }
  /** Memory after a collection of garbage. */
  | { readonly type: "usage" }
  /** Memory and processor time as they are: a collection would be counted as work. */
  | { readonly type: "now" };

export interface InstanceAnswer {
  readonly port?: number;
  readonly rssBytes?: number;
  readonly cpuMs?: number;
}

/** Seven operations each; a transaction holds a thousand. */
const recordsPerWrite = 140;

let server: Server<typeof schema> | undefined;

async function open({ sqlite, postgres, redis }: InstanceOptions): Promise<Server<typeof schema>> {
  const store =
    postgres === undefined
      ? sqliteStore(sqlite ?? ":memory:")
      : await import("@holdfast/server/postgres").then(({ postgresStore }) => postgresStore({ url: postgres }));
  const bus = redis === undefined ? undefined : await import("@holdfast/server/redis").then(({ redisBus }) => redisBus({ url: redis }));
  return createServer({
    schema,
    store,
    authenticate: (token) => ({ id: token }),
    authorize: { space: () => "write" },
    ...(bus === undefined ? {} : { bus }),
  });
}

async function carryOut(command: InstanceCommand): Promise<InstanceAnswer> {
  if (command.type === "start") {
    server = await open(command.options);
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    return { port };
  }
  if (server === undefined) throw new Error("start comes first");
  if (command.type === "usage" || command.type === "now") {
    if (command.type === "usage") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 };
  }
  const { space, records } = command;
  for (let from = 0; from < records; from += recordsPerWrite)
    await server.space(space).write((tx) => {
      for (let n = from; n < Math.min(records, from + recordsPerWrite); n++) tx.notes.create(noteOf(n));
    });
  return {};
}

process.on("message", ({ number, command }: { number: number; command: InstanceCommand }) => {
  void carryOut(command).then(
    (answer) => process.send?.({ number, answer }),
    (error: unknown) => process.send?.({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on("disconnect", () => {
  void server?.close().finally(() => process.exit(0));
  if (server === undefined) process.exit(0);
});
