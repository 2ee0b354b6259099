/**
 * A linear network on one direction whose layers go at paces of their own (weight decay at different rates, a schedule for each layer): all
 * neurons move by one 2×2 matrix, u = a u₀ + b w₀, w = c u₀ + e w₀, with G = 2kγ g(γS),
 *
 *     ȧ = s_u η_u (Gc − μa)   ḃ = s_u η_u (Ge − μb)   ċ = s_w η_w (Ga − μc)   ė = s_w η_w (Gb − μe)
 *
 * The unknowns are (a|u₀|, b|w₀|, c|u₀|, e|w₀|), of the size of weights, and u and w in the plane that they span.
 */
import type { MovedLayers } from "../../layers/movedLayers.ts";
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import { type Reduction, sizeAboveFloor, slowestDecay } from "./reduction.ts";

export function twoByTwo(
  network: Network,
  objective: Objective,
  layers: MovedLayers,
  schedules: LayerSchedules | undefined,
): Reduction {
  const { outputScale: gamma, learningRates: rates, weightDecay: mu } = network;
  const slowest = slowestDecay(network);
  const { weights } = layers;
  return {
    because:
      "the two layers of a linear network on one direction go at paces of their own: a 2×2 matrix moves all neurons, at any width",
    system: {
      dimension: 8,
      derivative: (t, y, out) => {
        const G = 2 * objective.k * gamma * objective.residual(gamma * layers.overlap(y));
        const u = schedules === undefined ? rates.u : rates.u * schedules.u.factor(t);
        const w = schedules === undefined ? rates.w : rates.w * schedules.w.factor(t);
        for (let i = 0; i < 8; i += 4) {
          out[i] = u * (G * y[i + 2]! - mu * y[i]!);
          out[i + 1] = u * (G * y[i + 3]! - mu * y[i + 1]!);
          out[i + 2] = w * (G * y[i]! - mu * y[i + 2]!);
          out[i + 3] = w * (G * y[i + 1]! - mu * y[i + 3]!);
        }
      },
      ...(mu > 0 ? { slowest: () => slowest, size: sizeAboveFloor(layers.initial) } : {}),
    },
    initial: layers.initial,
    autonomous: schedules === undefined,
    bounds: [],
    record: (t, y, values, offset, stride) => layers.record(t, y, values, offset, stride),
    weights: weights && ((_t, y, out) => weights(y, out)),
  };
}
