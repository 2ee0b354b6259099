/** The published solutions of balanced layers are the library's, where they have a value: and they have it for a while. */
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { balancedSolution } from "../../src/exact/balancedSolution.ts";
import { balancedStart, reachable, sizeOf } from "../support/balanced.ts";
import { failureTable, firstFailure, forms, kinds } from "./balancedFailures.ts";

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

test("each is without a value, or wrong by 10⁻⁶, from some time on", () => {
  for (const [name, form] of Object.entries(forms))
    for (const [kind, start] of Object.entries(kinds)) {
      const { residual } = firstFailure(form, start);
      if (residual !== undefined) expect(residual, `${name}, ${kind}`).toBeLessThan(1e3);
    }
});

test("the table has a row for each kind of problem", () => {
  expect(failureTable().split("\n")).toHaveLength(Object.keys(kinds).length + 2);
});
