/** Data flow one way: the list of folders in scripts/imports.ts, which `npm run lint` enforces. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { callsOfPublic, forbidden, importsOf, rows, sourcesOf, violations } from "../../scripts/imports.ts";

const file = (folder: string): string => `src/${folder}/x.ts`;

describe("imports", () => {
  test("every folder of src stands in one row of the list", () => {
    const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const listed = rows.flat();
    for (const { name } of folders) expect(listed.filter((folder) => folder === name)).toEqual([name]);
  });

  test("of src are in order, without circles", () => {
    expect(violations(sourcesOf("."))).toEqual([]);
  });

  test("go to rows above, never to the same row or one below", () => {
    let [allowed, refused] = [0, 0];
    for (const [a, row] of rows.entries())
      for (const from of row)
        for (const [b, others] of rows.entries())
          for (const to of others) {
            if (from === to) continue;
            const meet = !(["exact", "integrate"].includes(from) && ["exact", "integrate"].includes(to));
            expect(forbidden(file(from), file(to)) === undefined, `${from} → ${to}`).toBe(b < a && meet);
            if (b < a && meet) allowed++;
            else refused++;
          }
    expect(allowed).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  test("of exact's families go to the shared mathematics, and only modes know families", () => {
    const of = (from: string, to: string) => forbidden(`src/exact/${from}/x.ts`, `src/exact/${to}/x.ts`);
    expect(of("oneDirection", "riccati")).toBeUndefined();
    expect(of("modes", "balanced")).toBeUndefined();
    expect(of("balanced", "oneDirection")).toMatch(/beside/);
    expect(of("newFamily", "riccati")).toBeUndefined();
    expect(of("newFamily", "oneDirection")).toMatch(/beside/);
    expect(of("modes", "newFamily")).toBeUndefined();
    expect(of("riccati", "oneDirection")).toMatch(/above/);
    expect(forbidden("src/exact/exactFlow.ts", "src/exact/modes/x.ts")).toBeUndefined();
    expect(forbidden("src/exact/modes/x.ts", "src/exact/exactFlow.ts")).toMatch(/built on this folder/);
  });

  test("of entries and by the oracle of descent are refused", () => {
    expect(forbidden("src/flow/x.ts", "src/index.ts")).toMatch(/entry/);
    expect(forbidden("src/plot/x.ts", "src/sweep/index.ts")).toMatch(/entry/);
    expect(forbidden("src/descent/simulateDescent.ts", "src/layers/x.ts")).toMatch(/to check/);
  });

  test("are found however they are written, and circles among them", () => {
    expect(importsOf("src/flow/x.ts", 'import type { A } from "../model/a.ts";\nexport { b } from "./b.ts";')).toEqual([
      "src/model/a.ts",
      "src/flow/b.ts",
    ]);
    const sources = new Map([
      ["src/flow/a.ts", 'import { b } from "./b.ts";'],
      ["src/flow/b.ts", 'import type { a } from "./a.ts";'],
    ]);
    expect(violations(sources)).toEqual(["circle: src/flow/a.ts → src/flow/b.ts → src/flow/a.ts"]);
  });

  test("of public functions inside are refused, and so is a public function that calls itself", () => {
    const sources = new Map([
      ["src/index.ts", 'export { solve } from "./flow/solve.ts";\nexport { type A, table } from "./flow/table.ts";'],
      ["src/flow/solve.ts", "export function solve(): void {\n  solve();\n}\nexport function solved(): void {}"],
      ["src/flow/table.ts", "export const table = [];"],
      ["src/sweep/x.ts", 'import { solve } from "../flow/solve.ts";\nimport { table } from "../flow/table.ts";'],
      ["src/sweep/y.ts", '/** solve(); */\nimport { solved } from "../flow/solve.ts";\nthis.solve(solved());'],
      ["src/cli/x.ts", 'import { solve } from "../flow/solve.ts";'],
    ]);
    expect(callsOfPublic(sources)).toEqual([
      "src/flow/solve.ts calls the public function solve; call the function behind it",
      "src/sweep/x.ts calls the public function solve; call the function behind it",
    ]);
  });
});
