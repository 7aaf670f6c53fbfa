import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import { type Bed, createBed, OtherDevice, space } from "../testing/bed.ts";
import { cursorAt, ScriptedR0 } from "../testing/scripted-r0.ts";
import { snapshotPageOf } from "../testing/snapshot-page.ts";

let bed: Bed;
let r0: ScriptedR0;
beforeEach(() => {
  bed = createBed();
  r0 = new ScriptedR0();
});
afterEach(() => bed.dispose());

const note = "n1";

describe("a snapshot in which a record comes twice", () => {
  for (const [how, last] of [
    ["deleted meanwhile", []],
    ["revived meanwhile", ["again"]],
  ] as const)
    it(`[CLI21][PAG6][T11] shows it as it came last: ${how}`, async () => {
      const other = new OtherDevice("b");
      r0.append(
        space,
        other.write((tx) => tx.notes.create({ title: "one" }, { id: note })),
      );
      const deletion = (): void =>
        void r0.append(
          space,
          other.write((tx) => tx.notes.delete(note)),
        );
      const revival = (): void =>
        void r0.append(
          space,
          other.write((tx) => tx.notes.create({ title: "again" }, { id: note })),
        );
      if (last.length > 0) deletion();
      const first = snapshotPageOf(r0, note);
      if (last.length > 0) revival();
      else deletion();
      const { content, ...end } = snapshotPageOf(r0, note);
      r0.page = ({ cursor }) => {
        if (cursor.length === 0) return { ...first, cursor: cursorAt(77), more: true };
        return cursor.join() === cursorAt(77).join() ? { ...end, content: { ...content, first: false } } : undefined;
      };
      const replica = await bed.open("a", { r0 });
      await replica.sync();
      expect((await replica.space(space).notes.all()).map(({ title }) => title)).toEqual(last);
      expect(replica.status().spaces[space]).toMatchObject({ synced: true, sequence: end.head });
      await replica.close();
      const port = openNodeSqlite(bed.file("a"));
      const counted = ["notes", "_hidden"].map((table) => port.all(`SELECT count(*) AS n FROM ${table}`)[0]?.["n"]);
      port.close();
      expect(counted).toEqual(last.length === 0 ? [0, 1] : [1, 0]);
    });
});
