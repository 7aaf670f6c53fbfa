/** The files that tests of the core read: what was recorded of the wire, put into the bundle by build.ts. */
import { TextDecoder } from "./text-codec.ts";

declare const __files: Readonly<Record<string, string>>;

/** An address in the bundle is a path from the root of the repository. */
export class URL {
  readonly path: string;

  constructor(relative: string, base: string) {
    const parts = base.split("/").slice(0, -1);
    for (const part of relative.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    this.path = parts.join("/");
  }
}

export function readFileSync({ path }: URL, encoding?: "utf8"): Uint8Array | string {
  const hex = __files[path];
  if (hex === undefined) throw new Error(`${path} is not in the bundle`);
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return encoding === undefined ? bytes : new TextDecoder().decode(bytes);
}

export function readdirSync({ path }: URL): readonly string[] {
  return Object.keys(__files)
    .filter((file) => file.startsWith(path))
    .map((file) => file.slice(path.length));
}
