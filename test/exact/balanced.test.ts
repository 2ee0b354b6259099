/** λ-balanced layers on whitened inputs: the laws of their flow, and the flow itself, integrated with all weights. */

import { exactFlow, network, taskFromMoments } from "feature-learning";
import { EigenvalueDecomposition, Matrix, SVD } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { type BalancedSolution, type BalancedStart, balancedSolution } from "../../src/exact/matrixRiccati/matrixSolution.ts";
import { anyStart, balancedStart, blocksOf, orthogonal, reachable, relativeError, sizeOf, stacked } from "../support/balanced.ts";
import { counted } from "../support/counted.ts";
import { EPS, expectWithin } from "../support/problems.ts";
import { rungeKutta4 } from "../support/rungeKutta.ts";

/** Times in units of 1/rate: early, while learning, late, and where nothing is left to learn in doubles. */
const SPANS = [1e-9, 0.01, 0.3, 2, 20, 300];
/** Room for the roundings of what a test itself does to a 2..8-dimensional problem: products, turns, square roots. */
const UNITS = 256;

const starts = (count: number, name: string, most?: number): BalancedStart[] =>
  Array.from({ length: count }, (_, i) => anyStart(`${name} ${i}`, most));

function timesOf({ rate }: BalancedSolution): number[] {
  return SPANS.map((span) => span / (rate || 1));
}

/** Two solutions agree at all times: each block of Y relative to its layers, the residual relative to itself while it is a double. */
function expectSame(
  found: BalancedSolution,
  expected: BalancedSolution,
  k: number,
  change = (M: Matrix): Matrix => M,
  units = UNITS,
): void {
  for (const t of timesOf(expected)) {
    const [a, b] = [blocksOf(found.gramAt(t), k), blocksOf(change(expected.gramAt(t)), k)];
    const scale = Math.sqrt(sizeOf(b.CC)) * Math.sqrt(sizeOf(b.AA));
    expectWithin(sizeOf(Matrix.sub(a.CC, b.CC)), units * EPS * sizeOf(b.CC), `CᵀC at ${t}`);
    expectWithin(sizeOf(Matrix.sub(a.AA, b.AA)), units * EPS * sizeOf(b.AA), `AAᵀ at ${t}`);
    expectWithin(sizeOf(Matrix.sub(a.AC, b.AC)), units * EPS * scale, `AC at ${t}`);
  }
}

const signs = (k: number, m: number): Matrix => Matrix.diag([...Array(k).fill(-1), ...Array(m).fill(1)]);

