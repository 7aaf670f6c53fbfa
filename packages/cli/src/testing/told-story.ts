/** A short life of three devices, told to an oracle, and what they then show: nothing is wrong with it until a test takes something away. */
import type { Value } from "@holdfast/core";
import type { Edit, Item, Shown, ShownConflict, ShownLetter, ShownNote } from "../demo/ledger.ts";
import { Oracle } from "../demo/oracle.ts";
import type { DeviceName } from "../demo/schema.ts";

/** For tests to take something from. */
export interface MutableNote extends ShownNote {
  title: string;
  pinned: boolean;
  body: string;
  tags: string[];
  opened: number;
  items: { key: string; value: Item }[];
}

export interface MutableShown extends Shown {
  notes: MutableNote[];
  others: Record<string, Readonly<Record<string, Value>>>;
  conflicts: ShownConflict[];
  letters: ShownLetter[];
}

export interface Story {
  readonly oracle: Oracle;
  /** What every device shows. */
  readonly shown: MutableShown;
  judge(): readonly string[];
  write(device: DeviceName, number: number, edits: readonly Edit[], acknowledged?: boolean): void;
}

const body = "One two three four.\n";
const bread: Item = { label: "Bread", done: false };
const milk: Item = { label: "Milk", done: false };

export function tellStory(): Story {
  const oracle = new Oracle();
  const write = (device: DeviceName, number: number, act: number, edits: readonly Edit[], acknowledged = true): void => {
    oracle.begun({ device, number, act, edits });
    if (acknowledged) oracle.acknowledged(device, number);
  };
  const create = (id: string, number: number): void =>
    write("phone", number, 1, [{ type: "create", note: { id, title: "List", body, tags: ["home", "old"], checklist: [bread, milk] } }]);
  create("n", 1);
  create("contested", 2);
  create("doomed", 3);
  oracle.inStep(showing({}));

  write("phone", 4, 2, [{ type: "assign", collection: "notes", record: "n", field: "title", value: "List (phone-4)" }]);
  write("phone", 5, 2, [{ type: "assign", collection: "notes", record: "n", field: "title", value: "List (phone-5)" }]);
  write("tablet", 1, 2, [{ type: "assign", collection: "notes", record: "n", field: "title", value: "List (tablet-1)" }]);
  write("phone", 6, 2, [{ type: "insert-text", record: "n", marker: "phone-6" }]);
  write("tablet", 2, 2, [{ type: "insert-text", record: "n", marker: "tablet-2" }]);
  write("tablet", 3, 2, [{ type: "erase-text", record: "n", erased: "two ", marker: undefined }]);
  write("watch", 1, 2, [{ type: "insert-text", record: "n", marker: "watch-1" }]);
  write("watch", 2, 2, [{ type: "erase-text", record: "n", erased: "⟨watch-1⟩ ", marker: "watch-1" }]);
  write("phone", 7, 2, [{ type: "tag", record: "n", tag: "home", present: true }]);
  write("tablet", 4, 2, [{ type: "tag", record: "n", tag: "home", present: false }]);
  write("tablet", 5, 2, [{ type: "tag", record: "n", tag: "old", present: false }]);
  write("phone", 8, 2, [{ type: "add-item", record: "n", label: "Task phone-8" }]);
  write("phone", 9, 2, [{ type: "set-item", record: "n", key: "bread", was: bread, value: { label: "Bread ✎ phone-9", done: false } }]);
  write("tablet", 6, 2, [{ type: "set-item", record: "n", key: "bread", was: bread, value: { label: "Bread", done: true } }]);
  write("watch", 3, 2, [{ type: "remove-item", record: "n", key: "milk", was: milk }]);
  write("phone", 10, 2, [{ type: "count", record: "n", by: 2 }]);
  write("watch", 4, 2, [{ type: "count", record: "n", by: 3 }]);
  write("tablet", 7, 2, [{ type: "delete", record: "contested" }]);
  write("phone", 11, 2, [{ type: "assign", collection: "notes", record: "contested", field: "title", value: "Kept" }]);
  write("watch", 5, 2, [{ type: "delete", record: "doomed" }]);
  write("watch", 6, 2, [{ type: "assign", collection: "settings", record: "main", field: "theme", value: "dark" }]);

  const shown = showing({ after: true });
  return {
    oracle,
    shown,
    judge: () => oracle.judge(new Map([["phone", shown]])),
    write: (device, number, edits, acknowledged) => write(device, number, 2, edits, acknowledged),
  };
}

function showing({ after = false }: { readonly after?: boolean }): MutableShown {
  const note = (id: string, change: Partial<MutableNote> = {}): MutableNote => ({
    id,
    title: "List",
    pinned: false,
    body,
    tags: ["home", "old"],
    opened: 0,
    items: [
      { key: "bread", value: bread },
      { key: "milk", value: milk },
    ],
    ...change,
  });
  if (!after)
    return structuredClone<MutableShown>({
      notes: [note("n"), note("contested"), note("doomed")],
      others: {},
      conflicts: [],
      letters: [],
    });
  const conflict = (record: string, field: string, value: ShownConflict["value"], item = ""): ShownConflict => ({
    collection: "notes",
    record,
    field,
    item,
    value,
    loser: `r:${field}`,
  });
  const shown: MutableShown = {
    notes: [
      note("n", {
        title: "List (tablet-1)",
        body: "⟨phone-6⟩ One ⟨tablet-2⟩ three four.\n",
        tags: ["home"],
        opened: 5,
        items: [
          { key: "task", value: { label: "Task phone-8", done: false } },
          { key: "bread", value: { done: true, label: "Bread" } },
        ],
      }),
      note("contested", { title: "Kept" }),
    ],
    others: { "settings/main": { id: "main", theme: "dark" } },
    conflicts: [
      conflict("n", "title", "List (phone-5)"),
      conflict("n", "checklist", { label: "Bread ✎ phone-9", done: false }, "bread"),
      conflict("contested", "", null),
    ],
    letters: [],
  };
  return structuredClone(shown);
}
