/**
 * λ-balanced layers on whitened inputs, E[xxᵀ] = σ²1 on the inputs' span: with b = γσ²h,
 *
 *     A = √|b| W₂/√η_u   C = √|b| W₁/√η_w   Σ = sgn(γ) E[yxᵀ]   t' = 2k|γ|h t      AᵀA − CCᵀ = |b|λ1
 *
 * is the equation of `balancedSolution`, of which W₂W₁ = AC/|γ|σ², G = sgn(γ)(Σ − AC). [BraunEtAl2022;
 * DomineEtAl2025; KuninEtAl2024]
 *
 * Weight decay at one pace in both layers, m = 2η_uμ_u = 2η_wμ_w, multiplies λ by e^{−mt}. For λ = 0 the
 * equation keeps its form with F − ν1 in place of F, ν = m/(4k|γ|h): training ends with the singular values
 * (sᵢ − ν)₊/(|γ|σ²) of W₂W₁, sᵢ those of Σ.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { requireTime } from "../../door/arguments.ts";
import { FeatureLearningError } from "../../door/error.ts";
import { inTheirSpan } from "../../matrix/hiddenSpan.ts";
import { layersOf } from "../../matrix/layersOf.ts";
import { alongInputs, type Frame, type MatrixState, matrixSnapshot, outsideOf, squareLosses } from "../../matrix/matrixState.ts";
import type { BalancedFlow } from "../../model/flow.ts";
import { weightsInForm } from "../../model/matrixForm.ts";
import { isMatrixLayers, type MatrixLayers } from "../../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import { lossPrefactor, type Network } from "../../model/network.ts";
import { notesOf } from "../../model/notes.ts";
import { matrices } from "../../model/protocol.ts";
import type { MatrixProblem } from "../../model/readProblem.ts";
import { decaysOf, hasDecay, shrinkage } from "../../model/weightDecay.ts";
import { largestEntry, timesWide } from "../../numerics/matrices.ts";
import { product, quotient, squareRoot, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import { balancedSolution } from "../matrixRiccati/matrixSolution.ts";

/** What rounding leaves of equal variances. */
const WHITE = 1e-12;

/**
 * By how much AᵀA − CCᵀ may differ from λ1, between two hidden directions, in units of their sizes; and of
 * the largest, by rounding.
 */
const BALANCE = 1e-10;
const ROUNDING_OF_BALANCE = 1e-14;

/**
 * The largest square of a layer, or correlation, in the units of the equation: their sums and products stay
 * in range.
 */
const LARGEST = 1e290;

/** λ and the layers in the units of W/√η, or why there is no such λ. */
export type Balance =
  | { readonly lambda: number; readonly Q: Matrix }
  | { readonly unbalanced: string; readonly overflows?: boolean };

