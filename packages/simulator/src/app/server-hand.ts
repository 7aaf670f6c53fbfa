/** What r0 writes of its own accord, by arbiters and by the backend: there the app's rules decide, and nothing is predicted. */
import type { AnySchema } from "@holdfast/core";
import { HoldfastError } from "@holdfast/core/engine";
import type { Server } from "@holdfast/server";
import type { AppServer } from "./app.ts";
import { recordTransaction } from "./recorded-writer.ts";
import { recordKey } from "./told-transaction.ts";
import type { Workload } from "./workload.ts";

export interface ServerHand {
  /** The rules, watched: what their arbiters touch is r0's from then on. */
  readonly watch: (rules: AppServer) => AppServer;
  /** What the workload wants to be there from the start; once for each space. */
  readonly start: (server: Server<AnySchema>, space: string) => Promise<void>;
  readonly hasWritten: (key: string) => boolean;
}

type AnyArbiter = (tx: unknown, input: unknown, principal: unknown) => unknown;

export function watchServer({ schema, start }: Workload): ServerHand {
  const written = new Set<string>();
  const started = new Set<string>();
  const watched = (tx: unknown): unknown => recordTransaction(schema.spec, tx, (effect) => written.add(recordKey(effect)));
  return {
    watch(rules) {
      const arbiters = Object.entries((rules.arbiters ?? {}) as Readonly<Record<string, AnyArbiter>>).map(([name, decide]) => [
        name,
        (tx: unknown, input: unknown, principal: unknown) => decide(watched(tx), input, principal),
      ]);
      return { ...rules, arbiters: Object.fromEntries(arbiters) as NonNullable<AppServer["arbiters"]> };
    },
    async start(server, space) {
      if (start === undefined) return;
      // A server that was put back to before its beginning begins anew.
      if (started.has(space) && (await server.inspect(space)).head > 0) return;
      try {
        await server.space(space).write(async (tx) => void (await start(withOwnIds(watched(tx), space) as never, space)));
      } catch (error) {
        // A restart before anybody knew that it was there already.
        if (!(error instanceof HoldfastError) || error.code !== "record-exists") throw error;
      }
      started.add(space);
    },
    hasWritten: (key) => written.has(key),
  };
}

/** Records that the workload gives no id get the same one in every run. */
function withOwnIds(tx: unknown, space: string): unknown {
  let count = 0;
  return new Proxy(tx as object, {
    get: (target, name) => {
      const writer = Reflect.get(target, name) as { create?: (fields: unknown, options: object) => string } | undefined;
      if (typeof writer?.create !== "function") return writer;
      const create = writer.create.bind(writer);
      return {
        ...writer,
        create: (fields: unknown, options?: { readonly id?: string }) => create(fields, { id: `start-${space}-${++count}`, ...options }),
      };
    },
  });
}
