/**
 * A linear network on one direction with any loss and both layers at the same rate. All neurons turn by one
 * angle θ, at any width,
 *
 *     θ̇ = 2kγh g(γS) S = m²(S₀ cosh 2θ + B₀ sinh 2θ/2h) m = e^{−νt}, ν = η_uμ_u = η_wμ_w with weight decay
 *
 * The unknown is the logarithm of the part that grows, z = ±θ − νt, which comes to rest when the network
 * does. With weight decay the other part continues to shrink as e^{−z − 2νt} with z at rest, so layers are
 * evaluated at the actual time, not at the end of the integration. With a frozen layer h is 0, the turn is a
 * shear, and the unknown is its length x = rφ, φ̇ = 2kγg, with r the other learning rate. [XuZiyin2025, §3]
 */

import type { MovedLayers } from "../../layers/movedLayers.ts";
import type { Start } from "../../layers/start.ts";
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";
import { shrinkage } from "../../model/weightDecay.ts";
import { hypot, logarithm, squareRoot, toNumber } from "../../numerics/wide.ts";
import { escaping, type Reduction } from "./reduction.ts";
import { type Norms, outputScaleOf, turnScale } from "./turnScale.ts";

/** Beyond e^±690 weights overflow or underflow double precision. */
const FAR = 690;

export function oneAngle(network: Network, objective: Objective, start: Start, layers: MovedLayers): Reduction {
  const { outputScale: gamma, learningRates: rates } = network;
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const frozen = h === 0;
  const r = frozen ? Math.max(rates.u, rates.w) : h;
  const still = start.P.m === 0 && start.Q.m === 0;
  const decay = still ? 0 : (shrinkage(network).u + shrinkage(network).w) / 2;
  const ahead = frozen || gamma * objective.best >= 0 ? 1 : -1;
  // With decay, layers without the growing part have only the other part, which decays completely.
  const way = decay > 0 && (ahead > 0 ? start.P : start.Q).m === 0 ? -ahead : ahead;
  const drive = still ? 0 : 2 * objective.k * gamma * r * way;
  const paceAt = paceOf(objective, drive, decay);

  // The plane's coordinates would be less accurate than C, E and the parts.
  const turn = new Float64Array(8).fill(NaN);
  const turnTo = (t: number, z: number): Float64Array => {
    if (frozen) {
      turn.set([1, z / (r || 1), 1, 1]);
      return turn;
    }
    const grown = Math.exp(z);
    const shrunk = Math.exp(-z - 2 * decay * t);
    const theta = z + decay * t;
    // The difference of the two, if they are close.
    const apart = Math.abs(theta) < 1 ? Math.exp(-decay * t) * Math.sinh(theta) : (grown - shrunk) / 2;
    turn[0] = (grown + shrunk) / 2;
    turn[1] = (way * apart) / h;
    turn[2] = way > 0 ? grown : shrunk;
    turn[3] = way > 0 ? shrunk : grown;
    return turn;
  };

  // |u| and |w| in state z, and their change per unit of turn.
  const root = toNumber(squareRoot(start.P)) * toNumber(squareRoot(start.Q));
  const delta = toNumber(start.delta);
  const area = toNumber(start.area);
  const norms = ([z]: Float64Array, t: number): Norms => {
    const decayed = Math.exp(-2 * decay * t);
    const S = layers.overlap(turnTo(t, z!));
    const heavier = (hypot(root * decayed, 2 * h * S) + Math.abs(delta) * decayed) / 2;
    const heavy = Math.sqrt(heavier / (delta >= 0 ? rates.w : rates.u));
    const light = heavy > 0 ? hypot(S, area * decayed) / heavy : 0;
    return delta >= 0 ? { u: heavy, w: light } : { u: light, w: heavy };
  };
  const scale = turnScale(network, outputScaleOf(objective, gamma * layers.overlap(turnTo(0, 0))));
  const unit = (y: Float64Array, t: number): number => scale.unit(norms(y, t));
  const size = (y: Float64Array, t: number): number => scale.size(norms(y, t), y[0]!);
  // z follows the shrinking part slowly. Its remaining change is the square of that part divided by the other
  // one, even if z seems to be at rest.
  const logShare = decay > 0 ? way * (logarithm(start.Q) - logarithm(start.P)) : 0;
  const shareAt = (t: number, [z]: Float64Array): number => Math.exp(logShare - 4 * z! - 4 * decay * t);
  const { weights } = layers;

  return {
    because: frozen
      ? "one layer of a linear network on one direction is frozen, so the shift of the other one is a single number at any width"
      : "all neurons of a linear network on one direction turn by one angle, a single number at any width",
    system: {
      dimension: 1,
      derivative: (t, y, out) => {
        out[0] = paceAt(gamma * layers.overlap(turnTo(t, y[0]!)));
      },
      ...(still || r === 0 ? {} : { size, unit }),
      rough: objective.rough,
      ...(decay > 0 ? { rest: { hidden: (t, y) => shareAt(t, y) * unit(y, t) } } : {}),
    },
    initial: new Float64Array(1),
    usesTime: decay > 0,
    ...escaping(objective, decay > 0, ([z]) => gamma * layers.overlap(turnTo(0, z!))),
    bounds: frozen ? [] : [{ status: "out-of-range", value: (_t, y) => FAR - Math.abs(y[0]!) }],
    record: (t, [z], values, offset, stride) => layers.record(t, turnTo(t, z!), values, offset, stride),
    weights: weights && ((t, [z], out) => weights(turnTo(t, z!), out)),
  };
}

/**
 * ż at the output f: the drive times the residual, less decay. For the squared loss the two constants are
 * added first, because they cancel near the decay at which the network collapses.
 */
function paceOf({ moments, residual }: Objective, drive: number, decay: number): (f: number) => number {
  if (decay === 0 || moments === undefined) return (f) => drive * residual(f) - decay;
  const constant = drive * moments.xy - decay;
  return (f) => constant - drive * moments.xx * f;
}
