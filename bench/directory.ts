/** Fresh directories, gone afterwards: on the disk under test, or in memory to see what the disk costs. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";

export async function inDirectory<T>(kind: "disk" | "memory", run: (directory: string) => Promise<T>): Promise<T> {
  const parent = kind === "memory" && existsSync(memory) ? memory : tmpdir();
  const directory = mkdtempSync(join(parent, "holdfast-bench-"));
  try {
    return await run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
