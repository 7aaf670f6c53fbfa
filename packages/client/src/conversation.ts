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

type Hello = Extract<ClientMessage, { type: "hello" }>;

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
    const decoded = decodeServerMessage(bytes, this.#incoming);
    // Of an earlier conversation, kept by something on the way: its marks and its keys are not r0's of now (WIRE19).
    // An r0 of before there was that number says none.
    const asked = (this.#handshake[0] as Hello | undefined)?.request;
    const isEarlier = decoded.ok && decoded.value.type === "welcome" && (decoded.value.request ?? asked) !== asked;
    return isEarlier ? { ok: false, fault: "stale" } : decoded;
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
