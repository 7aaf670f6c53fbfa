/** The page of the guide: its words stay, and its table is written anew. */
import { readFileSync, writeFileSync } from "node:fs";

const page = new URL("../../../../docs/guide/mutants.md", import.meta.url);
const [begin, end] = ["<!-- table -->", "<!-- end of table -->"];

export function writeGuide(table: string): void {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error("docs/guide/mutants.md has no place for the table.");
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
