/** Markdown files as notes: the first heading is the title, folders are tags, list items are the checklist, the text is the body. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { CommandError } from "../command-line.ts";

export interface ImportedNote {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
  readonly checklist: readonly { readonly label: string; readonly done: boolean }[];
}

export interface Import {
  readonly notes: readonly ImportedNote[];
  /** Files that are not notes, with the reason. */
  readonly skipped: readonly string[];
}

/** A file that is larger is no note, and would not fit into one transaction; the rest keeps the demo within its time. */
const limits = { fileBytesMax: 100 * 1024, notesMax: 300, checklistMax: 60, labelMax: 200, titleMax: 200, idBytesMax: 128 } as const;

/** Without a directory: `*.md` and `docs/**` of where the command runs. */
export function importNotes(directory: string | undefined, here: string): Import {
  const root = directory ?? here;
  if (directory !== undefined && !isDirectory(root))
    throw new CommandError(`There is no directory ${root}.`, "Pass one with Markdown files: --notes DIR.");
  const all =
    directory !== undefined ? listMarkdown(root, true) : [...listMarkdown(root, false), ...listMarkdown(join(root, "docs"), true)];
  if (all.length === 0) throw new CommandError(`There is no Markdown file in ${root}.`, "Pass a directory that has some: --notes DIR.");
  const notes: ImportedNote[] = [];
  const skipped: string[] = [];
  const ids = new Set<string>();
  for (const path of all.sort()) {
    const name = relative(root, path).split(sep).join("/");
    if (notes.length === limits.notesMax) {
      skipped.push(`${name} and later ones: ${limits.notesMax} notes are enough`);
      break;
    }
    const body = readBody(path);
    if (typeof body !== "string") skipped.push(`${name}: ${body.reason}`);
    else notes.push(toNote(name, body, ids));
  }
  return { notes, skipped };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function listMarkdown(root: string, deep: boolean): string[] {
  if (!isDirectory(root)) return [];
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return deep ? listMarkdown(path, deep) : [];
    return entry.isFile() && entry.name.toLowerCase().endsWith(".md") ? [path] : [];
  });
}

function readBody(path: string): string | { readonly reason: string } {
  const bytes = readFileSync(path);
  if (bytes.length > limits.fileBytesMax)
    return { reason: `${Math.round(bytes.length / 1024)} KiB, and a note has at most ${limits.fileBytesMax / 1024}` };
  try {
    const body = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return body.includes("\0") ? { reason: "it holds NUL, so it is no text" } : body;
  } catch {
    return { reason: "it is not UTF-8" };
  }
}

function toNote(name: string, body: string, ids: Set<string>): ImportedNote {
  const lines = withoutCode(body);
  const heading = lines.map((line) => /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1]).find((found) => found !== undefined);
  const checklist = lines.flatMap((line) => {
    const found = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(\S.*)$/.exec(line);
    return found === null ? [] : [{ label: shorten(found[2] as string, limits.labelMax), done: found[1]?.toLowerCase() === "x" }];
  });
  return {
    id: toId(name, ids),
    title: shorten(heading ?? basename(name, ".md"), limits.titleMax),
    body,
    tags: [...new Set(name.split("/").slice(0, -1))],
    checklist: checklist.slice(0, limits.checklistMax),
  };
}

/** A comment in a shell script is no heading. */
function withoutCode(body: string): readonly string[] {
  let fenced = false;
  return body.split(/\r?\n/).filter((line) => {
    const fence = /^\s*(```|~~~)/.test(line);
    if (fence) fenced = !fenced;
    return !fence && !fenced;
  });
}

/** By code points: half a surrogate pair is no text. */
function shorten(text: string, lengthMax: number): string {
  const points = [...text];
  return points.length <= lengthMax ? text : `${points.slice(0, lengthMax - 1).join("")}…`;
}

/** The path, so that a person who looks into the file knows the note; a number where it is too long. */
function toId(name: string, ids: Set<string>): string {
  const id = Buffer.byteLength(name) <= limits.idBytesMax ? name : `note-${ids.size + 1}`;
  ids.add(id);
  return id;
}
