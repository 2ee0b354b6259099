/**
 * A linear network on one direction whose layers go at paces of their own (weight decay at different rates, a schedule for each layer): all
 * neurons move by one 2×2 matrix, u = a u₀ + b w₀, w = c u₀ + e w₀, with G = 2kγ g(γS),
 *
 *     ȧ = s_u η_u (Gc − μa)   ḃ = s_u η_u (Ge − μb)   ċ = s_w η_w (Ga − μc)   ė = s_w η_w (Gb − μe)
 *
 * The unknowns are (a|u₀|, b|w₀|, c|u₀|, e|w₀|), of the size of weights; in the plane of the two layers they are the layers themselves.
 */
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { layerConstants } from "../model/observe.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import type { Schedule } from "../model/schedule.ts";
import { type Start, startFromOrderParameters } from "../model/start.ts";
import { toNumber } from "../numerics/wide.ts";
import { recordLinear } from "./recordLinear.ts";
import type { Reduction } from "./reduction.ts";

export interface LayerSchedules {
  readonly u: Schedule;
  readonly w: Schedule;
}

export function twoByTwo(
  network: Network,
  objective: Objective,
  start: Start,
  initial: Initial,
  schedules: LayerSchedules | undefined,
): Reduction {
  const { outputScale: gamma, learningRates: rates, weightDecay: mu } = network;
  const { uu, ww } = start.given;
  const U = Math.sqrt(uu);
  const W = Math.sqrt(ww);
  // The unit vectors of the layers, û₀ = (1, 0) and ŵ₀ = (cos ζ, sin ζ).
  const norms = U * W;
  const area0 = toNumber(start.area);
  const cos = norms > 0 ? toNumber(start.S) / norms : 1;
  const sin = norms > 0 ? area0 / norms : 0;
  const overlapOf = ([a, b, c, e]: Float64Array): number => (a! + b! * cos) * (c! + e! * cos) + b! * sin * (e! * sin);
  const { u: etaU, w: etaW } = rates;
  const slowest = mu * Math.min(etaU > 0 ? etaU : Infinity, etaW > 0 ? etaW : Infinity);

  return {
    because:
      "the two layers of a linear network on one direction go at paces of their own: a 2×2 matrix moves all neurons, at any width",
    system: {
      dimension: 4,
      derivative: (t, y, out) => {
        const G = 2 * objective.k * gamma * objective.residual(gamma * overlapOf(y));
        const u = schedules === undefined ? etaU : etaU * schedules.u.factor(t);
        const w = schedules === undefined ? etaW : etaW * schedules.w.factor(t);
        out[0] = u * (G * y[2]! - mu * y[0]!);
        out[1] = u * (G * y[3]! - mu * y[1]!);
        out[2] = w * (G * y[0]! - mu * y[2]!);
        out[3] = w * (G * y[1]! - mu * y[3]!);
      },
      ...(mu > 0 ? { slowest: () => slowest } : {}),
    },
    initial: Float64Array.of(U, 0, 0, W),
    autonomous: schedules === undefined,
    bounds: [],
    record(t, y, values, offset, stride) {
      const [a, b, c, e] = y as unknown as [number, number, number, number];
      const S = t === 0 ? start.given.uw : overlapOf(y);
      const now = {
        uu: t === 0 ? uu : (a + b * cos) ** 2 + (b * sin) ** 2,
        ww: t === 0 ? ww : (c + e * cos) ** 2 + (e * sin) ** 2,
        uw: S,
        area: t === 0 ? area0 : Math.abs((a * e - b * c) * sin),
      };
      const layers = layerConstants(network, startFromOrderParameters(now, rates));
      recordLinear(network, objective, layers, t, S, 0, values, offset, stride);
      values[offset + stride] = now.uu;
      values[offset + 2 * stride] = now.ww;
    },
    ...(isWeights(initial)
      ? {
          weights: (t, [a, b, c, e], out) => {
            if (t === 0) {
              out.u.set(initial.u);
              out.w.set(initial.w);
              return;
            }
            const fromU = U > 0 ? 1 / U : 0;
            const fromW = W > 0 ? 1 / W : 0;
            for (let i = 0; i < out.u.length; i++) {
              const u = initial.u[i]! * fromU;
              const w = initial.w[i]! * fromW;
              out.u[i] = a! * u + b! * w;
              out.w[i] = c! * u + e! * w;
            }
          },
        }
      : {}),
  };
}
