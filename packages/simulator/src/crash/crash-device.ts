/** A device of the crash loop: the real replica, on a machine that dies. */
import { inflateRawSync } from "node:zlib";
import { openReplicaWith, type Replica } from "@holdfast/client";
import type { WriteTransaction } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import type { World } from "../world/world.ts";
import { type CrashSchema, crashSchema, spaceName } from "./app.ts";
import type { CrashR0 } from "./crash-r0.ts";
import { directLink } from "./direct-link.ts";
import type { Life, Machine } from "./machine.ts";
import type { Promises } from "./promises.ts";

export interface OpenOptions {
  readonly online?: boolean;
  /** An older or newer version of the app. */
  readonly schema?: CrashSchema;
}

export type Tx = WriteTransaction<CrashSchema>;

/** Every so many pages the log goes into the database: real replicas do it after four thousand, where no short run comes. */
const checkpointPages = 24;

export class CrashDevice {
  readonly machine: Machine;
  port: SqlitePort | undefined;
  /** What the engine has reported as a defect, or stopped at, while its process lived. */
  readonly defects: string[] = [];
  forks = 0;
  /** Whether checkpoints happen. */
  checkpoints = false;
  readonly #world: World;
  readonly #r0: CrashR0;
  readonly #promises: Promises;
  #replica: Replica<CrashSchema> | undefined;

  constructor(world: World, machine: Machine, r0: CrashR0, promises: Promises) {
    this.#world = world;
    this.machine = machine;
    this.#r0 = r0;
    this.#promises = promises;
  }

  get replica(): Replica<CrashSchema> {
    if (this.#replica === undefined) throw new Error(`${this.machine.name} is down.`);
    return this.#replica;
  }

  async open({ online = false, schema = crashSchema }: OpenOptions = {}): Promise<void> {
    const life = this.machine.boot();
    const replica = await openReplicaWith(
      {
        schema,
        spaces: [spaceName],
        user: "ann",
        auth: () => "ann",
        sync: { poisonAttemptsMax: 2, backoffBaseMs: 20, backoffCapMs: 200 },
        onError: (error) => this.#defect(life, "reports", error),
      },
      {
        openSqlite: () => (this.port = this.machine.open("replica.db")),
        transport: online ? directLink(this.#world, life, this.#r0) : undefined,
        runtime: life.runtime,
        inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
        defer: life.defer,
        persistent: true,
      },
    );
    replica.on("stopped", ({ cause }) => this.#defect(life, "stopped", cause));
    replica.on("forked", () => life.isAlive() && this.forks++);
    // An own setting, and no promise rests on it.
    if (this.checkpoints) this.port?.all(`PRAGMA wal_autocheckpoint=${checkpointPages}`);
    this.#replica = replica;
    // Somebody always waits for what a new schema fills again: with nobody there, its death would be an error that no one handles.
    void replica
      .space(spaceName)
      .entries.get("")
      .catch(() => undefined);
  }

  /** A write and the entry that tells of it, in one transaction. */
  async write(token: string, run: (tx: Tx) => unknown = () => undefined, note = ""): Promise<void> {
    const { process } = this.machine;
    this.#promises.tried.add(token);
    await this.replica.write(spaceName, async (tx) => {
      tx.entries.create({ note }, { id: token });
      await run(tx);
    });
    if (this.machine.process === process && this.machine.alive) this.#promises.acknowledged.add(token);
  }

  request(amount: number): Promise<unknown> {
    return this.replica.request(spaceName, "spend", { amount });
  }

  /** With what its user may read. */
  isInStep(): boolean {
    const { pending, spaces } = this.replica.status();
    return pending === 0 && Object.values(spaces).every(({ synced, access }) => synced || access === "none");
  }

  async close(): Promise<void> {
    await this.replica.close();
    this.bury();
  }

  bury(): void {
    this.#replica = undefined;
    this.port = undefined;
    this.machine.bury();
  }

  #defect(life: Life, how: string, error: unknown): void {
    if (life.isAlive()) this.defects.push(`${how}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
