/** Where the shims of the entry points put files, for as long as this process runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const directory = mkdtempSync(join(tmpdir(), "holdfast-native-"));

process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
