/** `holdfast serve`: a server from a schema module, on a file. */
import { once } from "node:events";
import { createServer, type LogEntry } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { type Command, CommandError, exitCodes, type Output, readArguments, readWholeNumber } from "../command-line.ts";
import { loadSchemaModule, type SchemaModule } from "../schema-module.ts";

const help = `Usage: holdfast serve SCHEMA_MODULE [--port N] [--host NAME] [--store FILE] [--insecure]

Starts a server for the schema that a module exports. The module is JavaScript or TypeScript and exports

  schema         what defineSchema returned
  authenticate   async (token) => a principal, or null
  authorize      { space: (principal, space) => "none" | "read" | "write", operation? }
                 without it, a principal may write the space "user:<its id>" and no other
  arbiters       one for each intent of the schema

  --port N       the port; 0 takes a free one                          (8787)
  --host NAME    the address to listen on                              (127.0.0.1)
  --store FILE   where everything is kept; created if it is not there  (sync.db)
  --insecure     without authenticate: any token is the name of a user, and every user may write every space.
                 Only on the loopback, only for trying things out.

SIGTERM and SIGINT stop it: what was taken is answered, devices are told, the file is closed.`;

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

export const serve: Command = {
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(
      "serve",
      args,
      { port: { type: "string" }, host: { type: "string" }, store: { type: "string" }, insecure: { type: "boolean" } },
      ["SCHEMA_MODULE"],
    );
    const [path] = positionals;
    if (path === undefined) throw new CommandError("Which schema?", "Name the module that exports it: `holdfast serve schema.ts`.");
    const port = readWholeNumber("port", values.port, { min: 0, max: 65_535 }) ?? 8787;
    const host = values.host ?? "127.0.0.1";
    const module = await loadSchemaModule(path);
    const access = accessOf(module, { path, host, insecure: values.insecure === true });
    const storePath = values.store ?? "sync.db";
    const server = createServer({
      schema: module.schema,
      store: sqliteStore(storePath),
      ...access,
      ...(module.arbiters === undefined ? {} : { arbiters: module.arbiters as never }),
      log: (entry) => logTo(output, entry),
    });
    const { url } = await server.listen({ port, host });
    output.line(`Serving ${path} at ${url}, kept in ${storePath}.`);
    if (module.authenticate === undefined) output.line("INSECURE: any token is the name of a user, and every user may write every space.");
    else if (module.authorize === undefined)
      output.line('No `authorize` is exported: a principal may write the space "user:<its id>" and no other.');
    output.line("Ctrl-C stops it.");
    await stopRequested();
    output.line("Stopping: what was taken is being answered.");
    await server.close();
    output.line("Stopped.");
    return exitCodes.done;
  },
};

interface NamedPrincipal {
  readonly id: string;
}

function accessOf(
  module: SchemaModule,
  { path, host, insecure }: { readonly path: string; readonly host: string; readonly insecure: boolean },
) {
  const { authenticate, authorize } = module;
  if (authenticate !== undefined) {
    if (insecure) throw new CommandError(`${path} exports authenticate, and --insecure would ignore it.`, "Leave out one of the two.");
    const own = { space: ({ id }: NamedPrincipal, space: string) => (space === `user:${id}` ? ("write" as const) : ("none" as const)) };
    return { authenticate, authorize: authorize ?? own };
  }
  if (!insecure)
    throw new CommandError(
      `${path} exports no authenticate, so that anybody could read and write everything.`,
      "Export `authenticate: async (token) => principal or null`, or pass --insecure to try things out on this machine.",
    );
  if (!loopback.has(host))
    throw new CommandError(
      `--insecure would let everybody who reaches ${host} read and write everything.`,
      "Leave --host out: it stays on the loopback then.",
    );
  return {
    authenticate: (token: string): NamedPrincipal | null => (token === "" ? null : { id: token }),
    authorize: authorize ?? { space: () => "write" as const },
  };
}

function logTo(output: Output, { level, event, detail, error }: LogEntry): void {
  if (level === "info") return;
  const cause = error instanceof Error ? ` ${error.message}` : "";
  output.error(`${level}: ${event}: ${detail}${cause}`);
}

/** The first signal asks; a second one, from somebody who does not want to wait, ends the process at once. */
async function stopRequested(): Promise<void> {
  const asked = new AbortController();
  await Promise.race(["SIGTERM", "SIGINT"].map((signal) => once(process, signal, { signal: asked.signal })));
  asked.abort();
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(exitCodes.failed));
}
