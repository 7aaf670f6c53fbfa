/** An app's own invariants, over the rows of a space: the server's, or what a device shows. */
import type { SchemaSpec, SpaceId } from "@holdfast/core/engine";
import type { Rows } from "../app-view.ts";
import type { InvariantView, Workload } from "../workload.ts";
import type { AnySchema } from "@holdfast/core";

/** All of them, or those that hold at every read. */
export function judgeInvariants(
  { invariants = {} }: Workload,
  which: "all" | "always",
  { schema, rows, space, where }: { readonly schema: SchemaSpec; readonly rows: Rows; readonly space: SpaceId; readonly where: string },
): readonly string[] {
  const wrong: string[] = [];
  const view = { rows: rowsByCollection(schema, rows), space, where } as InvariantView<AnySchema>;
  for (const [name, invariant] of Object.entries(invariants)) {
    const { always, holds } = typeof invariant === "function" ? { always: false, holds: invariant } : invariant;
    if (which === "always" && !always) continue;
    const verdict = judge(() => holds(view));
    if (verdict !== true) wrong.push(`"${name}" does not hold on ${where}, in ${space}${verdict === false ? "" : `: ${verdict}`}`);
  }
  return wrong;
}

/** A check that throws has not held: nobody knows what it would have said. */
function judge(run: () => boolean | string): boolean | string {
  try {
    return run();
  } catch (error) {
    return `it throws ${error instanceof Error ? error.message : String(error)}`;
  }
}

function rowsByCollection(schema: SchemaSpec, rows: Rows): unknown {
  return Object.fromEntries([...schema.collections.keys()].map((name) => [name, [...(rows.get(name)?.values() ?? [])]]));
}