describe("the solution of the balanced flow", () => {
  test("starts where it is told to, exactly, and moves on from there without a jump", () => {
    for (const start of starts(100, "begin")) {
      const solution = balancedSolution(start);
      expect(solution.gramAt(0)).toEqual(start.Q0.mmul(start.Q0.transpose()));
      const early = solution.gramAt(1e-20);
      expectWithin(relativeError(early, solution.gramAt(0)), 64 * EPS, "Y");
      expectWithin(relativeError(solution.residualAt(1e-20), solution.residualAt(0)), UNITS * EPS, "residual");
    }
  });

  test("is that of all weights, integrated: a thousand networks of many shapes", () => {
    let worst = 0;
    for (const start of starts(1000, "integrate", 3)) {
      const { sigma, Q0 } = start;
      const [m, k, d] = [sigma.rows, sigma.columns, Q0.columns];
      const solution = balancedSolution(start);
      const until = 1 / Math.max(1, solution.rate, Q0.norm() ** 2);
      const Q = extrapolated(weightFlow(sigma, d), Q0.to1DArray(), until, 32);
      const weights = Matrix.from1DArray(k + m, d, Q);
      const { AC } = blocksOf(weights.mmul(weights.transpose()), k);
      const scale = Math.max(1, Q0.norm() ** 2);
      worst = Math.max(
        worst,
        sizeOf(Matrix.sub(solution.gramAt(until), weights.mmul(weights.transpose()))) / scale,
        sizeOf(Matrix.sub(solution.residualAt(until), Matrix.sub(sigma, AC))) / scale,
        d === 1 ? sizeOf(Matrix.sub(solution.layersAt!(until), weights)) / scale : 0,
      );
    }
    // The method is of order 5 after extrapolation, with steps of at most 1/32: 32⁻⁵/5! is 2e-10 before constants, which are below 1.
    expectWithin(worst, 1e-10, "all weights");
  });

  test("is balanced always: YJY = λY with J = diag(−1, 1)", () => {
    for (const start of starts(200, "balance")) {
      const solution = balancedSolution(start);
      const J = signs(start.sigma.columns, start.sigma.rows);
      for (const t of timesOf(solution)) {
        const Y = solution.gramAt(t);
        const error = sizeOf(Matrix.sub(Y.mmul(J).mmul(Y), Matrix.mul(Y, start.lambda)));
        // Balanced weights are so up to rounding, which grows as the layers do.
        expectWithin(error, UNITS * EPS * sizeOf(Y) ** 2 * growth(solution, start, t), `λ at ${t}`);
      }
    }
  });

  test("is symmetric, positive, of no higher rank than there are hidden units, and its residual is Σ − AC", () => {
    for (const start of starts(200, "gram")) {
      const { sigma, Q0 } = start;
      const solution = balancedSolution(start);
      for (const t of timesOf(solution)) {
        const Y = solution.gramAt(t);
        expect(Y.isSymmetric()).toBe(true);
        const values = new EigenvalueDecomposition(Y, { assumeSymmetric: true }).realEigenvalues;
        expect(Math.min(...values)).toBeGreaterThan(-UNITS * EPS * Math.max(...values));
        expect(values.filter((value) => value > UNITS * EPS * Math.max(...values)).length).toBeLessThanOrEqual(Q0.columns);
        const { CC, AC, AA } = blocksOf(Y, sigma.columns);
        const scale = sizeOf(sigma) + Math.sqrt(sizeOf(CC) * sizeOf(AA));
        expectWithin(sizeOf(Matrix.sub(solution.residualAt(t), Matrix.sub(sigma, AC))), UNITS * EPS * scale, `residual at ${t}`);
      }
    }
  });

  test("descends: the residual of a balanced network never grows", () => {
    for (const start of starts(200, "descent")) {
      const solution = balancedSolution(start);
      const sizes = [0, ...timesOf(solution), Infinity].map((t) => sizeOf(solution.residualAt(t)));
      for (const [i, size] of sizes.entries()) if (i > 0) expect(size).toBeLessThanOrEqual(sizes[i - 1]! * (1 + UNITS * EPS));
    }
  });

  test("is a semigroup: going on from its weights is going on", () => {
    for (let i = 0; i < 300; i++) {
      const lambda = [0, 2, -0.3][i % 3]!;
      const start = balancedStart(`semigroup ${i}`, { m: 1 + (i % 4), k: 1 + (i % 5), d: 1, lambda, size: 10 ** -(i % 7) });
      const solution = balancedSolution(start);
      for (const [s, t] of [
        [0.1, 0.5],
        [3, 2],
        [10, 20],
      ] as const) {
        const middle = solution.layersAt!(s / solution.rate);
        const rest = balancedSolution({ ...start, Q0: middle });
        const expected = solution.layersAt!((s + t) / solution.rate);
        // What rounds off in the middle grows on where the start has not yet left it behind.
        const grown = Math.exp(t) * (sizeOf(middle) / Math.sqrt(solution.rate));
        expectWithin(relativeError(rest.layersAt!(t / solution.rate), expected), UNITS * EPS * Math.max(1, grown), "layers");
      }
    }
  });

  test("turns as inputs, outputs and hidden units are turned", () => {
    for (const [i, start] of starts(100, "turn").entries()) {
      const random = randomFrom(`turn ${i}`, "test");
      const { sigma, Q0 } = start;
      const [m, k, d] = [sigma.rows, sigma.columns, Q0.columns];
      const [U, V, O] = [orthogonal(m, m, random), orthogonal(k, k, random), orthogonal(d, d, random)];
      const { upper, lower } = halves(Q0, k);
      const turned = balancedSolution({
        lambda: start.lambda,
        sigma: U.mmul(sigma).mmul(V.transpose()),
        Q0: stacked(V.mmul(upper), U.mmul(lower)).mmul(O),
      });
      const solution = balancedSolution(start);
      const whole = Matrix.zeros(k + m, k + m);
      whole.setSubMatrix(V, 0, 0);
      whole.setSubMatrix(U, k, k);
      for (const t of timesOf(solution).slice(0, 4)) {
        const expected = whole.mmul(solution.gramAt(t)).mmul(whole.transpose());
        expectWithin(relativeError(turned.gramAt(t), expected), UNITS * EPS * growth(solution, start, t), `Y at ${t}`);
      }
    }
  });

  test("changes places: λ → −λ with inputs and outputs exchanged", () => {
    for (const start of starts(100, "exchange")) {
      const k = start.sigma.columns;
      const m = start.sigma.rows;
      const { upper, lower } = halves(start.Q0, k);
      const mirrored = balancedSolution({ lambda: -start.lambda, sigma: start.sigma.transpose(), Q0: stacked(lower, upper) });
      const exchange = (Y: Matrix): Matrix => {
        const { CC, AC, AA } = blocksOf(Y, k);
        const changed = Matrix.zeros(k + m, k + m);
        changed.setSubMatrix(AA, 0, 0);
        changed.setSubMatrix(AC, 0, m);
        changed.setSubMatrix(AC.transpose(), m, 0);
        changed.setSubMatrix(CC, m, m);
        return changed;
      };
      expectSame(mirrored, balancedSolution(start), m, exchange);
    }
  });

  test("has one unit: Σ, λ, Q₀² and 1/t scale together, from 10^−140 to 10^140", () => {
    const compared = counted({ what: "residuals" });
    for (const [i, start] of starts(100, "scale").entries()) {
      const unit = 4 ** (Math.round((i / 99) * 464) - 232);
      const solution = balancedSolution(start);
      const scaled = balancedSolution({
        lambda: start.lambda * unit,
        sigma: Matrix.mul(start.sigma, unit),
        Q0: Matrix.mul(start.Q0, Math.sqrt(unit)),
      });
      expect(scaled.rate).toBe(solution.rate * unit);
      for (const t of timesOf(solution)) {
        // Powers of 4 change no digit; but exponents change the order of sums.
        expectWithin(relativeError(Matrix.mul(scaled.gramAt(t / unit), 1 / unit), solution.gramAt(t)), 4 * EPS, "Y");
        const left = solution.residualAt(t);
        if (compared.when(sizeOf(left) > 1e-150))
          expectWithin(relativeError(Matrix.mul(scaled.residualAt(t / unit), 1 / unit), left), 64 * EPS, "Σ − AC");
      }
    }
  });

  test("does not see what nobody uses: inputs, outputs and hidden units of zeros change nothing", () => {
    for (const start of starts(50, "padding")) {
      const { sigma, Q0 } = start;
      const [m, k, d] = [sigma.rows, sigma.columns, Q0.columns];
      const { upper, lower } = halves(Q0, k);
      const wide = Matrix.zeros(m + 1, k + 2);
      wide.setSubMatrix(sigma, 0, 0);
      const weights = Matrix.zeros(k + m + 3, d + 2);
      weights.setSubMatrix(upper, 0, 0);
      weights.setSubMatrix(lower, k + 2, 0);
      const padded = balancedSolution({ lambda: start.lambda, sigma: wide, Q0: weights });
      const solution = balancedSolution(start);
      for (const t of timesOf(solution)) {
        const small = blocksOf(padded.gramAt(t), k + 2);
        const { CC, AC, AA } = blocksOf(solution.gramAt(t), k);
        expectWithin(relativeError(small.AC.subMatrix(0, m - 1, 0, k - 1), AC), UNITS * EPS, "AC");
        expectWithin(relativeError(small.CC.subMatrix(0, k - 1, 0, k - 1), CC), UNITS * EPS, "CᵀC");
        expectWithin(relativeError(small.AA.subMatrix(0, m - 1, 0, m - 1), AA), UNITS * EPS, "AAᵀ");
        const rest = padded.residualAt(t);
        expectWithin(relativeError(rest.subMatrix(0, m - 1, 0, k - 1), solution.residualAt(t)), UNITS * EPS, "residual");
      }
    }
  });

  test("does not count hidden units but directions: a unit split in three parts, more units than weights, change nothing", () => {
    for (const start of starts(50, "split")) {
      const { Q0 } = start;
      const parts = [2 / 3, -2 / 3, 1 / 3].map((share) => Matrix.mul(Q0, share));
      let split = new Matrix(parts.flatMap((part) => part.transpose().to2DArray()));
      for (let again = 0; again < 2; again++)
        split = new Matrix([0.6, 0.8].flatMap((share) => Matrix.mul(split, share).to2DArray()));
      const solution = balancedSolution(start);
      const many = balancedSolution({ ...start, Q0: split.transpose() });
      for (const t of timesOf(solution))
        expectWithin(relativeError(many.gramAt(t), solution.gramAt(t)), UNITS * EPS * growth(solution, start, t), `Y at ${t}`);
    }
  });
});

