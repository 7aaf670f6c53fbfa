/** A page of the guide: its words stay, and what a run has seen is written anew between `<!-- name -->` and `<!-- end of name -->`. */
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../../../../docs/guide/", import.meta.url);

export function writeSection(page: string, name: string, content: string): void {
  const file = new URL(page, folder);
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/guide/${page} has no place for "${name}".`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`);
}
