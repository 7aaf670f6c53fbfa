/** What an edited text field tells of its edit: the text before and after. Bindings need the edit itself, or two people who type at once overwrite each other. */

export interface TextEdit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

/**
 * One edit that makes `after` of `before`; undefined for equal texts. Positions count UTF-16 units and never stand inside a surrogate
 * pair, or two emoji that share a half would become none (F63). `caret` is where the edit ended in `after`: without it, a letter typed
 * into a run of the same letter counts as typed at the run's end.
 */
export function findTextEdit(before: string, after: string, caret: number = after.length): TextEdit | undefined {
  if (before === after) return undefined;
  const suffixMax = Math.min(before.length, after.length, Math.max(0, after.length - caret));
  let suffix = 0;
  while (suffix < suffixMax && unitFromEnd(before, suffix) === unitFromEnd(after, suffix)) suffix++;
  const prefixMax = Math.min(before.length, after.length) - suffix;
  let prefix = 0;
  while (prefix < prefixMax && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++;
  // The caret may have said too little, as after a programmatic change: what still agrees at the end is kept.
  const rest = Math.min(before.length, after.length) - prefix;
  while (suffix < rest && unitFromEnd(before, suffix) === unitFromEnd(after, suffix)) suffix++;
  if (splitsPair(before, prefix) || splitsPair(after, prefix)) prefix--;
  if (splitsPair(before, before.length - suffix) || splitsPair(after, after.length - suffix)) suffix--;
  return { at: prefix, removed: before.length - suffix - prefix, inserted: after.slice(prefix, after.length - suffix) };
}

function unitFromEnd(text: string, index: number): number {
  return text.charCodeAt(text.length - 1 - index);
}

function splitsPair(text: string, at: number): boolean {
  const isHigh = (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
  return isHigh && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
