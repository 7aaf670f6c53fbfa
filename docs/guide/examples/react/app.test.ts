import { JSDOM } from "jsdom";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReplica } from "@holdfast/client/node";
import { createElement } from "react";
import { afterAll, describe, expect, it } from "vitest";

// CodeMirror and react-dom look for a browser when they are loaded.
const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
const { document, MutationObserver, requestAnimationFrame, cancelAnimationFrame, getComputedStyle } = window;
Object.assign(globalThis, { window, document, MutationObserver, requestAnimationFrame, cancelAnimationFrame, getComputedStyle });
Object.assign(globalThis, { HTMLElement: window.HTMLElement, Window: window.Window });
window.Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
const { createRoot } = await import("react-dom/client");
const { EditorView } = await import("codemirror");
const { App } = await import("./app.tsx");
const { schema } = await import("./hooks.ts");

describe("the examples of the React guide", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-react-guide-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("[RCT15] a textarea and CodeMirror edit one text, and what is typed in either is in the replica", async () => {
    const opening = openReplica({ schema, path: join(directory, "a.db"), spaces: ["user:42"] });
    const replica = await opening;
    const { value: id } = await replica.write("user:42", (tx) => tx.notes.create({ title: "Groceries", body: "Milk" }));
    const body = async () => (await replica.space("user:42").notes.get(id))?.body;
    const container = document.createElement("div");
    document.body.append(container);
    const root = createRoot(container);
    root.render(createElement(App, { open: () => opening }));
    const find = <E extends HTMLElement>(selector: string) => container.querySelector<E>(selector);
    await expect.poll(() => find(".cm-content")?.textContent).toBe("Milk");
    await expect.poll(() => find<HTMLTextAreaElement>("textarea")?.readOnly).toBe(false);
    const textarea = find<HTMLTextAreaElement>("textarea") as HTMLTextAreaElement;
    expect(textarea.value).toBe("Milk");
    expect(find("li")?.textContent).toContain("Groceries");

    textarea.value = "Milk, bread";
    textarea.dispatchEvent(new window.Event("input"));
    expect(find(".cm-content")?.textContent).toBe("Milk, bread");
    const editor = EditorView.findFromDOM(find(".cm-editor") as HTMLElement);
    editor?.dispatch({ changes: { from: 0, to: 4, insert: "Oat milk" } });
    expect(textarea.value).toBe("Oat milk, bread");
    await expect.poll(body).toBe("Oat milk, bread");
    await replica.write("user:42", (tx) => tx.notes.text(id, "body").insert(0, "2 "));
    await expect.poll(() => [textarea.value, find(".cm-content")?.textContent]).toEqual(["2 Oat milk, bread", "2 Oat milk, bread"]);
    root.unmount();
    await expect.poll(() => replica.status().phase, { timeout: 5_000 }).toBe("closed");
  });
});
