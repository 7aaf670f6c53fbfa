import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { collection, defineSchema, intent } from "../schema/define-schema.ts";
import { counter, register, set } from "../schema/kinds.ts";
import { type AppSchema, schema } from "./reference/fixture.ts";
import type { CreateInput, IntentInput, IntentOutput, Row, UpdatePatch, WriteTransaction } from "./typed-transaction.ts";

type Item = { label: string; done: boolean };
type Plan = "free" | "pro";

/** Never called: the compiler is the test, and `tsc` runs over tests. */
function compileOnly(tx: WriteTransaction<AppSchema>): void {
  tx.notes.create();
  tx.notes.create(
    { title: "a", tags: ["b"], checklist: [{ label: "c", done: false }], body: "d", opened: 1, due: null, pinned: undefined },
    { id: "e" },
  );
  tx.notes.update("a", { title: "b", due: null });
  tx.accounts.update("a", { plan: "pro", credits: 1 });
  // @ts-expect-error no such collection
  tx.note.create({});
  // @ts-expect-error no such field
  tx.notes.create({ titel: "a" });
  // @ts-expect-error a title is a string
  tx.notes.create({ title: 1 });
  // @ts-expect-error a title cannot be null
  tx.notes.update("a", { title: null });
  // @ts-expect-error a set is not assigned
  tx.notes.update("a", { tags: ["b"] });
  // @ts-expect-error nor is a text
  tx.notes.update("a", { body: "b" });
  // @ts-expect-error one of two plans
  tx.accounts.update("a", { plan: "gold" });
  // @ts-expect-error a title is not a text
  tx.notes.text("a", "title");
  // @ts-expect-error tags are strings
  tx.notes.set("a", "tags").add(1);
  // @ts-expect-error an item needs both
  tx.notes.list("a", "checklist").push({ label: "b" });
  // @ts-expect-error a counter is added to by numbers
  tx.notes.counter("a", "opened").add("1");
}

function compileOnlyDeclarations(): void {
  // @ts-expect-error an initial value of another type
  register(z.string(), 1);
  // @ts-expect-error undefined is not kept
  register(z.string().optional(), undefined);
  // @ts-expect-error an index on no field
  collection({ title: register(z.string(), "") }, { indexes: ["titel"] });
  // @ts-expect-error a set cannot be ordered
  collection({ tags: set(z.string()) }, { indexes: ["tags"] });
  // @ts-expect-error not a Standard Schema
  register({ parse: () => "" }, "");
  defineSchema({
    // The order of the properties does not matter to inference.
    intents: {
      one: intent(z.object({ id: z.string(), by: z.coerce.number<string>() }), {
        provisional: (tx, input) => {
          expectTypeOf(input).toEqualTypeOf<{ id: string; by: number }>();
          tx.stock.counter(input.id, "left").add(input.by);
          // @ts-expect-error no such collection: `tx` knows the schema that it stands in
          tx.stocks.delete(input.id);
          // @ts-expect-error no such field
          tx.stock.update(input.id, { lost: 1 });
        },
      }),
      two: intent(z.null()),
    },
    version: 1,
    collections: { stock: collection({ left: counter(), name: register(z.string(), "") }) },
  });
}

describe("inference", () => {
  it("[SCH1] rows", () => {
    type Note = Row<AppSchema, "notes">;
    expectTypeOf<Note["id"]>().toEqualTypeOf<string>();
    expectTypeOf<Note["title"]>().toEqualTypeOf<string>();
    expectTypeOf<Note["due"]>().toEqualTypeOf<number | null>();
    expectTypeOf<Note["body"]>().toEqualTypeOf<string>();
    expectTypeOf<Note["tags"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Note["checklist"]>().toEqualTypeOf<readonly Item[]>();
    expectTypeOf<Note["opened"]>().toEqualTypeOf<number>();
    expectTypeOf<Row<AppSchema, "accounts">["plan"]>().toEqualTypeOf<Plan>();
    expectTypeOf<keyof Note>().toEqualTypeOf<"id" | "title" | "pinned" | "due" | "body" | "tags" | "checklist" | "opened">();
    expectTypeOf<WriteTransaction<AppSchema>["notes"]["get"]>().returns.resolves.toEqualTypeOf<Note | undefined>();
    expect(Object.keys(schema.collections)).toEqual(["notes", "accounts"]);
  });

  it("[SCH1] inputs and patches", () => {
    expectTypeOf<CreateInput<AppSchema, "notes">["checklist"]>().toEqualTypeOf<readonly Item[] | undefined>();
    expectTypeOf<UpdatePatch<AppSchema, "notes">>().toEqualTypeOf<{
      readonly title?: string | undefined;
      readonly pinned?: boolean | undefined;
      readonly due?: number | null | undefined;
    }>();
    expectTypeOf<IntentInput<AppSchema, "buyPlan">>().toEqualTypeOf<{ accountId: string; plan: Plan }>();
    expectTypeOf<keyof AppSchema["intents"]>().toEqualTypeOf<"buyPlan">();
    const coerced = defineSchema({ version: 1, collections: {}, intents: { add: intent(z.object({ by: z.coerce.number<string>() })) } });
    expectTypeOf<IntentInput<typeof coerced, "add">>().toEqualTypeOf<{ by: string }>();
    expectTypeOf<IntentOutput<typeof coerced, "add">>().toEqualTypeOf<{ by: number }>();
    expect([typeof compileOnly, typeof compileOnlyDeclarations]).toEqual(["function", "function"]);
  });
});