describe("how it ends", () => {
  test("as many modes as there are hidden units are learned, the largest: the best approximation of that rank", () => {
    for (let i = 0; i < 100; i++) {
      const [m, k] = [2 + (i % 3), 2 + (i % 4)];
      const d = 1 + (i % Math.min(m, k));
      // λ of the sign whose null modes decay, or none.
      const lambda = [0, Math.sign(k - m || 1)][i % 2]!;
      const start = balancedStart(`limit ${i}`, { m, k, d, lambda });
      const { leftSingularVectors: U, rightSingularVectors: V, diagonal } = new SVD(start.sigma, { autoTranspose: true });
      const kept = Matrix.diag(diagonal.map((s, j) => (j < d ? s : 0)));
      const best = U.mmul(kept).mmul(V.transpose());
      const { AC } = blocksOf(balancedSolution(start).gramAt(Infinity), k);
      expectWithin(relativeError(AC, best), UNITS * EPS, `rank ${d} of ${m} × ${k}`);
    }
  });

  test("exponentially, the slowest mode last: ‖Σ − AC‖ falls by e^{−2f} per unit of time, down to 10⁻³⁰⁰", () => {
    for (let i = 0; i < 50; i++) {
      const random = randomFrom(`late ${i}`, "test");
      const n = 1 + (i % 4);
      const lambda = [0, 0.7, -1][i % 3]!;
      const values = Matrix.diag([1, 2, 4, 8].slice(0, n));
      const sigma = orthogonal(n, n, random)
        .mmul(values)
        .mmul(orthogonal(n, n, random));
      const solution = balancedSolution({ ...balancedStart(`late ${i}`, { m: n, k: n, d: n, lambda }), sigma });
      const slowest = solution.rates.at(-1)!;
      expectWithin(Math.abs(slowest / Math.hypot(1, lambda / 2) - 1), UNITS * EPS, "rate");
      const [s, t] = [160, 340].map((x) => x / slowest) as [number, number];
      const ratio = sizeOf(solution.residualAt(t)) / sizeOf(solution.residualAt(s));
      // At s other modes have e^{−(f' − f)s} left of them, 10⁻⁵⁰; what remains are 340·ε in e^{−ft}.
      expectWithin(Math.abs(ratio * Math.exp(2 * slowest * (t - s)) - 1), UNITS * EPS, `problem ${i}`);
    }
  });

  test("from wherever it is restarted: what is left near the end is known to its last digits", () => {
    for (let i = 0; i < 60; i++) {
      const n = 1 + (i % 3);
      const lambda = [0, 1, -3][i % 3]!;
      const start = reachable(balancedStart(`restart ${i}`, { m: n, k: n, d: n, lambda }));
      // On the way to the target, by what the flow itself leaves: 10⁻² to 10⁻¹² of it; Q from Y's square root.
      const solution = balancedSolution(start);
      const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
        solution.gramAt((2 + (i % 12)) / solution.rates.at(-1)!),
        { assumeSymmetric: true },
      );
      const kept = realEigenvalues.map((value, j) => ({ value, vector: eigenvectorMatrix.getColumnVector(j) })).slice(-n);
      const Q0 = new Matrix(kept.map(({ value, vector }) => vector.mul(Math.sqrt(value)).to1DArray())).transpose();
      const rest = balancedSolution({ ...start, Q0 });
      // The same residual, as the equation of E has it at once: R(t) ≈ R(0) as t → 0.
      const first = rest.residualAt(0);
      expectWithin(relativeError(rest.residualAt(1e-25 / rest.rate), first), UNITS * EPS, `restart ${i}`);
    }
  });

  test("in a saddle, for ever, if the start has nothing of what grows; and at its time, if it has 10⁻³⁰⁰", () => {
    const sigma = Matrix.diag([2, 1]);
    const at = (first: number): BalancedSolution =>
      balancedSolution({
        lambda: 0,
        sigma,
        Q0: new Matrix([
          [1, 0],
          [0, 1],
          [first, 0],
          [0, 1],
        ]),
      });
    expect(sizeOf(at(-1).gramAt(Infinity).subMatrix(0, 0, 0, 0))).toBe(0);
    const escaping = balancedSolution({ lambda: 0, sigma: new Matrix([[1]]), Q0: new Matrix([[1e-150], [1e-150]]) });
    // One mode: 1/Y = 1 + (1/x² − 1)e^{−2t}, x = 1e-150, is 2 at t = −ln x.
    const half = 150 * Math.LN10;
    expectWithin(Math.abs(escaping.gramAt(half).get(1, 0) - 0.5), 1e-12, "half-way");
    // A rounding off the saddle in the first digit that a double has.
    expect(
      at(-1 + EPS / 2)
        .gramAt(Infinity)
        .get(2, 0),
    ).toBeCloseTo(2, 12);
    expect(at(-1).gramAt(Infinity).get(3, 1)).toBeCloseTo(1, 12);
  });

  test("where it stands still at last: every late time is the limit, and all times are finite", () => {
    for (const start of starts(100, "infinity")) {
      const solution = balancedSolution(start);
      const limit = solution.gramAt(Infinity);
      for (const t of [1e60, 1e300, Number.MAX_VALUE])
        expectWithin(sizeOf(Matrix.sub(solution.gramAt(t), limit)), 1e-50, `Y at ${t}`);
      expect(sizeOf(solution.residualAt(Number.MAX_VALUE))).toBe(sizeOf(solution.residualAt(Infinity)));
    }
  });
});

