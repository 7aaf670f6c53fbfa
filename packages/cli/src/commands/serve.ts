/** `holdfast serve`: a server from a schema module, on a file, or one instance of several over one database. */
import { once } from "node:events";
import { createMetrics, createServer, listenMetrics, type LogEntry } from "@holdfast/server";
import { type Command, CommandError, exitCodes, type Output, readArguments } from "../command-line.ts";
import { loadSchemaModule, type SchemaModule } from "../schema-module.ts";
import { readConfiguration } from "../serve/configuration.ts";
import { openBackend } from "../serve/open-backend.ts";

const help = `Usage: holdfast serve SCHEMA_MODULE [options]

Starts a server for the schema that a module exports. The module is JavaScript or TypeScript and exports

  schema         what defineSchema returned
  authenticate   async (token) => a principal, or null
  authorize      { space: (principal, space) => "none" | "read" | "write", operation? }
                 without it, a principal may write the space "user:<its id>" and no other
  arbiters       one for each intent of the schema

  --port N            the port; 0 takes a free one                          (8787)
  --host NAME         the address to listen on                              (127.0.0.1)
  --store FILE        where everything is kept; created if it is not there  (sync.db)
  --postgres URL      kept in PostgreSQL instead: any number of instances may serve one database
  --redis URL         what several instances tell each other through, and count rates in
  --metrics-port N    /metrics for Prometheus, /ready and /health on a port of their own
  --metrics-host NAME where that listens                                    (127.0.0.1)
  --config FILE       JSON: { "limits": { … }, "rates": { "principal": { "operations": 1000 }, … } }
  --restored POLICY   in a restored store (new-epoch), what devices wrote before they heard of it is taken (accept), held
                      on the devices until you decide (quarantine), or refused into their dead letters (refuse)    (accept)
  --insecure          without authenticate: any token is the name of a user, and every user may write every space.
                      Only on the loopback, only for trying things out.

Each option but --insecure may be given as a variable instead: HOLDFAST_PORT, HOLDFAST_POSTGRES, and so on.

SIGTERM and SIGINT stop it: /ready says no, nobody new is taken, the devices are sent to the other instances one by one,
what was taken is answered, and the store is closed. A second signal ends it at once; nothing that was acknowledged is lost.`;

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

export const serve: Command = {
  help,
  async run(args, output) {
    const text = { type: "string" } as const;
    const { values, positionals } = readArguments(
      "serve",
      args,
      {
        port: text,
        host: text,
        store: text,
        postgres: text,
        redis: text,
        "metrics-port": text,
        "metrics-host": text,
        config: text,
        restored: text,
        insecure: { type: "boolean" },
      },
      ["SCHEMA_MODULE"],
    );
    const [path] = positionals;
    if (path === undefined) throw new CommandError("Which schema?", "Name the module that exports it: `holdfast serve schema.ts`.");
    const configuration = readConfiguration(values, process.env);
    const { port, host, metricsPort, metricsHost, limits, rates, restored } = configuration;
    const module = await loadSchemaModule(path);
    const access = accessOf(module, { path, host, insecure: values.insecure === true });
    const metrics = metricsPort === undefined ? undefined : createMetrics();
    const log = (entry: LogEntry): void => logTo(output, entry);
    const { described, ...backend } = await openBackend(configuration, metrics, log);
    const server = createServer({
      schema: module.schema,
      ...backend,
      ...access,
      ...(module.arbiters === undefined ? {} : { arbiters: module.arbiters as never }),
      ...(rates === undefined ? {} : { rates }),
      ...(metrics === undefined ? {} : { observe: metrics.observe }),
      limits,
      restored,
      log,
    });
    const { url } = await server.listen({ port, host });
    output.line(`Serving ${path} at ${url}, ${described}.`);
    const figures =
      metrics === undefined ? undefined : await listenMetrics({ server, metrics, port: metricsPort as number, host: metricsHost });
    if (figures !== undefined) output.line(`Figures at ${figures.url}/metrics.`);
    if (module.authenticate === undefined) output.line("INSECURE: any token is the name of a user, and every user may write every space.");
    else if (module.authorize === undefined)
      output.line('No `authorize` is exported: a principal may write the space "user:<its id>" and no other.');
    output.line("Ctrl-C stops it.");
    await stopRequested();
    output.line("Stopping: the devices are sent away, and what was taken is being answered.");
    await server.drain();
    await server.close();
    await figures?.close();
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
