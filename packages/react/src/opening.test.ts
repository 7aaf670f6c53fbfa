import { act, createElement as h, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bed, createBed, schema, space, type TestSchema, until } from "./testing/bed.ts";
import { join } from "node:path";
import { openReplica } from "@holdfast/client/node";
import type { Replica } from "@holdfast/client";
import { createHooks } from "./hooks.ts";

const { HoldfastProvider, useStatus } = createHooks<TestSchema>();
const Phase = (): ReactNode => useStatus(({ phase }) => phase);

describe("a provider that opens its replica", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(() => bed.dispose());

  function createOpen(): { readonly open: () => Promise<Replica<TestSchema>>; readonly replicas: Replica<TestSchema>[] } {
    const replicas: Replica<TestSchema>[] = [];
    const open = async (): Promise<Replica<TestSchema>> => {
      const replica = await openReplica({ schema, path: join(bed.directory, "one.db"), spaces: [space] });
      replicas.push(replica);
      return replica;
    };
    return { open, replicas };
  }

  it("[RCT11][F13] opens once under StrictMode and for two providers, and closes a moment after the last has gone", async () => {
    const { open, replicas } = createOpen();
    const one = h(HoldfastProvider, { open, fallback: "opening " }, h(Phase));
    const view = await bed.render(null, true);
    view.begin([h("p", { key: 1 }, one), h("p", { key: 2 }, one)]);
    expect(view.text()).toBe("opening opening ");
    await until(() => view.text() === "openopen", "both");
    await view.again(one);
    await view.again(null);
    await view.again(one);
    await until(() => view.text() === "open", "it is still there");
    expect(replicas).toHaveLength(1);
    await view.again(null);
    await until(() => replicas[0]?.status().phase === "closed", "its end");
    await view.again(one);
    await until(() => view.text() === "open", "the second");
    expect(replicas).toHaveLength(2);
    await view.unmount();
    await until(() => replicas[1]?.status().phase === "closed", "its end");
  });

  it("[RCT11][F13] a reloaded module's function waits for the replica of the old one, on the same file", async () => {
    const [before, after] = [createOpen(), createOpen()];
    const view = await bed.render(h(HoldfastProvider, { open: before.open }, h(Phase)));
    await until(() => view.text() === "open", "the first");
    await view.again(h(HoldfastProvider, { open: after.open }, h(Phase)));
    await until(() => after.replicas.length === 1 && view.text() === "open", "the second");
    expect(before.replicas[0]?.status().phase).toBe("closed");
    await view.unmount();
    await until(() => after.replicas[0]?.status().phase === "closed", "its end");
  });

  it("[RCT11] ends what it opened for a component that went meanwhile", async () => {
    const { open, replicas } = createOpen();
    const view = await bed.render(null);
    view.begin(h(HoldfastProvider, { open }, h(Phase)));
    await view.unmount();
    await until(() => replicas[0]?.status().phase === "closed", "its end");
    expect(replicas).toHaveLength(1);
  });

  it("[RCT11] shows why it could not open, and tries again when told to", async () => {
    const { open: openThen } = createOpen();
    let tries = 0;
    const open = async (): Promise<Replica<TestSchema>> =>
      ++tries === 1 ? openReplica({ schema, path: join(bed.directory, "no/such/folder.db") }) : openThen();
    let again: (() => void) | undefined;
    const failed = (error: { readonly code: string }, retry: () => void): ReactNode => {
      again = retry;
      return error.code;
    };
    const view = await bed.render(h(HoldfastProvider, { open, failed }, h(Phase)));
    await until(() => view.text().startsWith("store-"), "the error");
    await act(async () => again?.());
    await until(() => view.text() === "open", "the second try");
  });
});
