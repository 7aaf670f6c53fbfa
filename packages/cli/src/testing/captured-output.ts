import type { Output } from "../command-line.ts";

/** An output that is no terminal, and remembers. */
export function captureOutput(): Output & { readonly lines: string[]; readonly errors: string[] } {
  const lines: string[] = [];
  const errors: string[] = [];
  return { lines, errors, line: (text = "") => void lines.push(text), error: (text) => void errors.push(text), terminal: undefined };
}
