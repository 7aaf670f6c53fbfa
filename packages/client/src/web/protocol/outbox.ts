/** Messages of one turn in one post: each post wakes the other side's event loop once. */
import { type Envelope, tabProtocol } from "./messages.ts";

export interface OutboxParts<Message> {
  readonly post: (envelope: Envelope<Message>) => void;
  readonly term: string;
  readonly messagesPerPostMax: number;
  /** Something in it cannot be copied to another thread: a function, say. */
  readonly unsendable: (message: Message, error: unknown) => void;
}

export class Outbox<Message> {
  readonly #parts: OutboxParts<Message>;
  #waiting: Message[] = [];
  #closed = false;

  constructor(parts: OutboxParts<Message>) {
    this.#parts = parts;
  }

  push(message: Message): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    if (this.#waiting.length === 1) queueMicrotask(() => this.flush());
  }

  flush(): void {
    const { messagesPerPostMax } = this.#parts;
    const messages = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < messages.length && !this.#closed; at += messagesPerPostMax)
      this.#post(messages.slice(at, at + messagesPerPostMax));
  }

  #post(messages: readonly Message[]): void {
    const { post, term, unsendable } = this.#parts;
    try {
      post({ protocol: tabProtocol, term, messages });
    } catch (error) {
      if (messages.length === 1) unsendable(messages[0] as Message, error);
      else for (const message of messages) this.#post([message]);
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }
}
