/**
 * Every value of balanced.json and balancedDecay.json, on the scale on which it can be right: see README.md
 * here.
 */
import { readFileSync } from "node:fs";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { balancedSolution } from "../../src/exact/matrixRiccati/matrixSolution.ts";
import { blocksOf, sizeOf } from "../support/balanced.ts";

const TOLERANCE = 2e-14;

interface Case {
  readonly kind: string;
  readonly lambda: number;
  readonly decay?: number;
  readonly sigma: number[][];
  readonly Q0: number[][];
  readonly times: readonly number[];
  readonly expected: readonly { readonly Y: string[][]; readonly residual: string[][]; readonly Q?: string[][] }[];
}

describe.each([
  ["balanced.json", 150],
  ["balancedDecay.json", 75],
])("every value of %s", (file, atLeast) => {
  const { cases } = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as { readonly cases: readonly Case[] };
  test.each([...new Set(cases.map(({ kind }) => kind))])("%s", (kind) => {
    let compared = 0;
    const failures: string[] = [];
    for (const one of cases.filter((candidate) => candidate.kind === kind)) {
      for (const [i, t] of one.times.entries())
        for (const [quantity, error] of Object.entries(errorsOf(one, t, one.expected[i]!))) {
          compared++;
          if (!(error <= TOLERANCE)) failures.push(`${quantity} at t = ${t}, λ = ${one.lambda}: error ${error}`);
        }
    }
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(atLeast);
  });
});

function errorsOf({ lambda, sigma, Q0, decay = 0 }: Case, t: number, expected: Case["expected"][number]): Record<string, number> {
  const solution = balancedSolution({ lambda, sigma: new Matrix(sigma), Q0: new Matrix(Q0), decay });
  const k = sigma[0]!.length;
  const found = blocksOf(solution.gramAt(t), k);
  const given = blocksOf(symmetric(expected.Y), k);
  const layers = Math.sqrt(sizeOf(given.CC)) * Math.sqrt(sizeOf(given.AA));
  const residual = matrixOf(expected.residual);
  const errors = {
    CᵀC: over(found.CC, given.CC, sizeOf(given.CC)),
    AC: over(found.AC, given.AC, layers),
    AAᵀ: over(found.AA, given.AA, sizeOf(given.AA)),
    // Below 10⁻²⁹⁰ entries of the matrix leave the normal doubles.
    residual: over(solution.residualAt(t), residual, sizeOf(residual) > 1e-290 ? sizeOf(residual) : 1e-277),
  };
  if (expected.Q === undefined) return errors;
  const Q = matrixOf(expected.Q);
  return { ...errors, Q: over(solution.layersAt!(t), Q, sizeOf(Q)) };
}

function over(found: Matrix, expected: Matrix, scale: number): number {
  const error = sizeOf(Matrix.sub(found, expected));
  return error === 0 ? 0 : error / scale;
}

function matrixOf(rows: readonly (readonly string[])[]): Matrix {
  return new Matrix(rows.map((row) => row.map(Number)));
}

/** From its lower triangle. */
function symmetric(rows: readonly (readonly string[])[]): Matrix {
  return new Matrix(rows.map((_, i) => rows.map((__, j) => Number(i >= j ? rows[i]![j]! : rows[j]![i]!))));
}
