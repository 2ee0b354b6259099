/** The published solutions of balanced layers are the library's, where they have a value: and they have it for a while. */
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { balancedSolution } from "../../src/exact/matrixRiccati/matrixSolution.ts";
import { balancedStart, reachable, sizeOf } from "../support/balanced.ts";
import { failureTable, forms, kinds } from "./balancedFailures.ts";

test.each(Object.entries(forms))("%s", (name, form) => {
  for (let i = 0; i < 60; i++) {
    const lambda = [0.5, -0.5, 0][i % 3]!;
    const n = 2 + (i % 3);
    const shape = name === "d = 1" ? { m: n, k: n, d: 1 } : { m: n, k: n, d: n };
    const start = reachable(balancedStart(`${name} ${i}`, { ...shape, lambda }));
    const solution = balancedSolution(start);
    for (const t of [0.01, 0.1, 1, 3].map((x) => x / solution.rate)) {
      const expected = solution.gramAt(t);
      // Their inverses lose up to the condition of F or B, below 10⁵ in these.
      expect(sizeOf(Matrix.sub(form(start, t), expected)) / sizeOf(expected)).toBeLessThan(1e-9);
    }
  }
});

test("each has no value, or one that is wrong by 10⁻⁶, from some time on, in every kind of problem", () => {
  const rows = failureTable().slice(1);
  expect(rows).toHaveLength(Object.keys(kinds).length);
  // "network / residual", by the time in units of 1/rate at which they fail.
  for (const row of rows) expect(row).not.toMatch(/\/ never/);
});
