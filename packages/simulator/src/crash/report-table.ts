/** A crash loop's report as text: transaction types × kinds of death, and what was wrong. */
import type { CrashReport, TypeCounts } from "./crash-loop.ts";
import { deaths } from "./patient.ts";

const failuresShown = 10;

export function reportToTable({ byType }: CrashReport): string {
  const rows = [...byType].map(([name, counts]) => toRow(name, counts));
  const total = rows.reduce<number[]>((sum, { numbers }) => numbers.map((number, index) => number + (sum[index] ?? 0)), []);
  const heads = ["operations", ...deaths, "died again", "synced", "lost", "torn", "stuck"];
  const line = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(52)}${cells.map((cell, index) => String(cell).padStart((heads[index] ?? "").length + 2)).join("")}`;
  return [line("transaction", heads), ...rows.map(({ name, numbers }) => line(name, numbers)), line("all", total)].join("\n");
}

function toRow(name: string, counts: TypeCounts): { readonly name: string; readonly numbers: readonly number[] } {
  const { operations, again, synced, harms } = counts;
  return {
    name,
    numbers: [operations, ...deaths.map((death) => counts.deaths[death]), again, synced, harms.lost, harms.torn, harms.stuck],
  };
}

export function failuresToText({ failures }: CrashReport): string {
  if (failures.length === 0) return "nothing was lost, torn or stuck";
  return failures
    .slice(0, failuresShown)
    .map(({ lane, type, seed, point, ending, findings }) => {
      const words = findings.map(({ harm, check, detail }) => `    ${harm} (${check}): ${detail}`);
      return [
        `${lane}, "${type}", seed ${seed}, dies ${point.phase} operation ${point.operation}, by ${ending.death} (${ending.draw}):`,
        ...words,
      ].join("\n");
    })
    .join("\n");
}
