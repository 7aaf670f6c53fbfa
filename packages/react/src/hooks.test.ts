import { act, createElement as h, Fragment, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { type Bed, createBed, schema, space, type TestSchema, until, write } from "./testing/bed.ts";
import { join } from "node:path";
import type { HoldfastError, Row, SpaceId } from "@holdfast/core";
import type { Conflict, Decision, Replica, ReplicaStatus, Requested, Written } from "@holdfast/client";
import { accept, createServer, refuse } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { createHooks } from "./hooks.ts";
import type { RequestState } from "./use-request.ts";

const {
  HoldfastProvider,
  useConflicts,
  useDeadLetters,
  useQuery,
  useRecord,
  useReplica,
  useRequest,
  useStatus,
  useText,
  useTextarea,
  useWrite,
} = createHooks<TestSchema>();

/** What a component last got, for a test to use. */
function createProbe<T>(useIt: () => T): { readonly Probe: () => ReactNode; readonly seen: T[]; readonly last: () => T } {
  const seen: T[] = [];
  const Probe = (): ReactNode => {
    seen.push(useIt());
    return null;
  };
  return { Probe, seen, last: () => seen.at(-1) as T };
}

describe("hooks", () => {
  let bed: Bed;
  const ends: (() => Promise<void>)[] = [];
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(async () => {
    await bed.dispose();
    for (const end of ends.splice(0)) await end();
  });

  async function serve(): Promise<string> {
    const server = createServer({
      schema,
      store: sqliteStore(join(bed.directory, "server.db")),
      authenticate: (token) => (token === "" ? null : { id: token }),
      authorize: { space: () => "write", operation: ({ id }) => (id === "guest" ? refuse("guests-read", "Guests only read.") : accept()) },
      arbiters: { buyPlan: (_tx, { plan }) => (plan === "pro" ? accept({ plan }) : refuse("not-sold", "That plan is not sold.")) },
    });
    const { url } = await server.listen({ port: 0 });
    ends.push(() => server.close());
    return url;
  }

  it("[RCT3] says `local` before r0 was heard, `synced` while it is, also over an own write, and `local` when the session ends", async () => {
    const url = await serve();
    const replica = await bed.open("a", { server: url, auth: () => "ann" });
    const { Probe, seen, last } = createProbe(() => useQuery(space, "notes"));
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await until(() => last().completeness === "synced", "the first sync");
    const before = seen.length;
    await write(replica, (tx) => tx.notes.create({ title: "mine" }));
    await act(async () => void (await replica.sync()));
    expect(seen.slice(before).map(({ completeness, rows }) => `${completeness} ${rows.length}`)).toEqual(["synced 1"]);
    await act(() => replica.background());
    await until(() => last().completeness === "local", "the end of the session");
    await act(() => replica.foreground());
    await until(() => last().completeness === "synced", "the next session");
    expect(last().rows).toBe(seen[before]?.rows);
  });

  it("[RCT7] writes with a function that stays the same, and shows what a write was refused with", async () => {
    const replica = await bed.open();
    const { Probe, seen, last } = createProbe(() => useWrite(space));
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await act(async () => {
      const written = await last().write((tx) => tx.notes.create({ title: "one" }));
      expect(await replica.space(space).notes.get(written.value)).toMatchObject({ title: "one" });
    });
    expect(seen).toHaveLength(1);
    // Nobody waits for this one: its refusal is shown, and is no unhandled rejection.
    await act(async () => void last().write((tx) => tx.notes.update("nobody", { title: "x" })));
    await until(() => last().error !== undefined, "the error");
    expect(last().error?.code).toBe("no-such-record");
    expect(last().write).toBe(seen[0]?.write);
    await act(async () => last().reset());
    expect(last().error).toBeUndefined();
    await expect(act(() => last().write(() => Promise.reject(new TypeError("the app's own"))))).rejects.toThrow("the app's own");
    expect(last().error).toBeUndefined();
  });

  it("[RCT8] follows a request from asking to r0's answer", async () => {
    const url = await serve();
    const replica = await bed.open("a", { server: url, auth: () => "ann" });
    const { Probe, seen, last } = createProbe(() => useRequest(space, "buyPlan"));
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await act(async () => void last().request({ accountId: "a1", plan: "pro" }));
    await until(() => last().state.kind === "decided", "the decision");
    expect([...new Set(seen.map(({ state }) => state.kind))].filter((kind) => kind !== "undecided")).toEqual(["idle", "asking", "decided"]);
    expect(last().state).toMatchObject({ kind: "decided", status: "accepted", result: { plan: "pro" } });
    await act(async () => void last().request({ accountId: "a1", plan: "free" }));
    await until(() => last().state.kind === "decided", "the second decision");
    expect(last().state).toMatchObject({ status: "refused", code: "not-sold", reason: "That plan is not sold." });
    await act(async () => void last().request({ accountId: "a1", plan: "gold" as "pro" }));
    await until(() => last().state.kind === "failed", "the failure");
    expect(last().state).toMatchObject({ error: { code: "invalid-value" } });
    await act(async () => last().reset());
    expect(last().state).toEqual({ kind: "idle" });
  });

  it("[RCT8] shows the last request only, whichever is decided first", async () => {
    const decide: ((decision: Decision) => void)[] = [];
    const request = async (): Promise<Requested> => ({ decided: new Promise<Decision>((resolve) => decide.push(resolve)) });
    const replica = { ...(await bed.open()), request } as Replica<TestSchema>;
    const { Probe, seen, last } = createProbe(() => useRequest(space, "buyPlan"));
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await act(async () => void last().request({ accountId: "a1", plan: "pro" }));
    await act(async () => void last().request({ accountId: "a1", plan: "free" }));
    await act(async () => decide[1]?.({ status: "accepted", result: 2 }));
    await act(async () => decide[0]?.({ status: "accepted", result: 1 }));
    expect(last().state).toMatchObject({ kind: "decided", result: 2 });
    expect(seen.filter(({ state }) => state.kind === "decided")).toHaveLength(1);
  });

  it("[RCT9] renders for the part of the status that it shows", async () => {
    const replica = await bed.open();
    const whole = createProbe(() => useStatus());
    const phase = createProbe(() => useStatus(({ phase, durability }) => ({ phase, persistent: durability.persistent })));
    const pending = createProbe(() => useStatus((status) => status.pending));
    await bed.render(h(HoldfastProvider, { replica }, h(whole.Probe), h(phase.Probe), h(pending.Probe)));
    await write(replica, (tx) => tx.notes.create({ title: "one" }));
    await until(() => pending.last() > 0, "the pending write");
    expect(whole.last().pending).toBe(pending.last());
    expect(phase.seen).toEqual([{ phase: "open", persistent: true }]);
    expect(pending.seen).toHaveLength(2);
  });

  it("[RCT10] lists conflicts of what is asked for, restores a loser, and keeps the entries that stay", async () => {
    const url = await serve();
    const open = (name: string): Promise<Replica<TestSchema>> => bed.open(name, { server: url, auth: () => "ann" });
    const [phone, tablet] = [await open("phone"), await open("tablet")];
    await phone.write(space, (tx) => ["n1", "n2"].forEach((id) => tx.notes.create({ title: "first" }, { id })));
    await phone.sync();
    await tablet.sync();
    await Promise.all([phone.background(), tablet.background()]);
    for (const [replica, title] of [
      [phone, "phone"],
      [tablet, "tablet"],
    ] as const)
      await replica.write(space, (tx) => ["n1", "n2"].forEach((id) => tx.notes.update(id, { title })));
    const all = createProbe(() => useConflicts());
    const one = createProbe(() => useConflicts({ collection: "notes", record: "n1" }));
    await bed.render(h(HoldfastProvider, { replica: phone }, h(all.Probe), h(one.Probe)));
    expect(all.last().conflicts).toEqual([]);
    await act(() => Promise.all([phone.foreground(), tablet.foreground()]));
    await until(() => all.last().conflicts.length === 2, "both conflicts");
    expect(one.last().conflicts.map(({ record }) => record)).toEqual(["n1"]);
    const [lost, other] = all.last().conflicts;
    const winner = (await phone.space(space).notes.get("n1"))?.title;
    await act(async () => void (await all.last().restore(lost?.id as number)));
    expect((await phone.space(space).notes.get("n1"))?.title).toBe(lost?.value);
    expect(lost?.value).not.toBe(winner);
    await until(() => all.last().conflicts.length === 1, "the restored one to go");
    expect(all.last().conflicts[0]).toBe(other);
    expect(one.last().conflicts).toEqual([]);
    await act(() => all.last().dismiss(other?.id as number));
    expect(all.last().conflicts).toEqual([]);
  });

  it("[RCT10] lists what r0 refused, and discards it", async () => {
    const url = await serve();
    const replica = await bed.open("a", { server: url, auth: () => "guest" });
    const { Probe, last } = createProbe(() => useDeadLetters());
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await write(replica, (tx) => tx.notes.create({ title: "mine" }));
    await until(() => last().deadLetters.length === 1, "the refusal");
    expect(last().deadLetters[0]).toMatchObject({ code: "guests-read", payload: { type: "write" } });
    await act(() => last().discard(last().deadLetters[0]?.id as number));
    expect(last().deadLetters).toEqual([]);
  });

  it("[RCT4] of a closed replica show what is left to show", async () => {
    const replica = await bed.open();
    await replica.close();
    const { Probe, last } = createProbe(() => [
      useStatus(({ phase }) => phase),
      useConflicts().conflicts.length,
      useDeadLetters().deadLetters.length,
      useText(space, "notes", "n1", "body"),
    ]);
    await bed.render(h(HoldfastProvider, { replica }, h(Probe)));
    await until(() => (last()[3] as { kind: string }).kind === "failed", "the text's answer");
    expect(last()).toMatchObject(["closed", 0, 0, { error: { code: "closed" } }]);
  });

  it("[RCT16] are typed by the schema, without a cast", () => {
    expectTypeOf(useReplica).returns.toEqualTypeOf<Replica<TestSchema>>();
    expectTypeOf(useQuery).parameter(0).toEqualTypeOf<SpaceId | undefined>();
    const Typed = (): ReactNode => {
      const result = useQuery(space, "notes", { where: { pinned: true, opened: { gt: 3 } }, orderBy: { pinned: "desc", title: "asc" } });
      expectTypeOf(result.rows).toEqualTypeOf<readonly Row<TestSchema, "notes">[]>();
      expectTypeOf(result.completeness).toEqualTypeOf<"loading" | "local" | "synced">();
      if (result.completeness === "synced") expectTypeOf(result.error).toEqualTypeOf<undefined>();
      else expectTypeOf(result.error).toEqualTypeOf<HoldfastError | undefined>();
      const first = result.rows[0];
      expectTypeOf(first?.tags).toEqualTypeOf<readonly string[] | undefined>();
      expectTypeOf(first?.checklist).toEqualTypeOf<readonly { label: string; done: boolean }[] | undefined>();
      const { record, completeness } = useRecord(space, "accounts", "a1");
      expectTypeOf(record?.plan).toEqualTypeOf<"free" | "pro" | undefined>();
      expectTypeOf(completeness).toEqualTypeOf<"loading" | "local" | "synced">();
      const { write: change } = useWrite(space);
      expectTypeOf(change((tx) => tx.notes.create({ title: "x" }))).toEqualTypeOf<Promise<Written<string>>>();
      const { request, state } = useRequest(space, "buyPlan");
      expectTypeOf(request).parameters.toEqualTypeOf<[{ accountId: string; plan: "free" | "pro" }]>();
      expectTypeOf(request).returns.toEqualTypeOf<Promise<Requested>>();
      expectTypeOf(state).toEqualTypeOf<RequestState>();
      expectTypeOf(useStatus()).toEqualTypeOf<ReplicaStatus>();
      expectTypeOf(useStatus(({ pending }) => pending)).toEqualTypeOf<number>();
      expectTypeOf(useConflicts().conflicts).toEqualTypeOf<readonly Conflict[]>();
      // @ts-expect-error -- no such collection
      useQuery(space, "letters");
      // @ts-expect-error -- no such field
      useQuery(space, "notes", { where: { colour: "red" } });
      // @ts-expect-error -- no such field
      useQuery(space, "notes", { orderBy: "colour" });
      // @ts-expect-error -- not a text field
      useText(space, "notes", "n1", "title");
      // @ts-expect-error -- no such intent
      useRequest(space, "sellPlan");
      return useTextarea(space, "notes", "n1", "body").state.kind;
    };
    expect(h(Fragment, null, h(Typed))).toBeDefined();
  });

  it("[RCT4] say which provider is missing", () => {
    expect(createHooks<TestSchema>().useQuery).not.toBe(useQuery);
    const Alone = (): ReactNode => useStatus().phase;
    return expect(bed.render(h(Alone))).rejects.toThrow("no HoldfastProvider above");
  });
});
