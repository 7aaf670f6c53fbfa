/** `npm run api`: writes docs/api anew. A test of tools/tidy compares it with the sources. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { writeReports } from "./report.ts";

const folder = fileURLToPath(new URL("../../docs/api/", import.meta.url));
mkdirSync(folder, { recursive: true });
const reports = writeReports();
for (const file of readdirSync(folder)) if (file.endsWith(".api.md") && !reports.has(file)) rmSync(join(folder, file));
for (const [file, text] of reports) writeFileSync(join(folder, file), text);
console.log(`${reports.size} entry points described in docs/api`);
