/** The options of this repository's own commands. Their usage stands at the head of each, and nowhere else. */
import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

type Options<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>["values"];

/** `program`: its `import.meta.url`. With `--help`, or an option that it does not have, its usage is told, and the process ends (0, or 2). */
export function readOptions<const T extends ParseArgsOptionsConfig>(program: string, options: T): Options<T> {
  if (process.argv.includes("--help")) {
    console.log(usageOf(program));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usageOf(program)}`);
    process.exit(2);
  }
}

/** The value of `--name`, of `min` and more. */
export function readNumber(name: string, text: string, { min = 0, isWhole = true } = {}): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value))) return value;
  return failWith(`--${name} is a ${isWhole ? "whole " : ""}number from ${min} on, not "${text}".`);
}

export function failWith(message: string): never {
  console.error(message);
  process.exit(2);
}

function usageOf(program: string): string {
  const [head] = readFileSync(new URL(program), "utf8").split("\n */", 1);
  return (head ?? "").replaceAll(/^\/?[ *]*/gm, "").trim();
}
