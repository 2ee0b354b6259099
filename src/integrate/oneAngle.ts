/**
 * A linear network on one direction, any loss, both layers at the same pace: all neurons turn by one angle θ, at any width,
 *
 *     θ̇ = 2kγh g(γS)     S = m²(S₀ cosh 2θ + B₀ sinh 2θ/2h)     m = e^{−νt}, ν = ημ with weight decay μ at equal rates η
 *
 * The unknown is ln of the mode that grows, z = ±θ − νt, which comes to rest where the network does. With a frozen layer h is 0, the turn a
 * shear, and the unknown its length x = rφ, φ̇ = 2kγg, with r the other rate. [XuZiyin2025, §3]
 */
import { scaleLayers } from "../model/layerSums.ts";
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { layerConstants } from "../model/observe.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import type { Start } from "../model/start.ts";
import { modesIfNeeded, overlapAfter, overlapConstants, startAfter, type Transfer, transferWeights } from "../model/transfer.ts";
import type { Weights } from "../model/weights.ts";
import { hypot, squareRoot, toNumber, wide } from "../numerics/wide.ts";
import { recordLinear } from "./recordLinear.ts";
import type { Reduction } from "./reduction.ts";

/** Beyond e^±690 weights leave the doubles. */
const FAR = 690;

export function oneAngle(network: Network, objective: Objective, start: Start, initial: Initial): Reduction {
  const { outputScale: gamma, learningRates: rates } = network;
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const frozen = h === 0;
  const r = frozen ? Math.max(rates.u, rates.w) : h;
  const constants = overlapConstants(start, rates);
  const way = frozen || gamma * objective.best >= 0 ? 1 : -1;
  const decay = network.weightDecay * rates.u;
  const still = constants.B === 0;
  const drive = still ? 0 : 2 * objective.k * gamma * r * way;

  // C, E, rise, fall at (t, z).
  const turn = new Float64Array(4);
  const turnTo = (t: number, z: number): void => {
    const theta = way * (z + decay * t);
    const m = decay === 0 ? 1 : Math.exp(-decay * t);
    turn[0] = frozen ? 1 : m * Math.cosh(theta);
    turn[1] = frozen ? z / (r || 1) : (m * Math.sinh(theta)) / h;
    turn[2] = frozen ? 1 : m * Math.exp(theta);
    turn[3] = frozen ? 1 : m * Math.exp(-theta);
  };
  const overlapAt = (t: number, z: number): number => {
    turnTo(t, z);
    return overlapAfter(constants, turn[0]!, turn[1]!, turn[2]!, turn[3]!);
  };
  const transferAt = (t: number, z: number): Transfer => {
    turnTo(t, z);
    return { cosh: wide(turn[0]!), sinhOverH: wide(turn[1]!), rise: wide(turn[2]!), fall: wide(turn[3]!) };
  };

  // |u| and |w| in state z, up to decay, and what a turn by 1 changes them by.
  const root = toNumber(squareRoot(start.P)) * toNumber(squareRoot(start.Q));
  const delta = toNumber(start.delta);
  const area = toNumber(start.area);
  const norms = ([z]: Float64Array): { readonly u: number; readonly w: number } => {
    const S = overlapAt(0, z!);
    const heavier = (hypot(root, 2 * h * S) + Math.abs(delta)) / 2;
    const heavy = Math.sqrt(heavier / (delta >= 0 ? rates.w : rates.u));
    const light = heavy > 0 ? hypot(S, area) / heavy : 0;
    return delta >= 0 ? { u: heavy, w: light } : { u: light, w: heavy };
  };
  const size = (y: Float64Array): number => {
    const { u, w } = norms(y);
    return Math.max(u, w);
  };
  const ratio = Math.sqrt(rates.w) / Math.sqrt(rates.u);
  const unit = (y: Float64Array): number => {
    const { u, w } = norms(y);
    return frozen ? (rates.u === 0 ? u : w) : Math.max(u * ratio, w / ratio);
  };

  return {
    because: frozen
      ? "one layer of a linear network on one direction is frozen: the other one's shift is a single number at any width"
      : "a linear network on one direction turns all its neurons by one angle, a single number at any width",
    system: {
      dimension: 1,
      derivative: (t, y, out) => {
        const g = objective.residual(gamma * overlapAt(t, y[0]!));
        out[0] = drive * g - (still ? 0 : decay);
      },
      ...(still || r === 0 ? {} : { size, unit }),
      ...(decay > 0 ? { slowest: () => decay } : {}),
    },
    initial: new Float64Array(1),
    autonomous: true,
    bounds: frozen ? [] : [{ status: "out-of-range", value: (_t, y) => FAR - Math.abs(y[0]!) }],
    record(t, [z], values, offset, stride) {
      const transfer = transferAt(t, z!);
      const S = t === 0 ? constants.S : overlapAt(t, z!);
      const layers = layerConstants(network, startAfter(start, transfer, wide(S)));
      recordLinear(network, objective, layers, t, S, directionOf(start, network, objective, t), values, offset, stride);
      if (t > 0 && !still) return;
      values[offset + stride] = start.given.uu;
      values[offset + 2 * stride] = start.given.ww;
      values[offset + 3 * stride] = start.given.uw;
    },
    ...(isWeights(initial) ? { weights: weightsOf(initial, network, start, transferAt) } : {}),
  };
}

/** cos ζ where it is 0/0: a zero layer begins to grow along the other one, or against it. */
function directionOf(start: Start, network: Network, objective: Objective, t: number): number {
  const { uu, ww } = start.given;
  const { u, w } = network.learningRates;
  const grows = (uu === 0 && ww > 0 && u > 0) || (ww === 0 && uu > 0 && w > 0);
  return t === 0 && grows ? Math.sign(network.outputScale * objective.residual(0)) : 0;
}

function weightsOf(
  initial: Weights,
  network: Network,
  start: Start,
  transferAt: (t: number, z: number) => Transfer,
): NonNullable<Reduction["weights"]> {
  const layers = scaleLayers(initial, network.learningRates.u, network.learningRates.w);
  const modes = modesIfNeeded(layers, start.P, start.Q);
  return (t, y, out) => {
    if (t === 0) {
      out.u.set(initial.u);
      out.w.set(initial.w);
    } else {
      transferWeights(transferAt(t, y[0]!), layers, modes, out);
    }
  };
}
