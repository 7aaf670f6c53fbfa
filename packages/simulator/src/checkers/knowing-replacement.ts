/**
 * Who writes a register replaces what they saw there, for good: no replica that has their write shows what it replaced (REG3). It
 * shows their value, or one that had not seen it, or one that had. That goes for the writer's own reads too.
 */
import type { ReadingChecker } from "./checker.ts";

export const checkKnowingReplacement: ReadingChecker = ({ device, view, sawOf }) => {
  const wrong: string[] = [];
  for (const [target, { title }] of view.boards)
    for (const [id, entry] of view.entries) {
      if (entry.target !== target || !setsTitle(entry.effect) || id === title) continue;
      if (entry.saw.includes(title) || sawOf(id)?.has(title) === true)
        wrong.push(`${device}: board ${target} shows ${title}, and ${id} had seen and replaced that`);
    }
  return wrong;
};

export function setsTitle(effect: string): boolean {
  return effect === "rename" || effect === "many";
}