describe("special cases are limits of the general one", () => {
  test("λ → 0, s → 0 and Σ → 0 go over into λ = 0, rank-deficient Σ and no target", () => {
    const near = (a: BalancedStart, b: BalancedStart): void => {
      const [one, other] = [balancedSolution(a), balancedSolution(b)];
      for (const t of [1e-3, 1, 10, 100]) {
        expectWithin(relativeError(one.gramAt(t), other.gramAt(t)), UNITS * EPS, `Y at ${t}`);
        expectWithin(
          sizeOf(Matrix.sub(one.residualAt(t), other.residualAt(t))),
          UNITS * EPS * sizeOf(other.residualAt(0)),
          `residual at ${t}`,
        );
      }
    };
    for (let i = 0; i < 30; i++) {
      const start = balancedStart(`limit ${i}`, { m: 2, k: 3, d: 2, lambda: 0 });
      for (const lambda of [1e-25, -1e-25, 1e-300, -5e-324]) near({ ...start, lambda }, start);
      const rank = start.sigma.clone();
      rank.setRow(1, [0, 0, 0]);
      for (const s of [1e-25, 1e-300, 5e-324]) {
        const nearly = rank.clone();
        nearly.set(1, 2, s);
        near({ ...start, sigma: nearly }, { ...start, sigma: rank });
        near({ ...start, sigma: Matrix.mul(start.sigma, s) }, { ...start, sigma: Matrix.zeros(2, 3) });
      }
    }
  });

  test("one input, one output, one hidden unit: the scalar solution", () => {
    for (let i = 0; i < 200; i++) {
      const random = randomFrom(`scalar ${i}`, "test");
      const [u, w, xy] = [random.normal(), random.normal(), random.normal()];
      const flow = exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy, yy: 100 }), initial: { u: [u], w: [w] } });
      const solution = balancedSolution({ lambda: u * u - w * w, sigma: new Matrix([[xy]]), Q0: new Matrix([[w], [u]]) });
      for (const t of [0.1, 1, 10, 100].map((x) => x / flow.rate)) {
        const { residual, output } = flow.at(t);
        // t' = 2t: an error of λ in its last digit is one of the rate, and grows with t.
        const units = UNITS * (1 + flow.rate * t);
        expectWithin(
          Math.abs(solution.residualAt(2 * t).get(0, 0) - residual),
          units * EPS * Math.abs(residual),
          `residual at ${t}`,
        );
        expectWithin(
          Math.abs(solution.gramAt(2 * t).get(1, 0) - output),
          UNITS * EPS * (Math.abs(output) + Math.abs(xy)),
          `output at ${t}`,
        );
      }
    }
  });

  test("γ < 0: only Σ takes the sign", () => {
    // f = γW₂W₁x, E[xxᵀ] = 1, k = 1, unit rates: dW/dt = 2γ(E[yxᵀ] − γW₂W₁)W. With A = √|γ| W₂, C = √|γ| W₁, t' = 2|γ|t.
    const gamma = -0.7;
    const start = anyStart("sign");
    const [m, k, d] = [start.sigma.rows, start.sigma.columns, start.Q0.columns];
    const unit = Math.sqrt(Math.abs(gamma));
    const trained = (_t: number, q: readonly number[]): number[] => {
      const slope = weightFlow(Matrix.mul(start.sigma, 1 / gamma), d)(0, q);
      return slope.map((x) => 2 * gamma * gamma * x);
    };
    const W = extrapolated(trained, Matrix.mul(start.Q0, 1 / unit).to1DArray(), 0.5, 200);
    const weights = Matrix.mul(Matrix.from1DArray(k + m, d, W), unit);
    const solution = balancedSolution({ ...start, sigma: Matrix.mul(start.sigma, Math.sign(gamma)) });
    expectWithin(relativeError(solution.gramAt(2 * Math.abs(gamma) * 0.5), weights.mmul(weights.transpose())), 1e-10, "Y");
  });
});

