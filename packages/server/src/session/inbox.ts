/** What a session has sent and is not worked on yet, bounded by number and by bytes; one message of any allowed size always fits (F16). */
import type { ClientMessage } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";

export interface Received {
  readonly message: ClientMessage;
  /** As carried. */
  readonly bytes: number;
}

export class Inbox {
  readonly #limits: Pick<ServerLimits, "inboxMessagesMax" | "inboxBytesMax">;
  readonly #received: Received[] = [];
  #bytes = 0;

  constructor(limits: Pick<ServerLimits, "inboxMessagesMax" | "inboxBytesMax">) {
    this.#limits = limits;
  }

  hasRoom(bytes: number): boolean {
    const { inboxMessagesMax, inboxBytesMax } = this.#limits;
    return this.#received.length < inboxMessagesMax && (this.#received.length === 0 || this.#bytes + bytes <= inboxBytesMax);
  }

  add(received: Received): void {
    this.#received.push(received);
    this.#bytes += received.bytes;
  }

  next(): Received | undefined {
    const received = this.#received.shift();
    this.#bytes -= received?.bytes ?? 0;
    return received;
  }

  clear(): void {
    this.#received.length = 0;
    this.#bytes = 0;
  }
}
