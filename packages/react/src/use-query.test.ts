import { createElement as h, memo, type ReactNode, StrictMode, Suspense, Component, Fragment } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bed, countLiveQueries, createBed, space, type TestSchema, until, write } from "./testing/bed.ts";
import { createHooks } from "./hooks.ts";
import { viewLimits } from "./view/shared-view.ts";
import type { Row } from "@holdfast/core";

const { HoldfastProvider, useQuery, useRecord, useSuspenseQuery } = createHooks<TestSchema>();

describe("useQuery", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(() => bed.dispose());

  const titles = (rows: readonly Row<TestSchema, "notes">[]): string => rows.map(({ title }) => title).join(",");

  it("[RCT1] renders when the result is another and for nothing else, and only the rows that are", async () => {
    const replica = await bed.open();
    const ids = await write(replica, (tx) => ["a", "b", "c"].map((title) => tx.notes.create({ title, pinned: true })));
    const renders = { list: 0, rows: new Map<string, number>() };
    const NoteRow = memo(({ note }: { readonly note: Row<TestSchema, "notes"> }) => {
      renders.rows.set(note.id, (renders.rows.get(note.id) ?? 0) + 1);
      return note.title;
    });
    const List = (): ReactNode => {
      renders.list++;
      const { rows, completeness } = useQuery(space, "notes", { where: { pinned: true }, orderBy: "title" });
      return h(Fragment, null, completeness, ":", ...rows.map((note) => h(NoteRow, { key: note.id, note })));
    };
    const view = await bed.render(h(HoldfastProvider, { replica }, h(List)));
    await until(() => view.text() === "local:abc", "the first result");
    expect(renders.list).toBe(2); // loading, and the result

    await write(replica, (tx) => tx.notes.create({ title: "of no concern" }));
    await write(replica, (tx) => tx.notes.update(ids[0] as string, { title: "a" }));
    expect(renders.list).toBe(2);

    await write(replica, (tx) => tx.notes.update(ids[1] as string, { title: "bb" }));
    expect(view.text()).toBe("local:abbc");
    expect(renders.list).toBe(3);
    expect(ids.map((id) => renders.rows.get(id))).toEqual([1, 2, 1]);
  });

  it("[RCT1][F69] of 200 live lists over 2,000 records renders the one that a change concerns, and once for a whole transaction", async () => {
    const replica = await bed.open();
    const lists = 200;
    for (let part = 0; part < 10; part++)
      await write(replica, (tx) => {
        for (let index = 0; index < lists; index++) tx.notes.create({ title: `list ${index}` });
      });
    const renders = new Map<number, number>();
    const List = memo(({ index }: { readonly index: number }) => {
      renders.set(index, (renders.get(index) ?? 0) + 1);
      return String(useQuery(space, "notes", { where: { title: `list ${index}` } }).rows.length);
    });
    const view = await bed.render(
      h(
        HoldfastProvider,
        { replica },
        Array.from({ length: lists }, (_, index) => h(List, { key: index, index })),
      ),
    );
    await until(() => view.text() === "10".repeat(lists), "all lists");
    renders.clear();
    await write(replica, (tx) => {
      for (let each = 0; each < 5; each++) tx.notes.create({ title: "list 7" });
    });
    expect(view.text()).toContain("15");
    expect([...renders]).toEqual([[7, 1]]);
  });

  it("[RCT2] shares one live query among all who ask the same, and ends it a moment after the last has gone", async () => {
    const { replica, counts } = countLiveQueries(await bed.open());
    const Count = ({ limit }: { readonly limit: number }): ReactNode => {
      // New objects at every render, in another order of properties: the same question.
      const where = limit > 5 ? { pinned: false, title: "x" } : { title: "x", pinned: false };
      return String(useQuery(space, "notes", { where, limit: 10 }).rows.length);
    };
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Count, { limit: 1 }), h(Count, { limit: 9 })), true);
    await until(() => view.text() === "00", "both counts");
    expect(counts).toEqual({ begun: 1, going: 1 });
    await view.again(h(HoldfastProvider, { replica }, h(Count, { limit: 9 })));
    await view.again(h(HoldfastProvider, { replica }, null));
    await view.again(h(HoldfastProvider, { replica }, h(Count, { limit: 9 })));
    expect(counts).toEqual({ begun: 1, going: 1 });
    await view.unmount();
    expect(counts.going).toBe(1);
    await until(() => counts.going === 0, "the end of the query");
    expect(counts.begun).toBe(1);
  });

  it("[RCT2] counts right when a reloaded module's component takes the place of the old, a hundred times", async () => {
    const { replica, counts } = countLiveQueries(await bed.open("a", { limits: { liveQueriesMax: 2 } }));
    const view = await bed.render(null, true);
    for (let version = 0; version < 100; version++) {
      const Reloaded = (): ReactNode => useQuery(space, "notes").completeness;
      await view.again(h(HoldfastProvider, { replica }, h(Reloaded)));
    }
    await until(() => view.text() === "local", "the result");
    expect(counts).toEqual({ begun: 1, going: 1 });
  });

  it("[RCT5] leaves nothing running when a component goes before the first answer, and tells it nothing", async () => {
    const { replica, counts } = countLiveQueries(await bed.open());
    let renders = 0;
    const Never = (): ReactNode => {
      renders++;
      return useQuery(space, "notes").completeness;
    };
    const view = await bed.render(null);
    // No turn of the event loop between the two: the answer cannot have come.
    view.begin(h(HoldfastProvider, { replica }, h(Never)));
    await view.unmount();
    const rendered = renders;
    await until(() => counts.going === 0, "the end of the query");
    expect(renders).toBe(rendered);
  });

  it("[RCT4] says with a code why nothing can be read, and goes on when it can be", async () => {
    const replica = await bed.open();
    let wrong = true;
    const Wrong = (): ReactNode => {
      const where = wrong ? ({ nonsense: 1 } as object) : {};
      const { error, completeness } = useQuery(space, "notes", { where });
      return `${error?.code ?? "none"} ${completeness}`;
    };
    const Unknown = (): ReactNode => useQuery("nowhere", "notes").error?.code;
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Wrong), " ", h(Unknown)));
    expect(view.text()).toBe("unknown-field loading unknown-space");
    wrong = false;
    await view.again(h(HoldfastProvider, { replica }, h(Wrong)));
    await until(() => view.text() === "none local", "the result");
  });

  it("[RCT4] of a closed replica says so", async () => {
    const replica = await bed.open();
    await replica.close();
    const Closed = (): ReactNode => useQuery(space, "notes").error?.code;
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Closed)));
    expect(view.text()).toBe("closed");
  });

  it("[RCT5] asks nothing without a space or an id", async () => {
    const { replica, counts } = countLiveQueries(await bed.open());
    const Idle = (): ReactNode => [useQuery(undefined, "notes").completeness, useRecord(space, "notes", undefined).completeness].join();
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Idle)));
    expect(view.text()).toBe("loading,loading");
    expect(counts.begun).toBe(0);
  });

  it("[RCT1] follows one record: absent, there, changed, gone", async () => {
    const replica = await bed.open();
    const One = (): ReactNode => {
      const { completeness, record } = useRecord(space, "notes", "n1");
      return completeness === "loading" ? "?" : (record?.title ?? "absent");
    };
    const view = await bed.render(h(HoldfastProvider, { replica }, h(One)));
    await until(() => view.text() === "absent", "the answer");
    await write(replica, (tx) => void tx.notes.create({ title: "one" }, { id: "n1" }));
    await until(() => view.text() === "one", "the record");
    await write(replica, (tx) => tx.notes.update("n1", { title: "two" }));
    await until(() => view.text() === "two", "the change");
    await write(replica, (tx) => tx.notes.delete("n1"));
    await until(() => view.text() === "absent", "the deletion");
  });

  it("[RCT6] suspends until the first answer, once, and keeps showing it over changes", async () => {
    const { replica, counts } = countLiveQueries(await bed.open());
    await write(replica, (tx) => void tx.notes.create({ title: "one" }));
    const shown: string[] = [];
    const List = (): ReactNode => titles(useSuspenseQuery(space, "notes", { orderBy: "title" }).rows);
    const Fallback = (): ReactNode => {
      shown.push("fallback");
      return "…";
    };
    const tree = h(HoldfastProvider, { replica }, h(Suspense, { fallback: h(Fallback) }, h(List)));
    const view = await bed.render(h(StrictMode, null, tree));
    await until(() => view.text() === "one", "the rows");
    shown.length = 0;
    await write(replica, (tx) => tx.notes.create({ title: "two" }));
    expect(view.text()).toBe("one,two");
    expect(shown).toEqual([]);
    expect(counts.begun).toBe(1);
  });

  it("[RCT6] suspends also where no boundary stands below the provider, and ends what a render asked that was thrown away", async () => {
    const { replica, counts } = countLiveQueries(await bed.open());
    const List = (): ReactNode => `${useSuspenseQuery(space, "notes").rows.length} rows`;
    const view = await bed.render(h(Suspense, { fallback: "…" }, h(HoldfastProvider, { replica }, h(List))));
    await until(() => view.text() === "0 rows", "the rows");
    expect(counts.begun).toBe(1);
    const gone = await bed.render(null);
    const Other = (): ReactNode => `${useSuspenseQuery(space, "accounts").rows.length} accounts`;
    gone.begin(h(Suspense, { fallback: "…" }, h(HoldfastProvider, { replica }, h(Other))));
    await gone.unmount();
    await view.unmount();
    await until(() => counts.going === 0, "the end of both");
    expect(viewLimits.heldMs).toBeGreaterThanOrEqual(viewLimits.lingerMs);
  });

  it("[RCT4] throws the error of a suspending query to the boundary", async () => {
    const replica = await bed.open();
    class Boundary extends Component<{ readonly children?: ReactNode }, { readonly code?: string }> {
      override state: { readonly code?: string } = {};
      static getDerivedStateFromError(error: unknown): { readonly code: string } {
        return { code: String((error as { code?: unknown }).code) };
      }
      override render(): ReactNode {
        return this.state.code ?? this.props.children;
      }
    }
    const List = (): ReactNode => useSuspenseQuery("nowhere", "notes").completeness;
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Boundary, null, h(Suspense, { fallback: "…" }, h(List)))));
    await until(() => view.text() === "unknown-space", "the boundary");
  });
});
