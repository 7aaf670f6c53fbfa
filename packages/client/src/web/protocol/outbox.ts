/** Messages of one turn in one post: each post wakes the other side's event loop once. */
import { type Envelope, tabProtocol } from "./messages.ts";

export interface OutboxParts<Message> {
  readonly post: (envelope: Envelope<Message>) => void;
  readonly term: string;
  readonly messagesPerPostMax: number;
  /** A post takes on no more once it weighs so much. Absent: nothing weighs anything. */
  readonly weight?: { readonly of: (message: Message) => number; readonly perPostMax: number };
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
    const { messagesPerPostMax, weight } = this.#parts;
    const messages = this.#waiting;
    this.#waiting = [];
    let post: Message[] = [];
    let held = 0;
    for (const message of messages) {
      const added = weight?.of(message) ?? 0;
      if (post.length >= messagesPerPostMax || (post.length > 0 && held + added > (weight?.perPostMax ?? 0))) {
        this.#post(post);
        post = [];
        held = 0;
      }
      post.push(message);
      held += added;
    }
    if (post.length > 0) this.#post(post);
  }

  #post(messages: readonly Message[]): void {
    const { post, term, unsendable } = this.#parts;
    if (this.#closed) return;
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
