/**
 * Decides whether a convex loss of a linear model falls for ever along some direction v of its output vector.
 * For the logistic loss this means that the data are separable. Sample j allows v if its loss does not rise
 * along xⱼ·v, and gains from v if its loss falls for ever:
 *
 *     aⱼ·v ≥ 0 for all j, and the sum over those that gain is > 0 aⱼ = ±xⱼ/|xⱼ|
 *
 * Such a v exists unless Σ_gain aⱼ + Σ λⱼaⱼ = 0 for some λ ≥ 0. If the sum cannot be zero, its shortest value
 * is such a v. [LawsonHanson1974, ch. 23]
 */
import { Matrix, solve } from "ml-matrix";
import { normOf } from "../numerics/norm.ts";
import type { Loss } from "./loss.ts";
import { lossFunction } from "./loss.ts";
import { FAR, zeroOf } from "./zeroOf.ts";

/** Whether the search below takes less than about half a second: its time grows as columns·k² + k⁵. */
export function isShortSearch(columns: number, k: number): boolean {
  return k <= 40 && columns * k <= 4e5;
}

/** Whether the loss of some sample, taken alone, falls for ever in either direction. */
export function mayFall(loss: Loss, targets: Float64Array): boolean {
  return [...new Set(targets)].some((y) => {
    const { up, down } = waysOf(loss, y);
    return up === "falls" || down === "falls";
  });
}

/** Whether the loss of n samples, of k inputs each, falls for ever along some direction. */
export function fallsForEver(loss: Loss, inputs: Float64Array, targets: Float64Array, k: number): boolean {
  const ways = new Map<number, Ways>();
  const columns: number[][] = [];
  const sum = new Array<number>(k).fill(0);
  let gains = 0;
  for (const [j, y] of targets.entries()) {
    const x = Array.from(inputs.subarray(j * k, (j + 1) * k));
    const size = Math.hypot(...x);
    if (size === 0) continue;
    let way = ways.get(y);
    if (way === undefined) {
      way = waysOf(loss, y);
      ways.set(y, way);
    }
    for (const sign of [1, -1] as const) {
      const [ahead, back] = sign > 0 ? [way.up, way.down] : [way.down, way.up];
      const column = x.map((value) => (sign * value) / size);
      if (back === "rises") columns.push(column);
      if (ahead !== "falls") continue;
      gains++;
      for (let a = 0; a < k; a++) sum[a]! += column[a]!;
    }
  }
  return exists(sum, columns, gains);
}

/**
 * The same for the cross-entropy of m outputs, as a loss of the m·k entries of the output matrix. It does not
 * rise along V if Vxⱼ is largest at every output c whose target is above 0, and it falls if another output is
 * smaller. With all pairs c, e of outputs, aⱼ = (e_c − e_e) xⱼᵀ/√2|xⱼ|.
 */
export function crossEntropyFallsForEver(inputs: Float64Array, targets: Float64Array, k: number, m: number): boolean {
  const columns: number[][] = [];
  const sum = new Array<number>(m * k).fill(0);
  let gains = 0;
  for (let j = 0; j < targets.length / m; j++) {
    const x = inputs.subarray(j * k, (j + 1) * k);
    const size = Math.SQRT2 * normOf(x);
    if (size === 0) continue;
    for (let c = 0; c < m; c++) {
      if (targets[j * m + c] === 0) continue;
      for (let e = 0; e < m; e++) {
        if (e === c) continue;
        const column = new Array<number>(m * k).fill(0);
        for (let a = 0; a < k; a++) {
          column[c * k + a] = x[a]! / size;
          column[e * k + a] = -x[a]! / size;
        }
        columns.push(column);
        if (targets[j * m + e]! > 0) continue;
        gains++;
        for (let i = 0; i < sum.length; i++) sum[i]! += column[i]!;
      }
    }
  }
  return exists(sum, columns, gains);
}

function exists(sum: readonly number[], columns: readonly (readonly number[])[], gains: number): boolean {
  return gains > 0 && Math.hypot(...leastSum(sum, columns)) > 1e-9 * gains;
}

/** How the loss of a sample changes as its prediction goes to +∞ and −∞. */
interface Ways {
  readonly up: "rises" | "falls" | "flat";
  readonly down: "rises" | "falls" | "flat";
}

function waysOf(loss: Loss, y: number): Ways {
  const { derivative } = lossFunction(loss);
  const way = (sign: 1 | -1): Ways["up"] => {
    const rise = (f: number): number => sign * derivative(sign * f, y);
    let f = 2 ** -60;
    let last = rise(f);
    // A function that overflows is judged by its values before the overflow.
    for (; f <= FAR; f *= 2) {
      const value = rise(f);
      if (Number.isNaN(value)) break;
      last = value;
    }
    if (last > 0) return "rises";
    if (last < 0) return "falls";
    return zeroOf((distance) => -rise(Math.abs(distance))) === Infinity ? "falls" : "flat";
  };
  return { up: way(1), down: way(-1) };
}

/** The shortest sum + Σ λⱼ columnⱼ with λ ≥ 0. */
function leastSum(sum: readonly number[], columns: readonly (readonly number[])[]): number[] {
  const lambda = new Array<number>(columns.length).fill(0);
  const passive: number[] = [];
  const residualOf = (): number[] =>
    sum.map((value, a) => passive.reduce((total, j) => total + lambda[j]! * columns[j]![a]!, value));
  const slack = 1e-12 * Math.max(1, Math.hypot(...sum));
  for (let round = 0; round < 3 * columns.length + 10; round++) {
    const residual = residualOf();
    let least = -slack;
    let enters = -1;
    for (const [j, column] of columns.entries()) {
      if (passive.includes(j)) continue;
      const along = column.reduce((total, value, a) => total + value * residual[a]!, 0);
      if (along < least) [least, enters] = [along, j];
    }
    if (enters < 0) return residual;
    passive.push(enters);
    for (;;) {
      const matrix = new Matrix(passive.map((j) => [...columns[j]!])).transpose();
      const best = solve(matrix, Matrix.columnVector(sum.map((value) => -value)), true).to1DArray();
      if (best.every((value) => value > 0)) {
        for (const [p, j] of passive.entries()) lambda[j] = best[p]!;
        break;
      }
      // Moves towards the least-squares solution as far as all λ stay positive. A λ that reaches 0 leaves the
      // active set.
      let share = 1;
      for (const [p, j] of passive.entries()) {
        if (best[p]! <= 0) share = Math.min(share, lambda[j]! / (lambda[j]! - best[p]! || 1));
      }
      for (const [p, j] of passive.entries()) lambda[j]! += share * (best[p]! - lambda[j]!);
      for (let p = passive.length - 1; p >= 0; p--) {
        const j = passive[p]!;
        if (lambda[j]! <= 1e-15 * Math.max(...passive.map((i) => lambda[i]!))) {
          lambda[j] = 0;
          passive.splice(p, 1);
        }
      }
      if (passive.length === 0) break;
    }
  }
  return residualOf();
}
