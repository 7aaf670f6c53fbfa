/** Presence through sessions: who is told, who may show, and what bytes of a peer can do. */
import {
  createWireSession,
  decodeServerMessage,
  decodeServerPresence,
  encodeClientMessage,
  encodeClientPresence,
  isServerPresence,
  presenceCapability,
  type ServerMessage,
  type ServerPresence,
} from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { unwrapMessage, wrapMessage } from "../session/envelope.ts";
import { helloOf } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import type { TestServer } from "../testing/test-server.ts";
import { useTestServers } from "../testing/use-test-servers.ts";

const open = useTestServers();

async function connect({ server }: TestServer, index: number, { user = "ann", knows = true, spaces = ["s"] } = {}) {
  const messages: (ServerMessage | ServerPresence)[] = [];
  const wire = createWireSession();
  let [closed, buffered] = [false, 0];
  const session = await server.connect({
    send(carried) {
      const message = unwrapMessage(carried);
      if (!message.ok) throw new Error(message.fault);
      const decoded = isServerPresence(message.value) ? decodeServerPresence(message.value) : decodeServerMessage(message.value, wire);
      if (!decoded.ok) throw new Error(decoded.fault);
      messages.push(decoded.value);
    },
    bufferedBytes: () => buffered,
    close: () => (closed = true),
  });
  const hello = helloOf(new TestReplica(replicaId(index)), user, spaces);
  const capabilities = knows ? [presenceCapability] : [];
  session.receive(wrapMessage(encodeClientMessage({ ...hello, capabilities }, wire), undefined));
  await session.settled();
  return {
    show: (value: Uint8Array | undefined, space = "s") => session.receive(wrapMessage(encodeClientPresence({ space, value }), undefined)),
    receive: (bytes: Uint8Array) => session.receive(wrapMessage(bytes, undefined)),
    close: () => session.close(),
    stall: (bytes: number) => void (buffered = bytes),
    isClosed: () => closed,
    messages,
    /** What it sees: replica's number → the first byte. */
    sees: () => {
      const seen = new Map<number, number>();
      for (const message of messages) {
        if (!("present" in message)) continue;
        if (message.whole) seen.clear();
        for (const { replica, value } of message.present) {
          const number = Number.parseInt(replica.slice(-2), 16);
          if (value === undefined) seen.delete(number);
          else seen.set(number, value[0] as number);
        }
      }
      return Object.fromEntries(seen);
    },
  };
}

describe("presence in sessions", () => {
  it("[PRS1][PRS2] devices of a space see each other, those that come later too, and no more when one has gone", async () => {
    const server = await open();
    const [one, two] = [await connect(server, 1), await connect(server, 2, { user: "bob" })];
    one.show(Uint8Array.of(7));
    server.clock.advance(50);
    expect(two.sees()).toEqual({ 1: 7 });
    expect(two.messages.at(-1)).toMatchObject({ space: "s", whole: false, present: [{ replica: replicaId(1), principal: "ann" }] });
    two.show(Uint8Array.of(8));
    const three = await connect(server, 3);
    expect(three.sees()).toEqual({ 1: 7, 2: 8 });
    one.close();
    server.clock.advance(50);
    expect([two.sees(), three.sees()]).toEqual([{ 2: 8 }, { 2: 8 }]);
  });

  it("[PRS5][WIRE16] who has not said the capability is told nothing of it, and who has is told of each space at its welcome", async () => {
    const server = await open();
    const [knows, other] = [await connect(server, 1), await connect(server, 2, { knows: false })];
    knows.show(Uint8Array.of(7));
    server.clock.advance(50);
    expect(other.messages.map((message) => "type" in message && message.type)).toEqual(["welcome"]);
    expect(other.messages[0]).toMatchObject({ capabilities: ["deflate", presenceCapability] });
    expect(knows.messages[1]).toEqual({ space: "s", whole: true, present: [] });
    other.show(Uint8Array.of(1));
    expect(other.isClosed()).toBe(true);
  });

  it("[PRS5][SES5] of a space without access nothing is shown, neither way", async () => {
    const server = await open();
    server.access.set("secret", "none");
    const outsider = await connect(server, 1, { spaces: ["s", "secret"] });
    server.access.set("secret", "read");
    const insider = await connect(server, 2, { spaces: ["secret"] });
    insider.show(Uint8Array.of(7), "secret");
    outsider.show(Uint8Array.of(8), "secret");
    outsider.show(Uint8Array.of(8), "never followed");
    server.clock.advance(50);
    expect(insider.sees()).toEqual({ 2: 7 });
    expect(outsider.sees()).toEqual({});
    expect(outsider.isClosed()).toBe(false);
  });

  it("[PRS4][PRS5] bytes that say nothing, or too much, end the session; one that does not read is not shown more", async () => {
    const server = await open();
    const [hostile, large, slow] = [await connect(server, 1), await connect(server, 2), await connect(server, 3)];
    hostile.receive(Uint8Array.of(66, 200, 1));
    large.show(new Uint8Array(1_025));
    expect([hostile.isClosed(), large.isClosed()]).toEqual([true, true]);
    slow.stall(2 * 1024 * 1024);
    const other = await connect(server, 4);
    other.show(Uint8Array.of(1));
    const before = slow.messages.length;
    server.clock.advance(50);
    expect(slow.messages).toHaveLength(before);
    expect(slow.isClosed()).toBe(false);
  });
});
