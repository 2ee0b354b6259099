/** The data flow one way: a forbidden import fails the lint, and an allowed one does not. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const FOLDERS = [
  "numerics",
  "model",
  "exact",
  "integrate",
  "descent",
  "flow",
  "regimes",
  "mechanisms",
  "design",
  "networks",
  "sweep",
  "plot",
];
const STRANGERS = [
  ["integrate", "exact"],
  ["mechanisms", "regimes"],
];

function mayImport(from: string, to: string): boolean {
  const strangers = STRANGERS.some((pair) => pair.includes(from) && pair.includes(to) && from !== to);
  return FOLDERS.indexOf(to) <= FOLDERS.indexOf(from) && !strangers;
}

const others = (folder: string): string[] => FOLDERS.filter((other) => other !== folder);
const modulesFrom = (folder: string): string[] => [...others(folder).map((other) => `../${other}/x.ts`), "./x.ts", "../index.ts"];

/** Files of imports by their path, under the lint's own settings in a folder elsewhere. */
const probes: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(FOLDERS.map((folder) => [`src/${folder}/probe.ts`, modulesFrom(folder)])),
  "src/descent/simulateProbe.ts": ["../exact/x.ts", "../model/x.ts"],
};
let root = "";
let report = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "imports-"));
  copyFileSync("biome.json", join(root, "biome.json"));
  for (const [path, modules] of Object.entries(probes)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    const lines = modules.map((module, i) => `import { a as a${i} } from "${module}";\nconsole.log(a${i});\n`);
    writeFileSync(join(root, path), lines.join(""));
  }
  report = lint(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What Biome says of restricted imports, a line for each. */
function lint(cwd: string): string {
  const biome = resolve("node_modules/.bin/biome");
  const args = ["lint", "--only=style/noRestrictedImports", "--reporter=github", "--max-diagnostics=none", "src"];
  try {
    return execFileSync(biome, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}\n${stderr}`;
  }
}

/** The modules that the lint refuses to this file. */
function refused(path: string): string[] {
  const lines = report.split("\n").filter((line) => line.includes("noRestrictedImports") && line.includes(`${path},`));
  const numbers = lines.map((line) => Number(/,line=(\d+)/.exec(line)![1]));
  return probes[path]!.filter((_, i) => numbers.includes(2 * i + 1));
}

describe("a folder may import the folders before it", () => {
  test.each(FOLDERS)("src/%s", (folder) => {
    const forbidden = others(folder).filter((other) => !mayImport(folder, other));
    expect(refused(`src/${folder}/probe.ts`)).toEqual([...forbidden.map((other) => `../${other}/x.ts`), "../index.ts"]);
  });

  test("and the simulation, as the oracle of the tests, nothing of the solution", () => {
    expect(refused("src/descent/simulateProbe.ts")).toEqual(["../exact/x.ts"]);
  });
});
