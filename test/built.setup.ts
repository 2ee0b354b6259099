/** Builds the package into a folder of its own, for the tests that use it as it is built: inject("built") is that folder. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    readonly built: string;
  }
}

export default function build(project: TestProject): () => void {
  // Inside the repository, where its dependencies are found.
  const folder = resolve(`.tmp/built-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync("package.json", `${folder}/package.json`);
  execFileSync("npx", ["tsup", "--no-dts", "--out-dir", `${folder}/dist`], { stdio: "pipe" });
  project.provide("built", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
