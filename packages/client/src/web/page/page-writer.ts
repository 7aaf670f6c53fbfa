/**
 * Writes of a page: the callback runs here, where its closure is, over records that are read from the owner as they are needed. What it
 * asks for is sent with what it has read; if that has changed meanwhile it is run again (TAB4). One after another, as with a replica in
 * this thread: a write without reads does not wait for its answer, since nothing can make it stale.
 */
import { type AnySchema, HoldfastError, type WriteTransaction } from "@holdfast/core";
import {
  assert,
  bytesToBase64url,
  decodeRecordState,
  isThenable,
  type LatticeTable,
  type RecordState,
  type Runtime,
  type SchemaSpec,
  type SpaceId,
  TransactionBuilder,
} from "@holdfast/core/engine";
import type { Ticket } from "../../write/settlements.ts";
import type { RecordRead } from "../../write/submit.ts";
import type { Tab } from "./tab.ts";

export interface PageWriterParts {
  readonly tab: Tab;
  readonly schema: SchemaSpec;
  readonly lattices: LatticeTable;
  readonly runtime: Runtime;
  readonly attemptsMax: number;
  readonly callbackMsMax: number;
}

type Run = (tx: WriteTransaction<AnySchema>) => unknown;

interface Waiting {
  readonly space: SpaceId;
  readonly run: Run;
  readonly resolve: (done: PageWritten) => void;
  readonly reject: (error: unknown) => void;
}

export interface PageWritten {
  readonly value: unknown;
  readonly ticket: Ticket | undefined;
}

const idBytes = 16;

export class PageWriter {
  readonly #parts: PageWriterParts;
  readonly #waiting: Waiting[] = [];
  #busy = false;
  readonly #idle: (() => void)[] = [];

  constructor(parts: PageWriterParts) {
    this.#parts = parts;
  }

  write(space: SpaceId, run: Run): Promise<PageWritten> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ space, run, resolve, reject });
      if (!this.#busy) void this.#drain();
    });
  }

  /** Resolves when no callback runs or waits. */
  async idle(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const going = this.#attempt(next, 1);
      if (going !== undefined) await going;
    }
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves, and never rejects, when the next write may begin; undefined: at once. A callback without `await` is sent before this returns. */
  #attempt(write: Waiting, count: number): Promise<void> | undefined {
    const reads: RecordRead[] = [];
    const builder = this.#createBuilder(write.space, reads);
    let value: unknown;
    try {
      value = write.run(builder.tx);
    } catch (error) {
      builder.close();
      write.reject(error);
      return undefined;
    }
    if (!isThenable(value)) {
      void this.#send(write, count, builder, reads, value);
      return undefined;
    }
    return this.#within(Promise.resolve(value)).then(
      (settled) => {
        const answered = this.#send(write, count, builder, reads, settled);
        return reads.length > 0 ? answered : undefined;
      },
      (error: unknown) => {
        builder.close();
        write.reject(error);
      },
    );
  }

  async #send(write: Waiting, count: number, builder: TransactionBuilder, reads: readonly RecordRead[], value: unknown): Promise<void> {
    const { tab, attemptsMax } = this.#parts;
    const mutations = builder.close();
    if (mutations.length === 0) return write.resolve({ value, ticket: undefined });
    try {
      const reply = await tab.call<"write">({ type: "write", space: write.space, mutations, reads });
      if (reply.type === "done") write.resolve({ value, ticket: reply.ticket });
      else if (count < attemptsMax) await this.#attempt(write, count + 1);
      else throw outrun(count);
    } catch (error) {
      write.reject(error);
    }
  }

  #createBuilder(space: SpaceId, reads: RecordRead[]): TransactionBuilder {
    const { schema, runtime, lattices, tab } = this.#parts;
    const known = new Map<string, RecordState | undefined>();
    return new TransactionBuilder({
      schema,
      mintRecordId: () => bytesToBase64url(runtime.randomBytes(idBytes)),
      arbitrated: "refused",
      read: async (collection, id) => {
        const key = `${collection}\u0000${id}`;
        if (known.has(key)) return known.get(key);
        const bytes = await tab.call<"record">({ type: "record", space, collection, id });
        if (known.has(key)) return known.get(key);
        reads.push({ collection, id, bytes });
        const state = decode(lattices, bytes);
        known.set(key, state);
        return state;
      },
    });
  }

  #within<T>(settling: Promise<T>): Promise<T> {
    const { runtime, callbackMsMax } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = runtime.setTimer(callbackMsMax, () =>
        reject(
          new HoldfastError("timeout", `The write's callback did not settle in ${callbackMsMax} ms.`, {
            origin: "caller",
            retry: true,
            advice: "Await nothing slow inside a write: every other write of the page waits for it.",
          }),
        ),
      );
      settling.then(resolve, reject).finally(cancel);
    });
  }
}

function outrun(count: number): HoldfastError {
  return new HoldfastError("timeout", `What the callback read was changed by others ${count} times while it ran.`, {
    origin: "caller",
    retry: true,
    advice: "Await nothing slow inside a write, and read only what it needs.",
  });
}

export function decode(lattices: LatticeTable, bytes: Uint8Array): RecordState | undefined {
  if (bytes.length === 0) return undefined;
  const decoded = decodeRecordState(lattices, bytes);
  assert(decoded.ok, "what the owner has encoded decodes");
  return decoded.value;
}
