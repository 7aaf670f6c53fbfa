/** What a replica tells its app, as points: conflicts by the kind of their field, refusals by their code. */
import type { AnySchema } from "@holdfast/core";
import { type SchemaSpec, toSchemaSpec } from "@holdfast/core/engine";
import type { AppReplica } from "../app/app.ts";
import type { Point } from "./points.ts";

export function observeReplica(replica: AppReplica, schema: AnySchema, reached: (point: Point) => void): void {
  const spec = toSchemaSpec(schema);
  replica.on("conflict", ({ collection, field }) => reached(`a conflict on ${kindOf(spec, collection, field)}`));
  replica.on("refused", ({ code }) => reached(`a refusal: ${code}`));
  replica.on("no-access", () => reached("rows leave a device with its access"));
  replica.on("status", ({ pending, conflicts, refused }) => {
    if (pending > 20) reached("more than twenty operations are pending");
    if (conflicts > 3) reached("several conflicts wait for a person");
    if (refused > 3) reached("several dead letters wait for a person");
  });
}

function kindOf(schema: SchemaSpec, collection: string, field: string): string {
  return field === "" ? "a deletion" : (schema.collections.get(collection)?.fields.get(field)?.kind ?? "a field of another version");
}
