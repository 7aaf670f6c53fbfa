import { decodeServerPresence, type ServerPresence } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing/test-clock.ts";
import { replicaId } from "../testing/test-replica.ts";
import { presenceLimits, PresenceTable } from "./presence-table.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const read = (message: Uint8Array): ServerPresence => {
  const decoded = decodeServerPresence(message);
  if (!decoded.ok) throw new Error(decoded.fault);
  return decoded.value;
};
/** Replica's last digit → its value's first byte; undefined: gone. */
const said = ({ present }: ServerPresence): Record<string, number | undefined> =>
  Object.fromEntries(present.map(({ replica, value }) => [Number.parseInt(replica.slice(-2), 16), value?.[0]]));

function open(change: Partial<typeof presenceLimits> = {}) {
  const clock = createTestClock();
  const [told, whispered]: [ServerPresence[], ServerPresence[]] = [[], []];
  const table = new PresenceTable({
    runtime: clock.runtime,
    limits: { ...presenceLimits, ...change },
    tell: (_space, message) => told.push(read(message)),
    whisper: (_space, message) => whispered.push(read(message)),
  });
  const show = (by: object, index: number, value: number | undefined, principal = "ann", space = "s"): void =>
    table.show(by, space, { replica: replicaId(index), principal, value: value === undefined ? undefined : bytes(value) });
  const hear = (index: number, value: number | undefined, principal = "bob"): void =>
    table.heard({
      space: "s",
      whole: false,
      present: [{ replica: replicaId(index), principal, value: value === undefined ? undefined : bytes(value) }],
    });
  return { clock, table, told, whispered, show, hear };
}

describe("who is there", () => {
  it("[PRS1] what is shown is told at the next tick, the newest of it, to followers here and to other instances", () => {
    const { clock, told, whispered, show } = open();
    const [one, two] = [{}, {}];
    for (let value = 1; value <= 100; value++) show(one, 1, value);
    show(two, 2, 7);
    expect(told).toEqual([]);
    clock.advance(presenceLimits.presenceTickMs);
    expect(told.map(said)).toEqual([{ 1: 100, 2: 7 }]);
    expect(whispered.map(said)).toEqual([{ 1: 100, 2: 7 }]);
    clock.advance(presenceLimits.presenceTickMs);
    expect(told).toHaveLength(1);
  });

  it("[PRS2] who comes is told of all who are there; who leaves is gone for all, from one space or from each", () => {
    const { clock, table, told, show } = open();
    const [one, two] = [{}, {}];
    show(one, 1, 1);
    show(two, 2, 2);
    show(one, 1, 9, "ann", "t");
    clock.advance(50);
    expect([read(table.wholeOf("s")).whole, said(read(table.wholeOf("s")))]).toEqual([true, { 1: 1, 2: 2 }]);
    expect(said(read(table.wholeOf("nobody")))).toEqual({});
    told.length = 0;
    table.left(one, "s");
    // Not hers to take away.
    show(one, 2, undefined);
    clock.advance(50);
    expect(told.map((each) => [each.space, said(each)])).toEqual([["s", { 1: undefined }]]);
    told.length = 0;
    table.left(one);
    table.left(two);
    clock.advance(50);
    expect(told.map((each) => [each.space, said(each)]).sort()).toEqual([
      ["s", { 2: undefined }],
      ["t", { 1: undefined }],
    ]);
  });

  it("[PRS3] what another instance has told ends if it does not tell it again, and is not told on", () => {
    const { clock, table, told, whispered, hear } = open();
    hear(3, 1);
    clock.advance(50);
    hear(3, 1);
    clock.advance(50);
    expect(told.map(said)).toEqual([{ 3: 1 }]);
    expect(whispered).toEqual([]);
    for (let i = 0; i < 4; i++) {
      clock.advance(presenceLimits.presenceRenewMs);
      hear(3, 1);
    }
    expect(said(read(table.wholeOf("s")))).toEqual({ 3: 1 });
    for (let i = 0; i < 5; i++) clock.advance(presenceLimits.presenceRenewMs);
    clock.advance(50);
    expect(told.map(said)).toEqual([{ 3: 1 }, { 3: undefined }]);
    expect(said(read(table.wholeOf("s")))).toEqual({});
  });

  it("[PRS3] what sessions here show is said again to others for as long as they show it, and no longer", () => {
    const { clock, table, told, whispered, show } = open();
    const one = {};
    show(one, 1, 5);
    clock.advance(50);
    told.length = whispered.length = 0;
    for (let i = 0; i < 5; i++) clock.advance(2 * presenceLimits.presenceRenewMs);
    expect(told).toEqual([]);
    expect(whispered.length).toBeGreaterThanOrEqual(5);
    expect(said(whispered.at(-1) as ServerPresence)).toEqual({ 1: 5 });
    table.left(one);
    clock.advance(50);
    const before = whispered.length;
    for (let i = 0; i < 5; i++) clock.advance(2 * presenceLimits.presenceRenewMs);
    expect(whispered).toHaveLength(before);
  });

  it("[PRS3] a device that has moved here is known better here, whatever the other instance still says", () => {
    const { clock, table, hear, show } = open();
    hear(1, 1, "ann");
    const session = {};
    show(session, 1, 2);
    hear(1, undefined, "ann");
    hear(1, 1, "ann");
    clock.advance(50);
    expect(said(read(table.wholeOf("s")))).toEqual({ 1: 2 });
  });

  it("[PRS4] a space shows so many replicas, and so many of one user, wherever they are; the rest are not shown", () => {
    const { clock, table, told, show, hear } = open({ presenceEntriesMax: 5, presencePrincipalMax: 2 });
    const session = {};
    for (let index = 1; index <= 4; index++) show(session, index, index);
    for (let index = 11; index <= 19; index++) hear(index, index, `user ${index}`);
    clock.advance(50);
    expect(Object.keys(said(read(table.wholeOf("s")))).map(Number)).toEqual([1, 2, 11, 12, 13]);
    expect(told.length).toBe(1);
    // Room again.
    show(session, 1, undefined);
    show(session, 4, 4);
    expect(Object.keys(said(read(table.wholeOf("s")))).map(Number)).toEqual([2, 4, 11, 12, 13]);
  });

  it("[PRS4] what comes and goes within one tick stays within the bounds of a message", () => {
    const { clock, told, show } = open({ presencePrincipalMax: 2_000, presenceEntriesMax: 100 });
    const session = {};
    for (let index = 1; index <= 1_200; index++) {
      show(session, index, 1);
      show(session, index, undefined);
    }
    clock.advance(50);
    expect(told.map(({ present }) => present.length)).toEqual([512, 512, 176]);
  });

  it("[PRS4] nothing is kept of a space that nobody follows, and nothing runs when nobody is there", () => {
    const { clock, table, told, hear } = open();
    hear(1, 1);
    table.forget("s");
    clock.advance(50);
    expect(said(read(table.wholeOf("s")))).toEqual({});
    told.length = 0;
    for (let i = 0; i < 10; i++) clock.advance(60_000);
    expect(told).toEqual([]);
  });
});
