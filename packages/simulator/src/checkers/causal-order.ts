/** Writes follow reads: no replica shows a write without what its writer had been shown before (S4). What r0 does not hold was refused, or is on its way to being told. */
import type { ReadingChecker } from "./checker.ts";

export const checkCausalOrder: ReadingChecker = ({ device, view, sawOf, passedAtR0 }) => {
  const wrong: string[] = [];
  let atR0: ReadonlySet<string> | undefined;
  for (const id of view.entries.keys())
    for (const earlier of sawOf(id) ?? []) {
      if (view.entries.has(earlier) || view.letters.has(earlier)) continue;
      atR0 ??= passedAtR0("entries") ?? new Set();
      if (atR0.has(earlier)) wrong.push(`${device} shows ${id}, whose writer had seen ${earlier}, and does not show that`);
    }
  return wrong;
};
