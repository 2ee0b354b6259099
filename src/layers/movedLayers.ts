/**
 * The layers of a linear network on one direction after training, by flow or by descent: their overlap,
 * snapshot and weights. Training multiplies every (uᵢ, wᵢ) by the same 2×2 matrix. At any width the state is
 * eight numbers: four for the matrix, and four for the layers in the plane that they span,
 *
 *     together u = C u₀ + η_u E w₀, w = C w₀ + η_w E u₀ (C, E, C + hE, C − hE, u₁, u₂, w₁, w₂)
 *     apart u = a u₀ + b w₀, w = c u₀ + e w₀ (a|u₀|, b|w₀|, c|u₀|, e|w₀|, u₁, u₂, w₁, w₂)
 *
 * Which of them are most accurate depends on the course of training. In the case "apart", weights are
 * computed from the plane.
 */

import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import { FIELD } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import { normOf } from "../numerics/norm.ts";
import { product, quotient, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";
import { addDecay } from "./decayedSharpness.ts";
import { scaleLayers } from "./layerSums.ts";
import { type LayerConstants, layerConstants, observe } from "./observe.ts";
import { isPlain, observePlainly, plainConstantsOf } from "./observePlainly.ts";
import { type PlaneWeights, planeWeights } from "./planeWeights.ts";
import { type Start, startFromOrderParameters } from "./start.ts";
import { overlapAfter, overlapConstants, partsIfNeeded, startAfter, type Transfer, transferWeights } from "./transfer.ts";

export interface MovedLayers {
  /** The state at the start. */
  readonly initial: Float64Array;
  /** S. */
  overlap(state: Float64Array): number;
  /** Writes the snapshot at time t: field f goes to values[offset + FIELD[f]·stride]. */
  record(t: number, state: Float64Array, values: Float64Array, offset: number, stride: number): void;
  /** Fills `out` with the weights, if training started from weights. */
  readonly weights: ((state: Float64Array, out: Weights) => void) | undefined;
}

/** Layers that move by a common angle, or shear, at the same rate. */
export function movedTogether(network: Network, objective: Objective, start: Start, initial: Initial): MovedLayers {
  const constants = overlapConstants(start, network.learningRates);
  const overlap = (m: Float64Array): number => overlapAfter(constants, m[0]!, m[1]!, m[2]!, m[3]!, m[4]! * m[6]!, m[5]! * m[7]!);
  const still = start.P.m === 0 && start.Q.m === 0;
  const plainRow = still ? undefined : plainRowOf(network, objective, start);
  return {
    initial: Float64Array.of(1, 0, 1, 1, ...(isLopsided(start) ? [NaN, NaN, NaN, NaN] : planeOfGiven(start))),
    overlap,
    record(t, state, values, offset, stride) {
      if (plainRow !== undefined && t !== 0 && plainRow(overlap(state), state, values, offset, stride)) {
        values[offset] = t;
        return;
      }
      const S = t === 0 ? constants.S : overlap(state);
      const layers = layerConstants(network, startAfter(start, transferOf(state, start), wide(S)), objective.zz);
      const direction = t === 0 ? firstDirection(network, objective, start) : 0;
      recordMoved(network, objective, layers, t, S, direction, values, offset, stride);
      if (t === 0 || still) putGiven(start.given, values, offset, stride);
    },
    weights: isWeights(initial) ? weightsTogether(network, start, initial) : undefined,
  };
}

/** Writes a row except its time, for the overlap S. Returns false, and writes nothing, if it cannot. */
type PlainRow = (S: number, state: Float64Array, values: Float64Array, offset: number, stride: number) => boolean;

/** The rows of layers and networks of ordinary size; undefined for others. */
function plainRowOf(network: Network, objective: Objective, start: Start): PlainRow | undefined {
  const constants = plainConstantsOf(network, objective.zz);
  const [P0, Q0, area0, delta0] = [start.P, start.Q, start.area, start.delta].map(toNumber) as [number, number, number, number];
  if (constants === undefined || ![P0, Q0, area0, delta0].every(isPlain)) return undefined;
  const { gamma } = constants;
  return (S, state, values, offset, stride) => {
    // The factor of a part that is zero may have overflowed.
    const rise = P0 === 0 ? 0 : state[2]!;
    const fall = Q0 === 0 ? 0 : state[3]!;
    const P = P0 * rise * rise;
    const Q = Q0 * fall * fall;
    if (!(isPlain(rise) && isPlain(fall) && isPlain(P) && isPlain(Q))) return false;
    const output = gamma * S;
    const g = objective.residual(output);
    const curvature = objective.curvature === undefined ? NaN : gamma * gamma * objective.curvature(output);
    const area = Math.abs(area0 * rise * fall);
    const written = observePlainly(
      constants,
      S,
      g,
      Math.sqrt(P) * Math.sqrt(Q),
      area,
      delta0 * rise * fall,
      curvature,
      values,
      offset,
      stride,
    );
    if (!written) return false;
    values[offset + FIELD.loss * stride] = objective.loss(output);
    values[offset + FIELD.excessLoss * stride] = objective.excess(output);
    addDecay(network, curvature, values, offset, stride);
    return true;
  };
}

/** The state as a transfer. The factor of a part that is zero may have overflowed. */
function transferOf([C, E, rise, fall]: Float64Array, { P, Q }: Start): Transfer {
  return {
    cosh: wide(C!),
    sinhOverH: wide(E!),
    rise: P.m === 0 ? ZERO : wide(rise!),
    fall: Q.m === 0 ? ZERO : wide(fall!),
  };
}

function weightsTogether(network: Network, start: Start, initial: Weights): NonNullable<MovedLayers["weights"]> {
  const layers = scaleLayers(initial, network.learningRates.u, network.learningRates.w);
  const parts = partsIfNeeded(layers, start.P, start.Q);
  return (state, out) => transferWeights(transferOf(state, start), layers, parts, out);
}

/** Layers that move at different rates. */
export function movedApart(network: Network, objective: Objective, start: Start, initial: Initial): MovedLayers {
  // Squares of the smallest weights underflow; their norms do not.
  const [U, W] = isWeights(initial)
    ? [normOf(initial.u), normOf(initial.w)]
    : [Math.sqrt(start.given.uu), Math.sqrt(start.given.ww)];
  const overlap = (m: Float64Array): number => m[4]! * m[6]! + m[5]! * m[7]!;
  return {
    initial: Float64Array.of(U, 0, 0, W, ...planeOf(start, U, W)),
    overlap,
    record(t, state, values, offset, stride) {
      const [u1, u2, w1, w2] = state.subarray(4) as unknown as [number, number, number, number];
      const S = t === 0 ? start.given.uw : overlap(state);
      const parameters = { uu: u1 * u1 + u2 * u2, ww: w1 * w1 + w2 * w2, uw: S, area: Math.abs(u1 * w2 - u2 * w1) };
      const layers = layerConstants(network, startFromOrderParameters(parameters, network.learningRates), objective.zz);
      const direction = t === 0 ? firstDirection(network, objective, start) : 0;
      recordMoved(network, objective, layers, t, S, direction, values, offset, stride);
      // A norm that the kernel does not contain is computed from the plane. An example is a decaying layer
      // whose partner is frozen at zero.
      putGiven(t === 0 ? start.given : parameters, values, offset, stride);
    },
    weights: isWeights(initial) ? weightsApart(initial, planeOf(start, U, W)) : undefined,
  };
}

function weightsApart(initial: Weights, plane: [number, number, number, number]): NonNullable<MovedLayers["weights"]> {
  let read: PlaneWeights | undefined;
  return (state, out) => {
    read ??= planeWeights(initial, plane);
    read(state, 4, out);
  };
}

/**
 * Whether nearly all weight is in one part. Rounding errors in the plane would then grow beyond the size of
 * the other part.
 */
function isLopsided({ P, Q }: Start): boolean {
  const share = toNumber(quotient(P, Q));
  return !(share > 2 ** -10 && share < 2 ** 10);
}

function planeOfGiven(start: Start): [number, number, number, number] {
  return planeOf(start, Math.sqrt(start.given.uu), Math.sqrt(start.given.ww));
}

/** u and w in the plane that they span, from their norms. The first axis is along the longer one. */
function planeOf({ S, area }: Start, u: number, w: number): [number, number, number, number] {
  const long = Math.max(u, w);
  if (long === 0) return [0, 0, 0, 0];
  const along = toNumber(quotient(S, wide(long)));
  const across = toNumber(quotient(area, wide(long)));
  return u >= w ? [long, 0, along, across] : [along, across, long, 0];
}

function recordMoved(
  network: Network,
  objective: Objective,
  layers: LayerConstants,
  t: number,
  S: number,
  direction: number,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  const output = network.outputScale * S;
  const g = objective.residual(output);
  const curvature = curvatureOf(network, objective, output);
  observe(layers, { S, SExp: 0, g, gExp: 0 }, curvature, direction, values, offset, stride);
  values[offset + FIELD.t * stride] = t;
  values[offset + FIELD.loss * stride] = objective.loss(output);
  values[offset + FIELD.excessLoss * stride] = objective.excess(output);
  addDecay(network, curvature, values, offset, stride);
}

/** ∂²L/∂S². */
function curvatureOf({ outputScale }: Network, { curvature }: Objective, output: number): Wide | undefined {
  return curvature === undefined ? undefined : product(outputScale, outputScale, curvature(output));
}

/** The limit of cos ζ if it is 0/0: a zero layer starts to grow parallel or antiparallel to the other one. */
function firstDirection(network: Network, objective: Objective, { given: { uu, ww } }: Start): number {
  const { u, w } = network.learningRates;
  const grows = (uu === 0 && ww > 0 && u > 0) || (ww === 0 && uu > 0 && w > 0);
  return grows ? Math.sign(network.outputScale * objective.residual(0)) : 0;
}

function putGiven(parameters: Start["given"], values: Float64Array, offset: number, stride: number): void {
  values[offset + FIELD.uu * stride] = parameters.uu;
  values[offset + FIELD.ww * stride] = parameters.ww;
  values[offset + FIELD.uw * stride] = parameters.uw;
}
