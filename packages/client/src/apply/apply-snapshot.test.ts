import { describe, expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import { OtherDevice, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { cursorAt } from "../testing/scripted-r0.ts";
import { snapshotPageOf } from "../testing/snapshot-page.ts";

const bed = useBed();

const note = "n1";

describe("a snapshot in which a record comes twice", () => {
  for (const [how, last] of [
    ["deleted meanwhile", []],
    ["revived meanwhile", ["again"]],
  ] as const)
    it(`[CLI21][PAG6][T11] shows it as it came last: ${how}`, async () => {
      const other = new OtherDevice("b");
      bed.r0.append(
        space,
        other.write((tx) => tx.notes.create({ title: "one" }, { id: note })),
      );
      const deletion = (): void =>
        void bed.r0.append(
          space,
          other.write((tx) => tx.notes.delete(note)),
        );
      const revival = (): void =>
        void bed.r0.append(
          space,
          other.write((tx) => tx.notes.create({ title: "again" }, { id: note })),
        );
      if (last.length > 0) deletion();
      const first = snapshotPageOf(bed.r0, note);
      if (last.length > 0) revival();
      else deletion();
      const { content, ...end } = snapshotPageOf(bed.r0, note);
      bed.r0.page = ({ cursor }) => {
        if (cursor.length === 0) return { ...first, cursor: cursorAt(77), more: true };
        return cursor.join() === cursorAt(77).join() ? { ...end, content: { ...content, first: false } } : undefined;
      };
      const replica = await bed.open("a", { r0: bed.r0 });
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
