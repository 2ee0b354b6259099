/** When the published forms of balanced layers fail, kind of problem by kind of problem. */
import { Matrix } from "ml-matrix";
import { type BalancedStart, balancedSolution } from "../../src/exact/matrixRiccati/matrixSolution.ts";
import { balancedStart, blocksOf, reachable, sizeOf } from "../support/balanced.ts";
import { type BalancedForm, blockForm, inverseForm, neuronForm } from "./balancedTextbook.ts";

export const forms: Readonly<Record<string, BalancedForm>> = { "F⁻¹": inverseForm, "B⁻¹": blockForm, "d = 1": neuronForm };

const square = { m: 3, k: 3, d: 3 };

/** One problem of each kind, drawn from its name. */
export const kinds: Readonly<Record<string, BalancedStart>> = {
  "λ = 0": reachable(balancedStart("zero", { ...square, lambda: 0 })),
  "λ = 0, det Σ of the other sign": unreachable(balancedStart("zero", { ...square, lambda: 0 })),
  "λ = 1": balancedStart("one", { ...square, lambda: 1 }),
  "λ = −1": balancedStart("minus one", { ...square, lambda: -1 }),
  "λ = 10⁻¹²": reachable(balancedStart("small", { ...square, lambda: 1e-12 })),
  "λ = 100": balancedStart("large", { ...square, lambda: 100 }),
  "start of 10⁻⁸": reachable(balancedStart("tiny", { ...square, lambda: 0, size: 1e-8 })),
  "start of 100": balancedStart("giant", { ...square, lambda: 1, size: 100 }),
  "more inputs, λ = 0": balancedStart("inputs", { m: 2, k: 4, d: 2, lambda: 0 }),
  "more inputs, λ = 1": balancedStart("inputs", { m: 2, k: 4, d: 2, lambda: 1 }),
  "one hidden unit, λ = 0": balancedStart("unit", { m: 3, k: 3, d: 1, lambda: 0 }),
  "one hidden unit, λ = 1": balancedStart("unit", { m: 3, k: 3, d: 1, lambda: 1 }),
  "one hidden unit, one output": balancedStart("regression", { m: 1, k: 3, d: 1, lambda: 0.1 }),
  "two hidden units": balancedStart("two", { m: 3, k: 3, d: 2, lambda: 0 }),
  "target of rank 1": lowRank(balancedStart("rank", { ...square, lambda: 0 })),
  saddle: saddle(),
};

function unreachable(start: BalancedStart): BalancedStart {
  const { sigma, ...rest } = reachable(start);
  return { ...rest, sigma: sigma.clone().mulRow(0, -1) };
}

function lowRank(start: BalancedStart): BalancedStart {
  return { ...start, sigma: new Matrix([[1], [2], [-1]]).mmul(new Matrix([[1, 1, 2]])) };
}

/** Anti-aligned with the first mode. */
function saddle(): BalancedStart {
  const C = Matrix.diag([1, 0.5]);
  return { lambda: 0, sigma: Matrix.diag([2, 1]), Q0: new Matrix([...C.to2DArray(), [-1, 0], [0, 0.5]]) };
}

/** When, in units of 1/rate: Infinity for never; undefined where a form does not apply. */
export interface Failure {
  /** The function AC and the kernel's AAᵀ, CᵀC are off by 10⁻⁶ of themselves, or are no numbers. */
  readonly network?: number;
  /** The residual Σ − AC, so half the excess loss, is off by 10⁻⁶ of itself. */
  readonly residual?: number;
}

const WRONG = 1e-6;
const [FIRST, LAST] = [1e-2, 1e4];
const STEP = 10 ** 0.04;

export function firstFailure(form: BalancedForm, start: BalancedStart): Failure {
  const solution = balancedSolution(start);
  const k = start.sigma.columns;
  const unit = 1 / solution.rate;
  let network: number | undefined;
  let residual: number | undefined;
  for (let x = FIRST; x < LAST && (network === undefined || residual === undefined); x *= STEP) {
    const t = x * unit;
    const found = attempted(form, start, t);
    const expected = solution.gramAt(t);
    const left = Matrix.sub(start.sigma, blocksOf(found, k).AC);
    if (!(sizeOf(Matrix.sub(found, expected)) <= WRONG * sizeOf(expected))) network ??= x;
    const rest = solution.residualAt(t);
    if (!(sizeOf(Matrix.sub(left, rest)) <= WRONG * sizeOf(rest))) residual ??= x;
  }
  if (network === FIRST) return {};
  return { network: network ?? Number.POSITIVE_INFINITY, residual: residual ?? Number.POSITIVE_INFINITY };
}

function attempted(form: BalancedForm, start: BalancedStart, t: number): Matrix {
  try {
    return form(start, t);
  } catch {
    const { rows } = start.Q0;
    return Matrix.zeros(rows, rows).fill(Number.NaN);
  }
}

/** A line a kind of problem: for each form when network and residual fail, in units of 1/rate. */
export function failureTable(): string[] {
  const cells = Object.entries(kinds).map(([kind, start]) => [
    kind,
    ...Object.values(forms).map((form) => {
      const { network, residual } = firstFailure(form, start);
      return network === undefined ? "–" : `${shown(network)} / ${shown(residual!)}`;
    }),
  ]);
  const header = ["kind: network / residual wrong from", ...Object.keys(forms)];
  return [header, ...cells].map(([kind, ...rest]) => `${kind!.padEnd(36)}${rest.map((cell) => cell.padStart(16)).join("")}`);
}

function shown(x: number): string {
  return x === Number.POSITIVE_INFINITY ? "never" : x.toPrecision(2);
}