/** Whether the problem is of λ-balanced layers on whitened inputs. */
export function balanceOf(state: MatrixState): Balance {
  const { network, support, layers: given, start, yx } = state;
  const { u, w } = network.learningRates;
  if (u === 0 || w === 0) return { unbalanced: "a layer is frozen" };
  if (network.outputScale === 0) return { unbalanced: "the output scale is 0" };
  const [most, least] = [Math.max(...support.variances), Math.min(...support.variances)];
  if (support.variances.length === 0) return { unbalanced: "there are no inputs" };
  if (most - least > WHITE * most)
    return {
      unbalanced: `the inputs are not whitened: their variances go from ${least.toPrecision(3)} to ${most.toPrecision(3)}`,
    };
  const square = Math.max(largestEntry(start.uu) / u, largestEntry(start.ww) / w);
  const size = toNumber(product(square, network.outputScale, most, Math.sqrt(u), Math.sqrt(w)));
  const magnitudes = { "the layers": Math.abs(size), "the correlation": largestEntry(yx), "the decay": loweringOf(network) };
  const tooLarge = Object.entries(magnitudes).flatMap(([name, value]) => (value < LARGEST ? [] : [name]));
  if (tooLarge.length > 0)
    return {
      unbalanced: `numbers overflow double precision in the units of the equation (${tooLarge.join(" and ")}): rescale the problem`,
      overflows: true,
    };
  const layers = given === undefined ? layersOf(state) : inTheirSpan(given);
  const [r, m, d] = [layers.W1.columns, layers.W2.rows, layers.W1.rows];
  const Q = new Matrix(r + m, d);
  Q.setSubMatrix(Matrix.div(layers.W1.transpose(), Math.sqrt(w)), 0, 0);
  Q.setSubMatrix(Matrix.div(layers.W2, Math.sqrt(u)), r, 0);
  const { diagonal: sizes, leftSingularVectors: U } = new SingularValueDecomposition(Q, { autoTranspose: true });
  const [inner, outer] = [U.subMatrix(0, r - 1, 0, sizes.length - 1), U.subMatrix(r, r + m - 1, 0, sizes.length - 1)];
  const tilt = Matrix.sub(outer.transpose().mmul(outer), inner.transpose().mmul(inner));
  const largest = sizes[0]!;
  if (largest === 0) return { lambda: 0, Q };
  const shares = sizes.map((size) => (size / largest) ** 2);
  const weight = shares.reduce((sum, share) => sum + share * share, 0);
  const relative = shares.reduce((sum, share, i) => sum + (share * share * share * tilt.get(i, i)) / weight, 0);
  let worst = 0;
  for (let i = 0; i < sizes.length; i++) {
    for (let j = 0; j <= i; j++) {
      const size = Math.sqrt(shares[i]!) * Math.sqrt(shares[j]!);
      // Hidden directions that are not there at all have no balance.
      if (i === j && shares[i]! < ROUNDING_OF_BALANCE * ROUNDING_OF_BALANCE) continue;
      const off = Math.abs(size * tilt.get(i, j) - (i === j ? relative : 0));
      if (off > ROUNDING_OF_BALANCE * sizes.length) worst = Math.max(worst, off / size);
    }
  }
  if (worst > BALANCE)
    return {
      unbalanced: `the layers are not λ-balanced: W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w is off λ1 by ${worst.toPrecision(2)} of its size`,
    };
  const lambda = Math.abs(relative) > ROUNDING_OF_BALANCE ? relative * largest * largest : 0;
  if (lambda !== 0 && hasDecay(network)) return { unbalanced: unbalancedUnderDecay(lambda) };
  return { lambda, Q };
}

function unbalancedUnderDecay(lambda: number): string {
  return (
    `under weight decay λ-balanced layers have a closed form where λ is 0, and it is ${lambda.toPrecision(2)}: ` +
    "W₂ᵀW₂/η_u must be W₁W₁ᵀ/η_w, as of lambdaBalancedLayers"
  );
}

/** ν, by how much the decay lowers each eigenvalue of the equation. */
function loweringOf(network: Network): number {
  const { u, w } = network.learningRates;
  const decays = decaysOf(network);
  const m = sum(product(u, decays.u), product(w, decays.w));
  return toNumber(quotient(m, product(4 * lossPrefactor(network), Math.abs(network.outputScale), Math.sqrt(u), Math.sqrt(w))));
}

