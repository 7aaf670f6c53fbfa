/** An app from its developers' own modules: the schema, what only the server knows, and the workload. Also the way to it for a worker of the runner. */
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import type { AnySchema } from "@holdfast/core";
import type { App, AppServer } from "./app.ts";
import { createUserApp, planUserApp } from "./user-app.ts";
import type { Workload } from "./workload.ts";

/** Paths of modules, as a person names them. */
export interface UserModules {
  readonly schema: string;
  /** Exports `authenticate`, `authorize` and `arbiters`, as for `holdfast serve`; absent: the schema's module may. */
  readonly server?: string | undefined;
  /** Exports `workload`, made by `defineWorkload`. */
  readonly workload?: string | undefined;
}

type Exported = Readonly<Record<string, unknown>>;

/** Lives of r0 for which fresh rules are at hand before a run begins: more than a run uses, since importing takes real time. */
const freshRulesMin = 24;

export async function openApp(modules: UserModules): Promise<App> {
  const { schema } = (await importModule(modules.schema)) as { readonly schema: AnySchema };
  const workload = modules.workload === undefined ? undefined : ((await importModule(modules.workload))["workload"] as Workload);
  return createUserApp(
    planUserApp({
      name: modules.schema,
      workload: { ...workload, schema },
      startRules: await freshRules(modules.server ?? modules.schema),
    }),
  ) as App;
}

/**
 * A start of r0 is a new process, in which nothing is left of what a module kept in memory: so each start gets the module anew. Of what
 * that module imports there is one instance, as long as the simulator runs.
 */
async function freshRules(path: string): Promise<() => AppServer> {
  const ready: AppServer[] = [];
  let lives = 0;
  const fetch = async (): Promise<void> => void ready.push(rulesOf(await importModule(path, `?life=${++lives}`)));
  for (let count = 0; count < freshRulesMin; count++) await fetch();
  return () => {
    void fetch();
    const rules = ready.shift();
    if (rules === undefined) throw new Error("r0 starts again and again, faster than its rules can be loaded.");
    return rules;
  };
}

/** What a module leaves out is as in `holdfast serve`; without `authenticate` a token is a user's name, and everybody may write. */
export function rulesOf(exported: Exported): AppServer {
  const { authenticate, authorize, arbiters } = exported as Partial<AppServer>;
  const ownSpace = ({ id }: { readonly id: string }, space: string): "write" | "none" => (space === `user:${id}` ? "write" : "none");
  return {
    authenticate: authenticate ?? ((token) => (token === "" ? null : { id: token })),
    authorize: authorize ?? { space: authenticate === undefined ? () => "write" : ownSpace },
    ...(arbiters !== undefined && { arbiters }),
  };
}

async function importModule(path: string, query = ""): Promise<Exported> {
  return (await import(`${pathToFileURL(resolve(path)).href}${query}`)) as Exported;
}