function halves(Q: Matrix, k: number): { readonly upper: Matrix; readonly lower: Matrix } {
  return { upper: Q.subMatrix(0, k - 1, 0, Q.columns - 1), lower: Q.subMatrix(k, Q.rows - 1, 0, Q.columns - 1) };
}

/** How far rounding in a start may have grown: e^{2ft} until what is learned stops it. */
function growth({ rate }: BalancedSolution, { Q0 }: BalancedStart, t: number): number {
  return Math.max(1, Math.min(Math.exp(2 * rate * t), 1 / EPS), sizeOf(Q0));
}

/** Ȧ = (Σ − AC)Cᵀ, Ċᵀ = (Σ − AC)ᵀA, of all weights, rows of [Cᵀ; A] one after the other. */
function weightFlow(sigma: Matrix, d: number): (t: number, q: readonly number[]) => number[] {
  const [m, k] = [sigma.rows, sigma.columns];
  return (_t, q) => {
    const slope = new Array<number>(q.length).fill(0);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < k; j++) {
        let left = sigma.get(i, j);
        for (let h = 0; h < d; h++) left -= q[(k + i) * d + h]! * q[j * d + h]!;
        for (let h = 0; h < d; h++) {
          slope[(k + i) * d + h]! += left * q[j * d + h]!;
          slope[j * d + h]! += left * q[(k + i) * d + h]!;
        }
      }
    return slope;
  };
}

/** The method of order 4 at two steps, extrapolated to order 5. */
function extrapolated(
  derivative: (t: number, y: readonly number[]) => number[],
  y: readonly number[],
  until: number,
  steps: number,
): number[] {
  const [coarse, fine] = [rungeKutta4(derivative, y, until, steps), rungeKutta4(derivative, y, until, 2 * steps)];
  return fine.map((value, i) => value + (value - coarse[i]!) / 15);
}
