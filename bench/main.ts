/**
 * `npm run bench`: rows W1 to W6, W8 and W9 of the performance goals, each beside its floor, measured in this run on this machine.
 * `npm run bench -- w1 w6` runs some of them; `--quick` takes fewer rounds and no 100,000 records.
 */
import { inDirectory } from "./directory.ts";
import { benchWrites } from "./rows/w1-write.ts";
import { benchOpen } from "./rows/w2-open.ts";
import { benchFirstSync } from "./rows/w3-first-sync.ts";
import { benchCatchUp } from "./rows/w4-catch-up.ts";
import { benchOfflineEdits } from "./rows/w5-offline-edits.ts";
import { benchLiveEdit } from "./rows/w6-live-edit.ts";
import { benchText } from "./rows/w8-text.ts";
import { benchSize } from "./rows/w9-size.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Line, printTable } from "./table.ts";

const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const quick = process.argv.includes("--quick");
const wants = (row: string) => asked.length === 0 || asked.includes(row);

if (wants("w1")) printTable("W1  durable local writes", await benchWrites(quick ? 2 : 8));

for (const records of quick ? [2_000] : [10_000, 100_000]) {
  const rows: readonly (readonly [string, string, (stage: Stage) => Promise<readonly Line[]>])[] = [
    ["w3", "W3  first sync", benchFirstSync],
    ["w2", "W2  cold open", (stage) => benchOpen(stage, quick ? 3 : 9)],
    ["w4", "W4  catching up", benchCatchUp],
    ["w5", "W5  offline edits", benchOfflineEdits],
    ["w6", "W6  live edit", benchLiveEdit],
  ];
  const once = records > 10_000 ? ["w5", "w6"] : [];
  const wanted = rows.filter(([row]) => wants(row) && !once.includes(row));
  if (wanted.length === 0) continue;
  await inDirectory("disk", async (directory) => {
    process.stdout.write(`\nfilling r0 with ${records.toLocaleString("en")} records …\n`);
    const stage = await openStage(directory, records);
    for (const [, title, run] of wanted) printTable(title, await run(stage));
    await stage.close();
  });
}

if (wants("w8")) printTable("W8  text, beside bare Yjs", benchText(quick ? 30_000 : 259_778));
if (wants("w9")) printTable("W9  bundle", await benchSize());
