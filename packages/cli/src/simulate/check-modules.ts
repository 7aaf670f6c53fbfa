/** What would make every seed fail in the same dull way is said before the first one. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnySchema } from "@holdfast/core";
import type { Workload } from "@holdfast/simulator";
import { CommandError } from "../command-line.ts";
import type { SchemaModule } from "../schema-module.ts";

export async function checkWorkload(path: string | undefined, schema: AnySchema): Promise<Workload> {
  if (path === undefined) return { schema };
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`, "Name the module that exports your workload.");
  const { workload } = await importWorkload(path);
  if (typeof workload !== "object" || workload === null)
    throw new CommandError(`${path} exports no \`workload\`.`, "Write `export const workload = defineWorkload({ schema, … })`.");
  const found = workload as Workload;
  if (found.schema !== schema)
    throw new CommandError(`The workload of ${path} is about another schema.`, "Import the schema from the module that --schema names.");
  const noWork = Object.entries(found.operations ?? {}).find(([, operation]) => typeof operation?.run !== "function");
  if (noWork !== undefined)
    throw new CommandError(`The operation "${noWork[0]}" of ${path} has no function \`run\`.`, "It takes a replica and a context.");
  return found;
}

/** Asks the app's own rules whether its users come in at all. */
export async function checkAccess(
  { authenticate, authorize, arbiters, schema }: SchemaModule,
  workload: Workload,
  path: string,
): Promise<void> {
  for (const intent of schema.spec.intents.keys())
    if (arbiters?.[intent] === undefined)
      throw new CommandError(
        `${path} exports no arbiter for the intent "${intent}".`,
        "Export `arbiters`, or name the module that does with --server.",
      );
  if (authenticate === undefined) return;
  for (const user of workload.users ?? ["ann"]) {
    const token = workload.tokenOf?.(user) ?? user;
    const principal = await authenticate(token);
    if (principal === null)
      throw new CommandError(
        `authenticate of ${path} does not know the token "${token}".`,
        "Give the workload \`users\` and \`tokenOf\` that it knows.",
      );
    for (const space of workload.spaces?.(user) ?? [`user:${user}`]) {
      const access = authorize?.space(principal, space) ?? (space === `user:${principal.id}` ? "write" : "none");
      if (access === "none")
        throw new CommandError(
          `authorize of ${path} does not let ${user} into the space "${space}".`,
          "Give the workload \`spaces\` that its users may follow.",
        );
    }
  }
}

async function importWorkload(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new CommandError(
      `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      "Correct it, and try again.",
    );
  }
}