export function balancedFlow(
  problem: MatrixProblem,
  state: MatrixState,
  { lambda, Q }: { readonly lambda: number; readonly Q: Matrix },
  { state: { yx }, inputs, outputs }: Frame,
): BalancedFlow {
  const { network, support, start } = state;
  const { u, w } = network.learningRates;
  const [gamma, k, h] = [network.outputScale, lossPrefactor(network), Math.sqrt(u) * Math.sqrt(w)];
  const [m, r] = [yx.rows, yx.columns];
  // |γ|σ², b = |γ|σ²h and dt'/dt, in range whatever their factors are.
  const strength = product(Math.abs(gamma), support.variances[0]!);
  const unit = product(strength, h);
  const root = squareRoot(unit);
  const pace = product(2 * k * Math.abs(gamma), h);
  const clock = (t: number): number => (t === Infinity ? t : toNumber(product(pace, t)));
  const sign = Math.sign(gamma);
  const solution = balancedSolution({
    lambda: toNumber(product(unit, lambda)),
    sigma: Matrix.mul(yx, sign),
    Q0: timesWide(Q, root),
    decay: loweringOf(network),
  });
  const block = (Y: Matrix, row: number, column: number, height: number, width: number, factor: Wide): Matrix =>
    timesWide(Y.subMatrix(row, row + height - 1, column, column + width - 1), factor);
  const at = (t: number): MatrixSnapshot => {
    checkTime("at", t);
    const Y = solution.gramAt(clock(t));
    const now = {
      uu: turned(outputs, block(Y, r, r, m, m, quotient(wide(u), unit)), outputs),
      ww: turned(inputs, block(Y, 0, 0, r, r, quotient(wide(w), unit)), inputs),
      uw: turned(outputs, block(Y, r, 0, m, r, quotient(wide(1), strength)), inputs),
    };
    const residual = turned(outputs, solution.residualAt(clock(t)).mul(sign), inputs);
    return matrixSnapshot(state, t, t === 0 ? start : now, residual, squareLosses(state, residual));
  };
  const flow = {
    method: "exact" as const,
    family: "balanced" as const,
    because: reasonOf(network, lambda),
    problem: problem.given,
    ...notesOf(problem.task),
    from: 0,
    until: Infinity,
    lambda,
    rates: Float64Array.from(solution.rates, (rate) => toNumber(product(2, pace, rate))),
    limit: at(Infinity),
    at,
    [matrices]: problem,
  };
  const { initial } = problem;
  const { layersAt } = solution;
  // Layers of one rank in several neurons have a basis of their own: only one neuron is known as it stands.
  if (layersAt === undefined || !isMatrixLayers(initial) || initial.W1.rows > 1) return flow as BalancedFlow;
  // What no input reaches only decays.
  const { w: fading } = shrinkage(network);
  const shrunk = (t: number): number => (fading > 0 ? Math.exp(-fading * t) : 1);
  const rest = outsideOf(initial.W1, alongInputs(support, state.layers!.W1));
  const weightsAt = (t: number): MatrixLayers => {
    checkTime("weights", t);
    if (t === 0) return { W2: initial.W2.clone(), W1: initial.W1.clone() };
    const now = layersAt(clock(t));
    const w1 = turned(inputs, block(now, 0, 0, r, 1, quotient(squareRoot(wide(w)), root)), undefined);
    const W2 = turned(outputs, block(now, r, 0, m, 1, quotient(squareRoot(wide(u)), root)), undefined);
    const W1 = alongInputs(support, w1.transpose());
    return { W2, W1: W1.add(Matrix.mul(rest, shrunk(t))) };
  };
  return { ...flow, weights: weightsInForm(problem, weightsAt) } as BalancedFlow;
}

function reasonOf(network: Network, lambda: number): string {
  if (hasDecay(network)) return "balanced layers on whitened inputs that decay at one pace have a closed form";
  return `λ-balanced layers on whitened inputs, λ = ${lambda.toPrecision(6)}, have the closed form of Braun, Dominé and Kunin`;
}

/** L·M·Rᵀ; undefined for directions that are those of M. */
function turned(left: Matrix | undefined, matrix: Matrix, right: Matrix | undefined): Matrix {
  const rows = left === undefined ? matrix : left.mmul(matrix);
  return right === undefined ? rows : rows.mmul(right.transpose());
}

function checkTime(where: string, t: unknown): void {
  requireTime(where, t);
  if (t < 0) throw new FeatureLearningError("out-of-range", `${where}: t is ${t}; a flow of balanced layers begins at t = 0.`);
}
