/**
 * The flattest of all minima with the same output F = γW₂W₁. At a minimum, the nonzero curvatures are the
 * eigenvalues of K[V] = γ²R(η_u R V P + η_w Q V R). Here R² is the Hessian of the loss in F, which must be
 * the same for every output, P = W₁ᵀW₁ and Q = W₂W₂ᵀ. Layers with this F have P ≥ FᵀQ⁻¹F/γ², and only the
 * largest eigenvalue α of Q matters, so that Q = α1 is optimal:
 *
 *     least top curvature = min over α > 0 of λ(α),   λ(α) = the top eigenvalue of η_u R FᵀF R/α + αγ²η_w R²
 *
 * With the eigenvector at one α, λ ≥ p/α + qα at every other: these bounds converge to the minimum. For
 * whitened inputs, E[xxᵀ] = σ²1, it is 4k|γ|√(η_uη_w)σ² times the largest singular value of F.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Network } from "../model/network.ts";
import { frobeniusNorm, timesWide } from "../numerics/matrices.ts";
import { quotient, wide } from "../numerics/wide.ts";
import { type CurvedData, type Rates, topCurvature, topCurvatureOfLayers } from "./curvature.ts";

/** Bounds p/α + qα of λ(α). */
interface Bound {
  readonly p: number;
  readonly q: number;
}

const TOLERANCE = 1e-12;
const MOST_BOUNDS = 60;
/** Singular values of F below this share of the largest are rounding error. */
const ROUNDING_OF_SINGULAR_VALUES = 1e-12;

/**
 * The smallest top curvature among layers with the output F = γ`overlap`. Undefined if the residual
 * contributes to the curvature, so that this theory does not apply. The curvature must be the same for every
 * output.
 */
export function flattestCurvature(network: Network, data: CurvedData, overlap: Matrix, rates: Rates): number | undefined {
  const norm = frobeniusNorm(overlap);
  if (norm === 0 || network.outputScale === 0 || rates.u === 0 || rates.w === 0) return 0;
  const flat: CurvedData = { ...data, residual: (_F, G) => void G.fill(0) };
  const layersAt = splitOf(overlap);
  // In units in which both layers have the same size in the rates.
  const unit = norm * Math.sqrt(rates.u / rates.w);
  const bounds: Bound[] = [];
  let alpha = 1;
  let best = { alpha, value: Infinity };
  for (let n = 0; n < MOST_BOUNDS; n++) {
    const { value, u, w } = topCurvatureOfLayers(network, flat, layersAt(alpha * unit), rates);
    if (value < best.value) best = { alpha, value };
    // A change of W₂ is multiplied by W₁, and P decreases with α.
    bounds.push({ p: u * alpha, q: w / alpha });
    const lowest = lowestOf(bounds);
    if (lowest === undefined || !(best.value - lowest.value > TOLERANCE * best.value)) break;
    alpha = lowest.alpha;
  }
  const curvature = topCurvature(network, data, layersAt(best.alpha * unit), rates);
  return curvature <= best.value * (1 + ATTAINED) ? best.value : undefined;
}

/**
 * The largest share that the residual may contribute to the top curvature, from rounding or an unfinished
 * flow.
 */
const ATTAINED = 1e-8;

/** Layers of the overlap with W₂W₂ᵀ = α1 on its outputs, in as many neurons as it has directions. */
function splitOf(overlap: Matrix): (alpha: number) => MatrixLayers {
  const { leftSingularVectors, diagonal } = new SingularValueDecomposition(overlap, { autoTranspose: true });
  const rank = diagonal.filter((value) => value > ROUNDING_OF_SINGULAR_VALUES * diagonal[0]!).length;
  const O = leftSingularVectors.subMatrix(0, overlap.rows - 1, 0, rank - 1);
  const along = O.transpose().mmul(overlap);
  return (alpha) => {
    const root = Math.sqrt(alpha);
    return { W2: Matrix.mul(O, root), W1: timesWide(along, quotient(wide(1), wide(root))) };
  };
}

/** The α that minimises the largest of the bounds, and the minimum; undefined if it is at α = 0 or ∞. */
function lowestOf(bounds: readonly Bound[]): { readonly alpha: number; readonly value: number } | undefined {
  const places = bounds.map(({ p, q }) => Math.sqrt(p / q));
  for (const [i, a] of bounds.entries()) for (const b of bounds.slice(0, i)) places.push(Math.sqrt((a.p - b.p) / (b.q - a.q)));
  let lowest: { alpha: number; value: number } | undefined;
  for (const alpha of places) {
    if (!(alpha > 0 && alpha < Infinity)) continue;
    const value = bounds.reduce((most, { p, q }) => Math.max(most, p / alpha + q * alpha), 0);
    if (lowest === undefined || value < lowest.value) lowest = { alpha, value };
  }
  return lowest;
}
