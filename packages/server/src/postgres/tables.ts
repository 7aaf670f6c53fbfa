/**
 * The tables of the shared store and how older ones become them. They distribute by space, unchanged, over whatever speaks PostgreSQL's
 * protocol: every primary key begins with the space; no foreign key, no sequence, no NOTIFY. `meta` and `replicas` are of no space: they
 * are keyed by themselves, and no transaction of a space touches them.
 *
 * Names and ids are compared by their bytes (collation "C"), as the port asks. Numbers of the wire are below 2^53.
 */

export interface TableOptions {
  /** Of PostgreSQL's schema, quoted. */
  readonly schema: string;
  /**
   * Each table of spaces is divided by the space's hash, so that vacuum works on pieces; 0: not at all, where the database distributes by
   * itself.
   */
  readonly partitions: number;
}

interface Table {
  readonly name: string;
  readonly columns: string;
  readonly key: string;
  /** Room in each page for new versions of its rows, in per cent: what is changed in place moves no index entry. */
  readonly fillfactor?: number;
}

const space = `space text COLLATE "C" NOT NULL`;

const tables: readonly Table[] = [
  {
    name: "spaces",
    // `commits`: the id of each instance's last one, the newest first; an instance's are told apart by their upper half. `dropped_through`:
    // the newest transaction of which compaction has dropped a change.
    columns: `${space}, version bigint NOT NULL, commits bigint[] NOT NULL, head bigint NOT NULL, lamport bigint NOT NULL,
      horizon bigint NOT NULL DEFAULT 0, stream_bytes bigint NOT NULL, state_bytes bigint NOT NULL,
      dropped_through bigint NOT NULL DEFAULT 0`,
    key: "space",
    fillfactor: 50,
  },
  {
    name: "marks",
    columns: `${space}, replica uuid NOT NULL, mark bigint NOT NULL, chain bytea NOT NULL, lamport bigint NOT NULL, recorded_through bigint NOT NULL`,
    key: "space, replica",
    fillfactor: 70,
  },
  {
    name: "stream",
    columns: `${space}, sequence bigint NOT NULL, replica uuid NOT NULL, counter_first bigint NOT NULL, counter_last bigint NOT NULL,
      at bigint NOT NULL, transaction_id bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint), bytes bytea NOT NULL`,
    key: "space, sequence",
  },
  {
    name: "records",
    columns: `${space}, collection text COLLATE "C" NOT NULL, record text COLLATE "C" NOT NULL, sequence bigint NOT NULL, deleted boolean NOT NULL,
      state bytea NOT NULL, data jsonb`,
    key: "space, collection, record",
    fillfactor: 80,
  },
  {
    name: "outcomes",
    columns: `${space}, replica uuid NOT NULL, counter bigint NOT NULL, at bigint NOT NULL, bytes bytea NOT NULL`,
    key: "space, replica, counter",
  },
  {
    name: "imprints",
    columns: `${space}, replica uuid NOT NULL, counter_first bigint NOT NULL, counter_last bigint NOT NULL, bytes bytea NOT NULL`,
    key: "space, replica, counter_first",
  },
  {
    name: "intents",
    columns: `${space}, intent text COLLATE "C" NOT NULL, at bigint NOT NULL, bytes bytea NOT NULL`,
    key: "space, intent",
  },
  { name: "positions", columns: `${space}, replica uuid NOT NULL, sequence bigint NOT NULL, at bigint NOT NULL`, key: "space, replica" },
];

export const tableNames: readonly string[] = ["meta", "replicas", ...tables.map(({ name }) => name)];

