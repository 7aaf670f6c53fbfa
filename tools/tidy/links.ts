/** Links between the documents: relative ones must lead to a file, and to a heading where they name one. */
import { posix } from "node:path";

/** A heading's anchor as the usual renderers make it. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of withoutCode(text).split("\n")) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Fenced blocks and inline code hold examples, not links. */
function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, (code) => (code.startsWith("`[") ? "" : code));
}

export function linksIn(text: string): readonly string[] {
  const inline = [...withoutCode(text).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => match[1] as string);
  const named = [...withoutCode(text).matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)].map((match) => match[1] as string);
  return [...inline, ...named].filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link));
}

/** What is wrong with the links of one document. `exists` and `read` know the repository. */
export function deadLinks(
  path: string,
  text: string,
  exists: (path: string) => boolean,
  read: (path: string) => string,
): readonly string[] {
  const dead: string[] = [];
  for (const link of linksIn(text)) {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURIComponent(file)));
    if (target.startsWith("..") || !exists(target)) dead.push(`${path} → ${link}`);
    else if (anchor !== undefined && target.endsWith(".md") && !anchorsIn(read(target)).has(anchor))
      dead.push(`${path} → ${link} (no such heading)`);
  }
  return dead;
}
