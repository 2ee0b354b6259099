/** The data flow one way: a forbidden import fails the lint, and an allowed one does not. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";

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
const PROBE = "zz-probe.ts";

function mayImport(from: string, to: string): boolean {
  const strangers = STRANGERS.some((pair) => pair.includes(from) && pair.includes(to) && from !== to);
  return FOLDERS.indexOf(to) <= FOLDERS.indexOf(from) && !strangers;
}

/** The modules that the lint refuses to a file in this folder. */
function refused(folder: string, modules: readonly string[], name: string = PROBE): string[] {
  const path = `src/${folder}/${name}`;
  const made = mkdirSync(`src/${folder}`, { recursive: true });
  writeFileSync(path, modules.map((module, i) => `import { a as a${i} } from "${module}";\nconsole.log(a${i});\n`).join(""));
  try {
    const report = lint(path);
    return modules.filter((_, i) => report.includes(2 * i + 1));
  } finally {
    rmSync(path);
    if (made !== undefined) rmSync(`src/${folder}`, { recursive: true });
  }
}

/** The lines at which Biome reports a restricted import. */
function lint(path: string): number[] {
  try {
    execFileSync(
      "npx",
      ["biome", "lint", "--only=style/noRestrictedImports", "--reporter=github", "--max-diagnostics=100", path],
      {
        encoding: "utf8",
        stdio: "pipe",
      },
    );
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return Array.from(`${stdout}\n${stderr}`.matchAll(/noRestrictedImports.*?line=(\d+)|line=(\d+)/g), (m) =>
      Number(m[1] ?? m[2]),
    );
  }
}

afterAll(() => {
  for (const folder of FOLDERS) rmSync(`src/${folder}/${PROBE}`, { force: true });
});

describe("a folder may import the folders before it", () => {
  test.each(FOLDERS)("src/%s", (folder) => {
    const modules = FOLDERS.filter((other) => other !== folder).map((other) => `../${other}/x.ts`);
    const forbidden = FOLDERS.filter((other) => other !== folder && !mayImport(folder, other)).map((other) => `../${other}/x.ts`);
    expect(refused(folder, [...modules, "./x.ts", "../index.ts"])).toEqual([...forbidden, "../index.ts"]);
  });

  test("and the simulation, as the oracle of the tests, nothing of the solution", () => {
    expect(refused("descent", ["../exact/x.ts", "../model/x.ts"], "simulateProbe.ts")).toEqual(["../exact/x.ts"]);
  });
});
