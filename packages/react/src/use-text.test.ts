import { page, window } from "./testing/document.ts";
import { act, createElement as h, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bed, createBed, space, type TestSchema, until, write } from "./testing/bed.ts";
import { createHooks } from "./hooks.ts";

const { HoldfastProvider, useText, useTextarea } = createHooks<TestSchema>();

function Editor({ id }: { readonly id: string }): ReactNode {
  const { props, state } = useTextarea(space, "notes", id, "body");
  return h("div", null, h("textarea", props), state.kind === "failed" ? state.error.code : state.kind);
}

function type(field: HTMLTextAreaElement, text: string): void {
  field.value += text;
  field.dispatchEvent(new window.Event("input", { bubbles: true }));
}

/** Before the half second after which an edit is looked after anyway, and the second after which an unused text is closed. */
const soon = { timeout: 300, interval: 10 };

describe("text hooks", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(() => bed.dispose());

  it("[RCT15] a textarea is read-only until its text is there, follows others, and what is typed is written", async () => {
    const replica = await bed.open("a", { limits: { textGroupMs: 60_000 } });
    await write(replica, (tx) => tx.notes.create({ body: "Milk" }, { id: "n1" }));
    const view = await bed.render(null, true);
    view.begin(h(HoldfastProvider, { replica }, h(Editor, { id: "n1" })));
    const field = view.container.querySelector("textarea") as HTMLTextAreaElement;
    expect([field.readOnly, field.getAttribute("aria-busy"), view.text()]).toEqual([true, "true", "loading"]);
    await until(() => field.value === "Milk", "the text");
    expect([field.readOnly, field.getAttribute("aria-busy")]).toEqual([false, "false"]);
    await write(replica, (tx) => tx.notes.text("n1", "body").insert(0, "Oat "));
    expect(field.value).toBe("Oat Milk");
    type(field, " and bread");
    await view.unmount();
    // Unmounted: written at once, long before the text is closed.
    const body = async (): Promise<unknown> => (await replica.space(space).notes.get("n1"))?.body;
    await expect.poll(body, soon).toBe("Oat Milk and bread");
  });

  it("[RCT15] two editors of one field share one text, and another record is another text", async () => {
    const replica = await bed.open();
    await write(replica, (tx) => ["n1", "n2"].map((id) => tx.notes.create({ body: id }, { id })));
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Editor, { id: "n1" }), h(Editor, { id: "n1" })));
    const fields = [...view.container.querySelectorAll("textarea")];
    await until(() => fields.every(({ value }) => value === "n1"), "the text");
    act(() => type(fields[0] as HTMLTextAreaElement, "!"));
    expect(fields[1]?.value).toBe("n1!");
    await view.again(h(HoldfastProvider, { replica }, h(Editor, { id: "n2" }), h(Editor, { id: "n1" })));
    await until(() => fields[0]?.value === "n2", "the other text");
    expect(fields[1]?.value).toBe("n1!");
  });

  it("[RCT15][F44] what was typed is written when the page goes out of sight, without waiting for the group", async () => {
    const replica = await bed.open("a", { limits: { textGroupMs: 60_000 } });
    await write(replica, (tx) => tx.notes.create({ body: "" }, { id: "n1" }));
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Editor, { id: "n1" })));
    const field = view.container.querySelector("textarea") as HTMLTextAreaElement;
    await until(() => !field.readOnly, "the text");
    const body = async (): Promise<unknown> => (await replica.space(space).notes.get("n1"))?.body;
    type(field, "last words");
    expect(await body()).toBe("");
    window.dispatchEvent(new window.Event("pagehide"));
    await expect.poll(body, soon).toBe("last words");
    type(field, ", again");
    Object.defineProperty(page, "visibilityState", { value: "hidden", configurable: true });
    page.dispatchEvent(new window.Event("visibilitychange"));
    await expect.poll(body, soon).toBe("last words, again");
  });

  it("[RCT15] says why a text cannot be opened, and soon when what is typed cannot be kept", async () => {
    const replica = await bed.open("a", { onError: () => undefined });
    await write(replica, (tx) => tx.notes.create({ body: "" }, { id: "n1" }));
    const view = await bed.render(h(HoldfastProvider, { replica }, h(Editor, { id: "nobody" }), h(Editor, { id: "n1" })));
    const field = view.container.querySelectorAll("textarea")[1] as HTMLTextAreaElement;
    await until(() => view.text() === "no-such-recordopen", "the error");
    await write(replica, (tx) => tx.notes.delete("n1"));
    type(field, "to nowhere");
    await until(() => view.text() === "no-such-recordno-such-record", "the second error");
    expect(field.readOnly).toBe(true);
    const Unfollowed = (): ReactNode => {
      const state = useText("nowhere", "notes", "n1", "body");
      return state.kind === "failed" && state.error.code;
    };
    const other = await bed.render(h(HoldfastProvider, { replica }, h(Unfollowed)));
    await until(() => other.text() === "unknown-space", "the third error");
  });
});
