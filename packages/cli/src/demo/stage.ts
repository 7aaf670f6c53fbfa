/** How the demo speaks: acts, lines, and bars that move on a terminal; elsewhere each line is said once, when it is final. */
import type { Output } from "../command-line.ts";

export interface Stage {
  /** What fits beside each other. */
  readonly columns: number;
  title(text: string): void;
  act(number: number, title: string, detail: string): void;
  /** Something that has come out well. */
  done(text: string): void;
  /** A blow. */
  blow(text: string): void;
  readonly line: (text?: string) => void;
  /** `text` beside `head`, broken between words where the terminal ends, under itself. `head` is `headWidth` wide on the screen. */
  readonly beside: (head: string, headWidth: number, text: string, style?: (text: string) => string) => void;
  /** Repaints `lines` while `work` goes on. */
  live<T>(lines: () => readonly string[], work: Promise<T>): Promise<T>;
  readonly paint: Paint;
}

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const repaintMs = 80;
const barWidth = 24;
const wrapMin = 30;

export function createStage(output: Output): Stage {
  const { terminal } = output;
  const paint = createPaint(terminal?.color === true);
  const columns = terminal?.columns ?? Number.POSITIVE_INFINITY;
  const indent = "     ";
  const say = (text: string): void => output.line(`${indent}${text}`);
  const beside: Stage["beside"] = (head, headWidth, text, style = (line) => line) => {
    const [first = "", ...rest] = wrap(text, Math.max(wrapMin, columns - headWidth - 1));
    output.line(`${head}${style(first)}`.trimEnd());
    for (const line of rest) output.line(`${" ".repeat(headWidth)}${style(line)}`);
  };
  return {
    paint,
    columns,
    beside,
    title: (text) => output.line(paint.bold(text)),
    act(number, title, detail) {
      output.line();
      output.line(paint.bold(`  ${number}  ${title}`));
      beside(indent, indent.length, detail, paint.dim);
    },
    done: (text) => beside(`${indent}${paint.good("✓")} `, indent.length + 2, text),
    blow: (text) => beside(`${indent}${paint.bad("✗")} `, indent.length + 2, text),
    line: (text) => output.line(text),
    async live(lines, work) {
      if (terminal === undefined) {
        const result = await work;
        for (const line of lines()) say(line);
        return result;
      }
      let painted = 0;
      const repaint = (): void => {
        const next = lines();
        const up = painted === 0 ? "" : `\x1b[${painted}A`;
        terminal.write(up + next.map((line) => `\x1b[2K${clip(indent + line, terminal.columns)}\n`).join(""));
        painted = next.length;
      };
      const timer = setInterval(repaint, repaintMs);
      try {
        return await work;
      } finally {
        clearInterval(timer);
        repaint();
      }
    },
  };
}

/** A line that wraps would be painted over in the wrong place. Lines that are repainted hold no colours. */
function clip(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

export function bar(done: number, all: number): string {
  const filled = all === 0 ? barWidth : Math.min(barWidth, Math.round((done / all) * barWidth));
  return "█".repeat(filled) + "░".repeat(barWidth - filled);
}

function createPaint(color: boolean): Paint {
  const style =
    (on: number, off: number) =>
    (text: string): string =>
      color ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), good: style(32, 39), bad: style(31, 39) };
}
