/** What messages leave out, over one connection: see `core/src/wire/wire-session.ts`. */
import {
  type ClientMessage,
  createWireSession,
  type Decoded,
  decodeServerMessage,
  encodeClientMessage,
  learnFromClient,
  type ServerMessage,
  type WireSession,
} from "@holdfast/core/engine";

export class Conversation {
  readonly #handshake: ClientMessage[] = [];
  #outgoing = createWireSession();
  /** Over a socket, both are one. */
  #incoming = this.#outgoing;

  encode(message: ClientMessage): Uint8Array {
    if (message.type === "hello" || message.type === "follow") this.#handshake.push(message);
    return encodeClientMessage(message, this.#outgoing);
  }

  decode(bytes: Uint8Array): Decoded<ServerMessage> {
    return decodeServerMessage(bytes, this.#incoming);
  }

  /**
   * Over HTTP the reply to an exchange is here. Each is a conversation of its own to r0, and the next may meet another r0: one that was
   * updated, or put back to a backup. What is sent in it rests on its own handshake, and on no welcome of an earlier one (WIRE18).
   */
  beginExchange(): void {
    this.#incoming = this.#shakenHands();
    this.#outgoing = this.#shakenHands();
  }

  #shakenHands(): WireSession {
    const session = createWireSession();
    for (const message of this.#handshake) learnFromClient(session, message);
    return session;
  }
}
