/** What every command is given and what it may say: arguments that are checked, lines, and an exit code. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { HoldfastError } from "@holdfast/core";

/** 0: done. 1: it ran, and something is wrong. 2: it did not run, because it was asked for what cannot be. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

export interface Output {
  /** A line for people or for the next program. */
  line(text?: string): void;
  error(text: string): void;
  /** A terminal that lines can be painted over on; undefined for a file or a pipe. */
  readonly terminal: { readonly columns: number; readonly color: boolean; write(text: string): void } | undefined;
}

export interface Command {
  readonly help: string;
  run(args: readonly string[], output: Output): Promise<number>;
}

/** Something that the person who typed the command can put right: what happened, why, and what to do. */
export class CommandError extends Error {
  readonly advice: string;
  readonly exitCode: number;

  constructor(happened: string, advice: string, exitCode: number = exitCodes.usage) {
    super(happened);
    this.advice = advice;
    this.exitCode = exitCode;
  }
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Strict: an option that does not exist is an error, not a surprise. */
export function readArguments<const O extends Options>(name: string, args: readonly string[], options: O, operands: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (parsed.positionals.length > operands.length)
      throw new CommandError(
        `"${parsed.positionals[operands.length] ?? ""}" is one argument too many.`,
        `Try \`holdfast ${name} --help\`.`,
      );
    return parsed;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    // Node's own advice after the first sentence is about `--`, which nobody here means.
    const [first] = message.split(/\. (?=To |Did )/);
    throw new CommandError(`${first ?? message}`.replace(/\.?$/, "."), `Try \`holdfast ${name} --help\`.`);
  }
}

export function readWholeNumber(
  option: string,
  text: string | undefined,
  bounds: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= bounds.min && value <= bounds.max) return value;
  throw new CommandError(`--${option} is "${text}".`, `It takes a whole number from ${bounds.min} to ${bounds.max}.`);
}

/** Says what went wrong, and gives the exit code. Anything but an error meant for people is a defect of ours and keeps its stack. */
export function reportError(output: Output, name: string, error: unknown): number {
  if (error instanceof CommandError) {
    output.error(`holdfast ${name}: ${error.message} ${error.advice}`.replace("  ", " "));
    return error.exitCode;
  }
  if (error instanceof HoldfastError) {
    output.error(`holdfast ${name}: ${error.message} (${error.code})`);
    return exitCodes.failed;
  }
  output.error(`holdfast ${name}: This is a defect. Please report it with what follows.`);
  output.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}
