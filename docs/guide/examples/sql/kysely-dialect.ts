/** Kysely over a replica: typed SQL that only reads. Copy it into your app: it depends on Kysely, and Holdfast does not. */
import { type AnySchema, HoldfastError, type Row } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/**
 * A field as a column holds it: booleans are 0 and 1, bytes and text are themselves, whole numbers may come as bigint, and everything
 * with parts is JSON text (`json_each`, `->>`).
 */
type Column<T> = T extends boolean ? 0 | 1 : T extends string | number | bigint | null | Uint8Array ? T : string;
type Table<R> = { readonly [F in keyof R]: Column<R[F]> } & { readonly space: string };

/** A table for each collection, with the space of each record beside its fields. */
export type Tables<S extends AnySchema> = { readonly [N in keyof S["collections"] & string]: Table<Row<S, N>> };

/** Of Kysely what reads. Anything else does not compile; what is forced past the compiler, the replica refuses with `invalid-query`. */
export type ReadOnlyKysely<DB> = Pick<Kysely<DB>, "selectFrom" | "selectNoFrom" | "with" | "withRecursive" | "fn" | "dynamic" | "destroy">;

export function createKysely<S extends AnySchema>(replica: Replica<S>): ReadOnlyKysely<Tables<S>> {
  return new Kysely<Tables<S>>({ dialect: new ReplicaDialect(replica) });
}

/** Stands where a value goes. A question mark would also be found inside of quoted text. */
const placeholder = "\u0001";

/** `replica.sql` is a template's tag: the text between the values, then the values. */
export function toTemplate({ sql, parameters }: CompiledQuery): readonly [TemplateStringsArray, ...unknown[]] {
  const parts = sql.split(placeholder);
  return [Object.assign(parts, { raw: parts }), ...parameters];
}

class ReplicaCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return placeholder;
  }
}

class ReplicaDialect implements Dialect {
  readonly #connection: DatabaseConnection;

  constructor(replica: Pick<Replica<AnySchema>, "sql">) {
    this.#connection = {
      async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
        return { rows: [...(await replica.sql(...toTemplate(query)).all<R>())] };
      },
      streamQuery() {
        throw refused("Rows are not streamed: page with limit and offset.");
      },
    };
  }

  createAdapter = () => new SqliteAdapter();
  createQueryCompiler = () => new ReplicaCompiler();
  createIntrospector = (db: Kysely<never>) => new SqliteIntrospector(db);
  createDriver = () => ({
    init: async () => undefined,
    acquireConnection: async () => this.#connection,
    beginTransaction: () => Promise.reject(refused("A transaction writes: change data with replica.write.")),
    commitTransaction: async () => undefined,
    rollbackTransaction: async () => undefined,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  });
}

function refused(happened: string): HoldfastError {
  return new HoldfastError("invalid-query", happened, { origin: "caller", retry: false, advice: "Only reading SQL is allowed here." });
}