const indexes: readonly string[] = [
  // A forgotten outcome stands in no index but its key: rows that stay for ever must cost neither bytes nor time.
  "outcomes_by_age ON outcomes (at) WHERE length(bytes) > 1",
  "outcomes_unforgotten ON outcomes (space, replica, counter) WHERE length(bytes) > 1",
  "intents_by_age ON intents (at)",
  "records_deleted ON records (space, sequence) WHERE deleted",
  "positions_lowest ON positions (space, sequence)",
  "positions_by_age ON positions (at)",
  // For the feed over all spaces. A few bytes for sixteen pages: rows lie in the order of their transactions.
  "stream_by_transaction ON stream USING brin (transaction_id) WITH (pages_per_range = 16, autosummarize = on)",
];

/** Bytes, compared as such. */
export const vectorEntries = "substring(state from 3 for 1)";

/** The statements of step n bring version n to n + 1, in one transaction. A step that was released is never changed. */
export function migrationsOf(options: TableOptions): readonly (readonly string[])[] {
  const { schema } = options;
  return [
    [
      `CREATE TABLE ${schema}.meta (id int PRIMARY KEY CHECK (id = 1), epoch text NOT NULL, epochs bigint NOT NULL)`,
      `CREATE TABLE ${schema}.replicas (replica uuid PRIMARY KEY, principal text NOT NULL)`,
      ...tables.flatMap((table) => createTable(table, options)),
      ...indexes.map((index) => `CREATE INDEX ${index.replace(" ON ", ` ON ${schema}.`)}`),
      // Records that are there, as a person reads them: `data` is filled where the store was given the app's schema.
      `CREATE VIEW ${schema}.live_records AS SELECT space, collection, record, data, sequence FROM ${schema}.records WHERE NOT deleted`,
      `CREATE VIEW ${schema}.changes AS SELECT space, sequence, replica, counter_first, counter_last, to_timestamp(at / 1000.0) AS at, length(bytes) AS bytes
        FROM ${schema}.stream`,
    ],
    // Records that several replicas have written: a state's third byte says how many its vector names (`ServerStore.readCrowded`).
    [`CREATE INDEX records_crowded ON ${schema}.records (space, ${vectorEntries}, sequence) WHERE ${vectorEntries} > '\\x01'::bytea`],
  ];
}

function createTable({ name, columns, key, fillfactor }: Table, { schema, partitions }: TableOptions): readonly string[] {
  const storage = fillfactor === undefined ? "" : ` WITH (fillfactor = ${fillfactor})`;
  if (partitions === 0) return [`CREATE TABLE ${schema}.${name} (${columns}, PRIMARY KEY (${key}))${storage}`];
  return [
    `CREATE TABLE ${schema}.${name} (${columns}, PRIMARY KEY (${key})) PARTITION BY HASH (space)`,
    ...Array.from(
      { length: partitions },
      (_, i) =>
        `CREATE TABLE ${schema}.${name}_${i} PARTITION OF ${schema}.${name} FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${i})${storage}`,
    ),
  ];
}

/**
 * Nothing but the engine changes its rows (F07): a statement of anybody else is refused by name, on a table and on each of its pieces. A
 * condition on the trigger, so that the engine's own statements call nothing. It guards against accidents, not against who may take it
 * away.
 */
export function guardsOf({ schema, partitions }: TableOptions): readonly string[] {
  const all = tableNames.flatMap((name) =>
    partitions === 0 || name === "meta" || name === "replicas"
      ? [name]
      : [name, ...Array.from({ length: partitions }, (_, i) => `${name}_${i}`)],
  );
  return [
    `CREATE OR REPLACE FUNCTION ${schema}.refuse_foreign_write() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'holdfast-foreign-write: % on %.% would not reach any device', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
          USING ERRCODE = 'HF001', HINT = 'Change records with server.space(id).write(...), or "holdfast" tools; read them from the view live_records.';
      END $$`,
    ...all.map(
      (
        name,
      ) => `CREATE OR REPLACE TRIGGER foreign_write BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${schema}.${name} FOR EACH STATEMENT
        WHEN (current_setting('holdfast.writer', true) IS DISTINCT FROM 'engine') EXECUTE FUNCTION ${schema}.refuse_foreign_write()`,
    ),
  ];
}
