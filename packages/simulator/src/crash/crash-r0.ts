/** r0 of the crash loop: the real server over the real store, on a machine that dies. */
import type { AnySchema } from "@holdfast/core";
import type { ServerStore, SqlitePort } from "@holdfast/core/engine";
import { type Access, createServer, type Server, type SessionLink } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { accountId, creditsGranted, type CrashSchema, crashServer, noteId, spaceName } from "./app.ts";
import type { Machine } from "./machine.ts";

/** Small ones, so that a snapshot has pages. */
const limits = { pageRecordsMax: 4, pageTransactionsMax: 4 };

/** The far end of a link. */
export interface Session {
  receive(bytes: Uint8Array): void;
  close(): void;
}

export class CrashR0 {
  readonly machine: Machine;
  /** What the user may do in the space. */
  access: Access = "write";
  server: Server<AnySchema> | undefined;
  store: ServerStore | undefined;
  port: SqlitePort | undefined;
  readonly #links = new Set<() => void>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Throws what the store throws. */
  start(): void {
    const life = this.machine.boot();
    this.port = this.machine.open("r0.db");
    this.store = sqliteStore(this.port, { defer: life.defer, randomBytes: (length) => life.runtime.randomBytes(length) });
    this.server = createServer({
      ...crashServer,
      authorize: { ...crashServer.authorize, space: () => this.access },
      store: this.store,
      runtime: life.runtime,
      defer: life.defer,
      limits,
    });
  }

  /** The record that everybody edits, and something to spend. */
  async grant(): Promise<void> {
    const space = (this.server as unknown as Server<CrashSchema>).space(spaceName);
    await space.write((tx) => {
      tx.notes.create({ title: "granted" }, { id: noteId });
      tx.accounts.create({ credits: creditsGranted }, { id: accountId });
    });
  }

  /** Undefined: nobody is there. `ended` is called when r0 has died. */
  async accept(link: SessionLink, ended: () => void): Promise<Session | undefined> {
    const { process } = this.machine;
    const isAlive = (): boolean => this.machine.process === process && process?.alive === true;
    if (this.server === undefined || !isAlive()) return undefined;
    this.#links.add(ended);
    const session = await this.server.connect({
      send: (bytes) => isAlive() && link.send(bytes),
      bufferedBytes: () => 0,
      close: () => isAlive() && link.close(),
    });
    return { receive: (bytes) => isAlive() && session.receive(bytes), close: () => isAlive() && session.close() };
  }

  /** After its death: its handles are let go, and the links hear of it. */
  bury(): void {
    this.server = this.store = this.port = undefined;
    this.machine.bury();
    for (const ended of this.#links) ended();
    this.#links.clear();
  }
}
