import { describe, expect, it } from "vitest";
import { RequestLedger } from "./request-ledger.ts";

const settle = { resolve: () => undefined, reject: () => undefined };
const sync = { type: "sync" } as const;

describe("a tab's requests", () => {
  it("[TAB3] keep their number and what was known when they were first sent", () => {
    const ledger = new RequestLedger();
    const first = ledger.add(sync, settle);
    const second = ledger.add(sync, settle);
    expect(ledger.toMessage(first, 5)).toEqual({ type: "call", number: 1, answeredBelow: 1, since: 5, call: sync });
    expect(ledger.toMessage(second, 9)).toMatchObject({ number: 2, since: 9 });
    expect(ledger.toMessage(first, 9)).toMatchObject({ number: 1, since: 5 });
    expect(ledger.unanswered()).toEqual([1, 2]);
  });

  it("[TAB3][TAB14] are answered once, and what is below the first without an answer is told", () => {
    const ledger = new RequestLedger();
    for (let n = 0; n < 3; n++) ledger.add(sync, settle);
    expect(ledger.take(2)).toBeDefined();
    expect(ledger.take(2)).toBeUndefined();
    expect(ledger.toMessage(3, 0)).toMatchObject({ answeredBelow: 1 });
    ledger.take(1);
    expect(ledger.toMessage(3, 0)).toMatchObject({ answeredBelow: 3 });
    ledger.take(3);
    expect(ledger.toMessage(ledger.add(sync, settle), 0)).toMatchObject({ number: 4, answeredBelow: 4 });
  });
});
