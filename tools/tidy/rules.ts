/** Rules and the tests that cite them. A rule is a line `- **ID** sentence.` in docs/spec; a citation is `[ID]` at the start of a test's title. */
import { listFiles, readText } from "./repository.ts";

/** Ids from elsewhere, which docs/spec only lists: traps, failures, invariants. */
export const predefinedPath = "docs/spec/traps-and-failures.md";

export interface Rule {
  readonly id: string;
  readonly path: string;
}

export function rulesIn(path: string, text: string): readonly Rule[] {
  return [...text.matchAll(/^- \*\*([A-Z]+\d+[a-z]?)\*\* \S/gm)].map((match) => ({ id: match[1] as string, path }));
}

/** `tested`: this version promises it, so that a test must cite it. */
export function predefinedIn(text: string): ReadonlyMap<string, "tested" | "later"> {
  const rows = [...text.matchAll(/^\| ([TFI]\d+) \| [^|]+ \| (tested|later) \|$/gm)];
  return new Map(rows.map((row) => [row[1] as string, row[2] as "tested" | "later"]));
}

/** Ids at the beginning of a title: `it("[REG2][T1] the higher stamp wins", …)`, `test.each(table)("[REG2] …", …)`. */
export function citationsIn(text: string): readonly string[] {
  const titles = text.matchAll(/(?:\b(?:it|test|describe)\b[^"'`\n]*|\))\(\s*["'`]((?:\[[A-Z]+\d+[a-z]?\]\s*)+)/g);
  return [...titles].flatMap((title) => [...(title[1] as string).matchAll(/[A-Z]+\d+[a-z]?/g)].map((id) => id[0]));
}

export function allRules(): readonly Rule[] {
  return listFiles()
    .filter((path) => path.startsWith("docs/spec/") && path.endsWith(".md"))
    .flatMap((path) => rulesIn(path, readText(path)));
}

/** Id → the files that cite it. Suites of the conformance package are tests too. */
export function allCitations(): ReadonlyMap<string, readonly string[]> {
  const pathsById = new Map<string, string[]>();
  for (const path of listFiles().filter((file) => file.endsWith(".test.ts") || /^packages\/conformance\/src\/.*\.ts$/.test(file))) {
    for (const id of citationsIn(readText(path))) {
      const paths = pathsById.get(id) ?? [];
      if (!paths.includes(path)) paths.push(path);
      pathsById.set(id, paths);
    }
  }
  return pathsById;
}
