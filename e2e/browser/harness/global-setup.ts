/** Builds the pages once for all files of tests. */
import type { TestProject } from "vitest/node";
import { createTempDir } from "../../harness/temp-dir.ts";
import { buildPages } from "./build-pages.ts";

declare module "vitest" {
  interface ProvidedContext {
    pages: string;
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const directory = createTempDir("pages");
  await buildPages(directory.file("pages"));
  project.provide("pages", directory.file("pages"));
  return () => directory.remove();
}
