import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { openNativeLane } from "../native/native-lane.ts";
import { crashSqlite } from "./sqlite-crashes.ts";
import { verdictTable } from "./verdict-table.ts";
import { wasmLane } from "./wasm-lane.ts";

for (const lane of [wasmLane(await loadSqlite()), openNativeLane()])
  describe(`the verdict of the ${lane.name} lane's disk on SQLite's settings`, () => {
    for (const [settings, expected] of verdictTable)
      it(`[SIM2][SIM10][T8][T22] ${JSON.stringify(settings)} ${expected}`, () => {
        const verdict = crashSqlite(lane, settings, lane.name === "native" ? 4 : 1);
        expect(verdict.runs).toBeGreaterThan(100);
        if (expected === "keeps everything") expect(verdict).toMatchObject({ lost: 0, torn: 0 });
        else expect(verdict.lost + verdict.torn).toBeGreaterThan(0);
      });

    afterAll(() => expect(lane.openFiles()).toBe(0));
  });
