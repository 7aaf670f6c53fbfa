/** The embedded store's tables and how older files become them. Every key begins with the space. */

/** The statements of step n bring `user_version` n to n + 1. A step that was released is never changed. */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, epochs INTEGER NOT NULL, starts INTEGER NOT NULL) STRICT`,
    `CREATE TABLE spaces (space TEXT PRIMARY KEY, head INTEGER NOT NULL, lamport INTEGER NOT NULL, horizon INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    `CREATE TABLE replicas (replica TEXT PRIMARY KEY, principal TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    `CREATE TABLE marks (
      space TEXT NOT NULL, replica TEXT NOT NULL, mark INTEGER NOT NULL, chain BLOB NOT NULL, lamport INTEGER NOT NULL,
      recorded_through INTEGER NOT NULL, expired_through INTEGER NOT NULL, PRIMARY KEY (space, replica)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE stream (
      space TEXT NOT NULL, sequence INTEGER NOT NULL, replica TEXT NOT NULL, counter_first INTEGER NOT NULL, counter_last INTEGER NOT NULL,
      bytes BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (space, sequence)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE records (
      space TEXT NOT NULL, collection TEXT NOT NULL, record TEXT NOT NULL, state BLOB NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (space, collection, record)
    ) STRICT`,
    `CREATE TABLE outcomes (
      space TEXT NOT NULL, replica TEXT NOT NULL, counter INTEGER NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (space, replica, counter)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX outcomes_by_age ON outcomes (at)`,
    `CREATE TABLE intents (space TEXT NOT NULL, intent TEXT NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (space, intent)) STRICT, WITHOUT ROWID`,
    `CREATE INDEX intents_by_age ON intents (at)`,
  ],
  // A forgotten outcome is a row of one byte and stands in no index: rows that stay for ever must cost neither bytes nor time.
  [
    `ALTER TABLE marks DROP COLUMN expired_through`,
    `DROP INDEX outcomes_by_age`,
    `CREATE INDEX outcomes_by_age ON outcomes (at) WHERE length(bytes) > 1`,
    `CREATE INDEX outcomes_unforgotten ON outcomes (space, replica, counter) WHERE length(bytes) > 1`,
  ],
  // Of each replica, what it was answered for, for ever: eight bytes a transaction (`operation/imprint.ts`).
  [
    `CREATE TABLE imprints (
      space TEXT NOT NULL, replica TEXT NOT NULL, counter_first INTEGER NOT NULL, counter_last INTEGER NOT NULL, bytes BLOB NOT NULL,
      PRIMARY KEY (space, replica, counter_first)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Compaction: tombstones by age, how large a space is, and where its replicas stand. A state's second byte says whether it knows of deletes.
  [
    `ALTER TABLE records ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0`,
    `UPDATE records SET deleted = 1 WHERE hex(substr(state, 2, 1)) IN ('01', '03')`,
    `CREATE INDEX records_deleted ON records (space, sequence) WHERE deleted = 1`,
    `ALTER TABLE spaces ADD COLUMN stream_bytes INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE spaces ADD COLUMN state_bytes INTEGER NOT NULL DEFAULT 0`,
    `UPDATE spaces SET stream_bytes = COALESCE((SELECT SUM(length(bytes)) FROM stream WHERE stream.space = spaces.space), 0),
      state_bytes = COALESCE((SELECT SUM(length(state)) FROM records WHERE records.space = spaces.space), 0)`,
    `CREATE TABLE positions (
      space TEXT NOT NULL, replica TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (space, replica)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX positions_lowest ON positions (space, sequence)`,
    `CREATE INDEX positions_by_age ON positions (at)`,
  ],
  // Records that several replicas have written: a state's third byte says how many its vector names (`ServerStore.readCrowded`).
  [`CREATE INDEX records_crowded ON records (space, substr(state, 3, 1), sequence) WHERE substr(state, 3, 1) > x'01'`],
];
