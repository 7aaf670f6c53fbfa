/** An app's module: its schema, and what only its server knows. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnySchema } from "@holdfast/core";
import { HoldfastError } from "@holdfast/core";
import { CommandError } from "./command-line.ts";

type Callback = (...args: never[]) => unknown;

export interface SchemaModule {
  readonly schema: AnySchema;
  readonly authenticate: ((token: string) => { readonly id: string } | null | Promise<{ readonly id: string } | null>) | undefined;
  readonly authorize: { readonly space: (principal: { readonly id: string }, space: string) => "none" | "read" | "write" } | undefined;
  readonly arbiters: Readonly<Record<string, Callback>> | undefined;
}

/** Runs the module's code. Throws what a person can act on. `known`: the schema, where another module exports it. */
export async function loadSchemaModule(path: string, known?: AnySchema): Promise<SchemaModule> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new CommandError(`There is no file ${path}.`, "Name the module that exports your schema.");
  const exported: Partial<Record<keyof SchemaModule, unknown>> = await importModule(path, absolute);
  const { schema = known, authenticate, authorize, arbiters } = exported;
  if (schema === undefined) {
    const names = Object.keys(exported);
    const found = names.length === 0 ? "nothing" : names.join(", ");
    throw new CommandError(`${path} exports no \`schema\`, but ${found}.`, "Write `export const schema = defineSchema({ … })`.");
  }
  if (typeof (schema as Partial<AnySchema> | null)?.collections !== "object")
    throw new CommandError(
      `The \`schema\` that ${path} exports was not made by defineSchema.`,
      "Write `export const schema = defineSchema({ … })`.",
    );
  if (authenticate !== undefined && typeof authenticate !== "function")
    throw new CommandError(`${path} exports an \`authenticate\` that is no function.`, "It takes a token and gives a principal or null.");
  if (authorize !== undefined && typeof (authorize as Partial<SchemaModule["authorize"]>)?.space !== "function")
    throw new CommandError(
      `${path} exports an \`authorize\` without a function \`space\`.`,
      'It says "none", "read" or "write" for a principal and a space.',
    );
  return { schema, authenticate, authorize, arbiters } as SchemaModule;
}

async function importModule(path: string, absolute: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(absolute).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new CommandError(
      `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      "Correct it, and try again.",
    );
  }
}
