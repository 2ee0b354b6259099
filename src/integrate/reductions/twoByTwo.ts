/**
 * A linear network on one direction whose layers move at different rates (different weight decay, or a
 * schedule for each layer). All neurons are multiplied by one 2×2 matrix, u = a u₀ + b w₀, w = c u₀ + e w₀,
 * with G = 2kγ g(γS),
 *
 *     ȧ = s_u η_u (Gc − μ_u a) ḃ = s_u η_u (Ge − μ_u b) ċ = s_w η_w (Ga − μ_w c) ė = s_w η_w (Gb − μ_w e)
 *
 * The unknowns are (a|u₀|, b|w₀|, c|u₀|, e|w₀|), of the size of weights, and u and w in the plane that they
 * span.
 */
import type { MovedLayers } from "../../layers/movedLayers.ts";
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import { decaysOf, hasDecay } from "../../model/weightDecay.ts";
import { largestOf } from "../method/stepper.ts";
import { creeping, escaping, factorsAt, type Reduction, restOfWeights } from "./reduction.ts";
import { type Norms, outputScaleOf } from "./turnScale.ts";

/**
 * Heavy layers fit the data by a change far below their size. Errors of the weights are at most this many
 * times the relative tolerance of the outputs; a smaller number would make stiff systems slow.
 */
const COARSE = 1e6;

export function twoByTwo(
  network: Network,
  objective: Objective,
  layers: MovedLayers,
  schedules: LayerSchedules | undefined,
): Reduction {
  const { outputScale: gamma, learningRates: rates } = network;
  const mu = decaysOf(network);
  const { weights } = layers;
  const derivative = (factors: { readonly u: number; readonly w: number }, y: Float64Array, out: Float64Array): void => {
    const G = 2 * objective.k * gamma * objective.residual(gamma * layers.overlap(y));
    const u = rates.u * factors.u;
    const w = rates.w * factors.w;
    for (let i = 0; i < 8; i += 4) {
      out[i] = u * (G * y[i + 2]! - mu.u * y[i]!);
      out[i + 1] = u * (G * y[i + 3]! - mu.u * y[i + 1]!);
      out[i + 2] = w * (G * y[i]! - mu.w * y[i + 2]!);
      out[i + 3] = w * (G * y[i + 1]! - mu.w * y[i + 3]!);
    }
  };
  /** With dG/dS = −γ²L''. */
  const jacobian = (y: Float64Array, out: Float64Array): void => {
    const output = gamma * layers.overlap(y);
    const G = 2 * objective.k * gamma * objective.residual(output);
    const slope = -gamma * gamma * objective.curvature!(output);
    out.fill(0);
    for (let i = 0; i < 8; i++) {
      const isU = i % 4 < 2;
      const rate = isU ? rates.u : rates.w;
      const partner = isU ? i + 2 : i - 2;
      out[8 * i + partner] = rate * G;
      out[9 * i] = -rate * (isU ? mu.u : mu.w);
      // S = u₁w₁ + u₂w₂ of the layers in their plane.
      for (let j = 4; j < 8; j++) out[8 * i + j]! += rate * y[partner]! * slope * y[j < 6 ? j + 2 : j - 2]!;
    }
  };
  const first = largestOf(layers.initial);
  /** Positive until the layers have shrunk, and the matrix has grown, by e^230. */
  const beforeSaddle = (y: Float64Array): number =>
    Math.max(largestOf(y.subarray(4)) - SADDLE * first, first - SADDLE * largestOf(y.subarray(0, 4)));
  const outputs = outputScaleOf(objective, gamma * layers.overlap(layers.initial));
  return {
    because:
      "the two layers of a linear network on one direction move at different rates, so one 2×2 matrix describes all neurons at any width",
    system: {
      dimension: 8,
      derivative: (t, y, out) => derivative(factorsAt(schedules, t), y, out),
      size: (y) => {
        const { u, w } = normsInPlane(y);
        const largest = largestOf(y);
        // After a saddle the matrix is far larger than the layers, and its rounding errors limit the
        // accuracy.
        const isCoarse = outputs > 0 && largest <= 100 * (u + w);
        return isCoarse ? Math.min(largest, (COARSE * outputs) / (Math.abs(gamma) * (u + w))) : largest;
      },
      rough: objective.rough,
      mayBeStiff: schedules === undefined && objective.curvature !== undefined,
      jacobian,
      // Only the layers in their plane are checked, because the matrix rests when they do.
      rest: restOfWeights(network, schedules, (i) => (i < 4 ? undefined : i < 6 ? "u" : "w"), derivative),
    },
    initial: layers.initial,
    ...escaping(objective, hasDecay(network), (y) => gamma * layers.overlap(y)),
    ...(schedules === undefined ? creeping(network, objective, (y) => gamma * layers.overlap(y), normsInPlane) : {}),
    bounds: first > 0 ? [{ status: "converged", value: (_t, y) => beforeSaddle(y) }] : [],
    record: (t, y, values, offset, stride) => layers.record(t, y, values, offset, stride),
    weights: weights && ((_t, y, out) => weights(y, out)),
  };
}

/**
 * Layers that shrink by this factor while their matrix grows by its inverse are antiparallel to the last
 * digit. They end at the saddle, like layers without decay.
 */
const SADDLE = 1e-100;

function normsInPlane(y: Float64Array): Norms {
  return { u: Math.hypot(y[4]!, y[5]!), w: Math.hypot(y[6]!, y[7]!) };
}
