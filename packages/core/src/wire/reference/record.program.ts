/** Writes what is not yet recorded of a released protocol version: `node --conditions=holdfast-source packages/core/src/wire/reference/record.program.ts`. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { protocolVersion } from "../protocol.ts";
import { recordingsOf } from "./recordings.ts";

const folder = new URL(`../recorded/v${protocolVersion}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of recordingsOf()) {
  const file = new URL(`${name}.bin`, folder);
  if (!existsSync(file)) writeFileSync(file, bytes);
}
