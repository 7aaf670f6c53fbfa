/**
 * A replica's wire side and nothing else: it writes register edits and pushes them over a real socket, as a device would, but keeps no
 * file. What the bench measures is r0; devices of their own, with their fsyncs, would be the load's price and not the server's.
 */
import { randomBytes } from "node:crypto";
import {
  applyOperation,
  type ClientMessage,
  createWireSession,
  decodeServerMessage,
  encodeClientMessage,
  encodeTransaction,
  emptyRecord,
  identityOf,
  initialChain,
  latticesOf,
  nextChain,
  originOf,
  planOperations,
  type RecordState,
  type ReplicaId,
  type ServerMessage,
  type Transaction,
  TransactionBuilder,
  transactionWidth,
} from "@holdfast/core/engine";
import { WebSocket } from "ws";
import { noteOf, schema } from "../schema.ts";

/** Messages are sent as they are: the first byte says "not deflated". */
const plain = 0;
/** A writer goes round so many records of its own. */
const recordsEach = 8;
const pageBytesMax = 512 * 1024;

interface Page {
  readonly message: Extract<ServerMessage, { type: "page" }>;
  readonly bytes: number;
}

/** A push under way. */
interface Asked {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  readonly again: () => void;
}

const lattices = latticesOf(schema.spec);

export class WireWriter {
  readonly space: string;
  readonly #replica = randomBytes(16).toString("hex") as ReplicaId;
  readonly #wire = createWireSession();
  readonly #url: string;
  #socket: WebSocket | undefined;
  readonly #answers = new Map<number, Asked>();
  #chain: Uint8Array;
  readonly #pages = new Map<number, (page: Page) => void>();
  #cursor: Uint8Array = new Uint8Array(0);
  #counter = 0;
  #lamport = 0;
  #request = 0;
  #edits = 0;
  readonly #records = new Map<string, RecordState>();
  /** Hears what comes unasked. */
  poked: (message: Extract<ServerMessage, { type: "poke" }>) => void = () => {};
  /** Pushes that were told to come again. */
  retries = 0;
  #welcomed: () => void = () => {};
  #failed: (error: Error) => void = () => {};

  constructor(url: string, space: string) {
    this.space = space;
    this.#chain = initialChain(space, this.#replica);
    this.#url = `${url.replace(/^http/, "ws")}/v1/sync`;
  }

  /** Connects, and resolves once r0 has welcomed it. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, { perMessageDeflate: false });
      socket.binaryType = "nodebuffer";
      this.#socket = socket;
      this.#welcomed = resolve;
      this.#failed = reject;
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server has closed the connection")));
      socket.on("message", (data: Buffer) => this.#take(data));
      socket.on("open", () =>
        this.#send({
          type: "hello",
          protocol: 1,
          protocolMin: 1,
          capabilities: [],
          token: "bench",
          replica: this.#replica,
          principal: "",
          schemaVersion: schema.version,
          spaces: [{ space: this.space, cursor: new Uint8Array(0), counter: 0 }],
        }),
      );
    });
  }

  /** Resolves when r0 has answered: the edits are durable there. Each is a transaction of its own. */
  async push(edits: number): Promise<void> {
    const transactions: Transaction[] = [];
    const chain = this.#chain;
    for (let n = 0; n < edits; n++) transactions.push(await this.#edit());
    const request = ++this.#request;
    return new Promise((done, failed) => {
      const again = (): void => this.#send({ type: "push", request, space: this.space, chain, settledThrough: 0, transactions });
      this.#answers.set(request, { done, failed, again });
      again();
    });
  }

  /** Pulls to the head, so that small changes come with the pokes from then on. How many bytes that took. */
  async catchUp(): Promise<number> {
    let bytes = 0;
    for (;;) {
      const request = ++this.#request;
      const page = await new Promise<Page>((resolve) => {
        this.#pages.set(request, resolve);
        this.#send({ type: "pull", request, space: this.space, cursor: this.#cursor, ownThrough: this.#counter, bytesMax: pageBytesMax });
      });
      bytes += page.bytes;
      this.#cursor = page.message.cursor;
      if (!page.message.more) return bytes;
    }
  }

  close(): void {
    this.#failed = () => {};
    this.#socket?.removeAllListeners("close");
    this.#socket?.terminate();
  }

  /** The first of each record creates it, with all its fields; the later ones set its title. */
  async #edit(): Promise<Transaction> {
    const n = this.#edits++;
    const record = `${this.#replica.slice(0, 16)}${String(n % recordsEach).padStart(6, "0")}`;
    const read = (_: string, id: string): RecordState | undefined => this.#records.get(id);
    const builder = new TransactionBuilder<typeof schema>({
      schema: schema.spec,
      mintRecordId: () => record,
      read,
      arbitrated: "refused",
    });
    if (this.#records.has(record)) builder.tx.notes.update(record, { title: `Edit ${String(n).padStart(15, "0")}` });
    else builder.tx.notes.create(noteOf(n), { id: record });
    const { operations } = planOperations({
      schema: schema.spec,
      lattices,
      mutations: builder.close(),
      read,
      replica: this.#replica,
      counter: this.#counter + 1,
      lamport: this.#lamport + 1,
      textSession: 1,
    });
    const transaction: Transaction = {
      replica: this.#replica,
      counter: this.#counter + 1,
      lamport: this.#lamport + 1,
      schemaVersion: schema.version,
      wallMs: 0,
      dependencies: new Map(),
      body: { type: "operations", operations },
      extensions: [],
    };
    for (const [index, operation] of operations.entries())
      this.#records.set(
        record,
        applyOperation(lattices, this.#records.get(record) ?? emptyRecord, operation, originOf(transaction, index, undefined)).record,
      );
    this.#counter += transactionWidth(transaction);
    this.#lamport += transactionWidth(transaction);
    this.#chain = nextChain(this.#chain, identityOf(transaction, encodeTransaction(transaction)));
    return transaction;
  }

  #send(message: ClientMessage): void {
    const bytes = encodeClientMessage(message, this.#wire);
    const carried = new Uint8Array(bytes.length + 1);
    carried[0] = plain;
    carried.set(bytes, 1);
    this.#socket?.send(carried);
  }

  /** Instead of reading what comes: as bare as the floor's own clients. */
  heard: (() => void) | undefined;

  #take(data: Buffer): void {
    if (this.heard !== undefined) return this.heard();
    const decoded = decodeServerMessage(data.subarray(1), this.#wire);
    if (!decoded.ok) throw new Error(decoded.fault);
    const message = decoded.value;
    if (message.type === "welcome") this.#welcomed();
    else if (message.type === "poke") this.poked(message);
    else if (message.type === "pushed") {
      if (message.outcomes.length > 0 || message.stopped !== undefined)
        throw new Error(`an edit was not taken: ${JSON.stringify(message)}`);
      this.#answers.get(message.request)?.done();
      this.#answers.delete(message.request);
    } else if (message.type === "page") {
      this.#pages.get(message.request)?.({ message, bytes: data.length });
      this.#pages.delete(message.request);
    } else if (message.type === "fault") this.#fault(message);
  }

  /** Who is told to come again does, when it was told to, with the same push; the time counts as the edit's. */
  #fault({ request, code, message, retryAfterMs }: Extract<ServerMessage, { type: "fault" }>): void {
    const asked = this.#answers.get(request);
    if (asked !== undefined && retryAfterMs !== undefined) {
      this.retries++;
      setTimeout(asked.again, retryAfterMs);
    } else (asked?.failed ?? this.#failed)(new Error(`${code}: ${message}`));
  }
}
