import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TempDir {
  readonly path: string;
  file(name: string): string;
  remove(): void;
}

export function createTempDir(name: string): TempDir {
  const path = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
  return { path, file: (child) => join(path, child), remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
