/** Builds the pages and the server's program once for all files of tests. */
import type { TestProject } from "vitest/node";
import { bundleProgram } from "../../harness/child-process.ts";
import { createTempDir } from "../../harness/temp-dir.ts";
import { buildPages } from "./build-pages.ts";

declare module "vitest" {
  interface ProvidedContext {
    pages: string;
    /** Where the server's program lies, with what node has compiled of it. */
    programs: string;
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const directory = createTempDir("pages");
  await buildPages(directory.file("pages"));
  project.provide("pages", directory.file("pages"));
  await bundleProgram("server", directory);
  project.provide("programs", directory.path);
  return () => directory.remove();
}
