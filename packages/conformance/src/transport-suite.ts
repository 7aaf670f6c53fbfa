/** What the sync cycle relies on in every transport (rules TRN of `docs/spec/client.md`). */
import assert from "node:assert/strict";
import type { Connection, TransportFault, TransportPort } from "@holdfast/core/engine";
import type { SuiteRunner } from "./suite-runner.ts";

export interface TransportFixture {
  /** Leads to a peer that sends each message of a conversation back, in order. */
  readonly transport: TransportPort;
  /** Leads nowhere. */
  readonly unreachable: TransportPort;
  /** The peer breaks off every conversation, now or at the next message. */
  readonly breakOff: () => void;
  dispose(): Promise<void>;
}

export function describeTransport(runner: SuiteRunner, name: string, create: () => Promise<TransportFixture>): void {
  const it = (title: string, body: (fixture: TransportFixture) => Promise<void>): void => {
    runner.it(title, async () => {
      const fixture = await create();
      try {
        await body(fixture);
      } finally {
        await fixture.dispose();
      }
    });
  };
  runner.describe(`the transport contract: ${name}`, () => {
    it("[TRN1] it opens later, and messages go both ways whole and in order", async ({ transport }) => {
      const trace = listen(transport);
      assert.deepEqual(trace.told, []);
      await trace.until("opened");
      const messages = [Uint8Array.of(0), Uint8Array.of(1, 2, 3), new Uint8Array(100_000).fill(7), new Uint8Array(0)];
      for (const message of messages) trace.connection.send(message);
      while (trace.messages.length < messages.length) await trace.next();
      assert.deepEqual(trace.messages, messages);
      trace.connection.close();
    });

    it("[TRN2] a far side that is not there is told once, as a fault, and nothing is thrown", async ({ unreachable }) => {
      const trace = listen(unreachable);
      assert.deepEqual(trace.told, []);
      // Over HTTP only the first message finds out.
      await Promise.race([trace.until("opened"), trace.until("closed")]);
      trace.connection.send(Uint8Array.of(1));
      await trace.until("closed");
      assert.equal(trace.faults[0]?.type, "unreachable");
      trace.connection.send(Uint8Array.of(2));
      trace.connection.close();
      await turns();
      assert.equal(trace.told.filter((each) => each === "closed").length, 1);
    });

    it("[TRN3] after its own close nothing is told any more", async ({ transport }) => {
      const trace = listen(transport);
      await trace.until("opened");
      trace.connection.send(Uint8Array.of(1));
      trace.connection.close();
      trace.connection.close();
      trace.connection.send(Uint8Array.of(2));
      await turns();
      assert.deepEqual(trace.told, ["opened"]);
    });

    it("[TRN4][T15] a far side that breaks off is told once", async ({ transport, breakOff }) => {
      const trace = listen(transport);
      await trace.until("opened");
      breakOff();
      trace.connection.send(Uint8Array.of(1));
      await trace.until("closed");
      await turns();
      assert.deepEqual(trace.told, ["opened", "closed"]);
      assert.equal(trace.faults[0]?.type, "closed");
    });
  });
}

interface Trace {
  readonly told: string[];
  readonly messages: Uint8Array[];
  readonly faults: TransportFault[];
  readonly connection: Connection;
  next(): Promise<void>;
  until(what: string): Promise<void>;
}

function listen(transport: TransportPort): Trace {
  const told: string[] = [];
  const messages: Uint8Array[] = [];
  const faults: TransportFault[] = [];
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  const connection = transport.connect({
    opened: () => {
      told.push("opened");
      wake();
    },
    message: (bytes) => {
      messages.push(bytes.slice());
      wake();
    },
    closed: (fault) => {
      told.push("closed");
      faults.push(fault);
      wake();
    },
  });
  const next = (): Promise<void> => new Promise((resolve) => (waiting = [...waiting, resolve]));
  return {
    told,
    messages,
    faults,
    connection,
    next,
    async until(what) {
      while (!told.includes(what)) await next();
    },
  };
}

/** Enough turns of the event loop for anything that is on its way within this machine. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}
