/** The client's end of one conversation, in this process: real bytes, no socket. */
import {
  type AnySchema,
  type ClientMessage,
  createWireSession,
  decodeServerMessage,
  encodeClientMessage,
  type ServerMessage,
  type Transaction,
} from "@holdfast/core/engine";
import type { Server } from "../server.ts";
import { unwrapMessage, wrapMessage } from "../session/envelope.ts";
import type { Session } from "../session/session.ts";
import type { TestReplica } from "./test-replica.ts";

export type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

interface PushExtra {
  readonly chain?: Uint8Array;
  readonly settledThrough?: number;
  readonly epochTag?: number;
}

export class TestClient {
  readonly replica: TestReplica;
  readonly received: ServerMessage[] = [];
  /** Bytes of each message as they came. */
  readonly carried: Uint8Array[] = [];
  closed = false;
  /** What the socket pretends not to have sent yet. */
  buffered = 0;
  readonly #wire = createWireSession();
  #session: Session | undefined;
  readonly #waiting: (() => void)[] = [];
  #request = 0;

  constructor(replica: TestReplica) {
    this.replica = replica;
  }

  static async open<S extends AnySchema>(server: Server<S>, replica: TestReplica): Promise<TestClient> {
    const client = new TestClient(replica);
    client.#session = await server.connect({
      send: (carried) => client.#take(carried),
      bufferedBytes: () => client.buffered,
      close: () => {
        client.closed = true;
        client.#wake();
      },
    });
    return client;
  }

  #take(carried: Uint8Array): void {
    this.carried.push(carried);
    const message = unwrapMessage(carried);
    const decoded = message.ok ? decodeServerMessage(message.value, this.#wire) : message;
    if (!decoded.ok) throw new Error(decoded.fault);
    this.received.push(decoded.value);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  send(message: ClientMessage): void {
    this.sendBytes(wrapMessage(encodeClientMessage(message, this.#wire), undefined));
  }

  sendBytes(carried: Uint8Array): void {
    this.#session?.receive(carried);
  }

  /** The next message of this type (any fault also ends the wait), taken out of `received`. */
  async next<Type extends ServerMessage["type"]>(type: Type): Promise<Message<Type>> {
    for (;;) {
      const at = this.received.findIndex((message) => message.type === type || message.type === "fault");
      const [message] = at < 0 ? [] : this.received.splice(at, 1);
      if (message?.type === type) return message as Message<Type>;
      if (message !== undefined) throw new Error(`a fault instead of ${type}: ${JSON.stringify(message)}`);
      if (this.closed) throw new Error(`closed instead of ${type}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async hello(token: string, spaces: readonly string[], cursor: Uint8Array = new Uint8Array(0)): Promise<Message<"welcome">> {
    this.send(helloOf(this.replica, token, spaces, cursor));
    return this.next("welcome");
  }

  /** Sends without waiting; the answer's request number. */
  sendPush(transactions: readonly Transaction[] = this.replica.log, extra: PushExtra = {}): number {
    const request = ++this.#request;
    const chain = extra.chain ?? this.replica.chainBefore(transactions[0]?.counter ?? 1);
    const { settledThrough = 0, epochTag } = extra;
    const said = { request, space: this.replica.space, chain, settledThrough, transactions };
    this.send({ type: "push", ...said, ...(epochTag === undefined ? {} : { epochTag }) });
    return request;
  }

  async push(transactions?: readonly Transaction[], extra?: PushExtra): Promise<Message<"pushed">> {
    this.sendPush(transactions, extra);
    return this.next("pushed");
  }

  async pull(
    cursor: Uint8Array = new Uint8Array(0),
    options: { readonly ownThrough?: number; readonly bytesMax?: number; readonly space?: string } = {},
  ): Promise<Message<"page">> {
    const { ownThrough = 0, bytesMax = 1_000_000, space = this.replica.space } = options;
    this.send({ type: "pull", request: ++this.#request, space, cursor, ownThrough, bytesMax });
    return this.next("page");
  }

  /** Resolves when the server has answered everything that was sent. */
  settled(): Promise<void> {
    return this.#session?.settled() ?? Promise.resolve();
  }

  close(): void {
    this.#session?.close();
  }
}

export function helloOf(
  replica: TestReplica,
  token: string,
  spaces: readonly string[],
  cursor: Uint8Array = new Uint8Array(0),
): Extract<ClientMessage, { type: "hello" }> {
  return {
    type: "hello",
    protocol: 1,
    protocolMin: 1,
    capabilities: [],
    token,
    replica: replica.id,
    principal: "",
    schemaVersion: 2,
    spaces: spaces.map((space) => ({ space, cursor, counter: replica.counter })),
  };
}
