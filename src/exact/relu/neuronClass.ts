/**
 * The neurons on one side of 0, and which of them can reach their kink w = 0. With p = √η_w u + √η_u w and q
 * = √η_w u − √η_u w, w vanishes at the angle
 *
 *     θ* = ½ ln(q/p) = −artanh(√η_u w/√η_w u)
 *
 * where pq > 0, and at none otherwise. There |u| is u* = √(pq/η_w). All angles are counted from t = 0, so
 * that the order in which neurons leave is known at the start.
 */
import { partsOf, type ScaledLayers, scaleLayers, sumLayers } from "../../layers/layerSums.ts";
import { type Rates, type Start, startFromWeights } from "../../layers/start.ts";
import { type LayerParts, partsIfNeeded } from "../../layers/transfer.ts";
import type { Weights } from "../../model/weights.ts";
import { product, quotient, squareRoot, sum, toNumber, type Wide, wide, ZERO } from "../../numerics/wide.ts";
import type { AngleUnit } from "./angle.ts";

/** A neuron at w = 0: the angle of its class then, and what it brings. */
export interface Kink {
  /** Its number in the network. */
  readonly neuron: number;
  /** θ*. */
  readonly angle: number;
  /** pq = η_w u*². */
  readonly weight: Wide;
  /** u*, with its sign. */
  readonly u: number;
}

/** P, Q and δ' of a set of neurons, at the angle 0. */
export interface Sums {
  readonly P: Wide;
  readonly Q: Wide;
  readonly delta: Wide;
}

export const NONE: Sums = { P: ZERO, Q: ZERO, delta: ZERO };

/** The neurons of one side at the start. */
export interface NeuronClass {
  readonly start: Start;
  readonly unit: AngleUnit;
  /** Those that can leave, in the order in which they do. */
  readonly leavers: readonly Kink[];
  /** `rest[j]`: sums of all that are left after the first j have gone. */
  readonly rest: readonly Sums[];
  /** The neurons that stay whatever happens. */
  readonly stayers: { readonly index: readonly number[]; readonly layers: ScaledLayers; readonly parts: LayerParts | undefined };
}

/**
 * The class of some of a network's neurons.
 *
 * @param index - Their numbers.
 * @param direction - The sign of γg: which way the class turns, for ever.
 */
export function neuronClass(all: Weights, index: readonly number[], rates: Rates, direction: number): NeuronClass {
  const weights = chosen(all, index);
  const scaled = scaleLayers(weights, rates.u, rates.w);
  const unit = angleUnit(scaled, rates);
  const { p, q } = partsOf(scaled);
  const leaving: { readonly kink: Kink; readonly sums: Sums }[] = [];
  const staying: number[] = [];
  for (let i = 0; i < index.length; i++) {
    const angle = p[i]! * Math.sign(q[i]!) > 0 ? kinkAngle(scaled, i, p[i]!, q[i]!, unit) : 0;
    if (angle !== 0 && Math.sign(angle) === direction) leaving.push(leaverAt(i, angle));
    else staying.push(i);
  }
  leaving.sort((a, b) => Math.abs(a.kink.angle) - Math.abs(b.kink.angle) || a.kink.neuron - b.kink.neuron);
  const stayers = chosen(weights, staying);
  const { P: P0, Q: Q0, delta } = staying.length === 0 ? NONE : sumLayers(stayers, rates.u, rates.w);
  const layers = scaleLayers(stayers, rates.u, rates.w);
  const rest: Sums[] = [{ P: P0, Q: Q0, delta }];
  for (let j = leaving.length - 1; j >= 0; j--) rest.push(added(rest.at(-1)!, leaving[j]!.sums));
  return {
    start: startOfNeurons(weights, rates),
    unit,
    leavers: leaving.map(({ kink }) => kink),
    rest: rest.reverse(),
    stayers: { index: staying.map((i) => index[i]!), layers, parts: partsIfNeeded(layers, P0, Q0) },
  };

  function leaverAt(i: number, angle: number): { readonly kink: Kink; readonly sums: Sums } {
    const [P, Q] = [wide(p[i]!, scaled.partsExp), wide(q[i]!, scaled.partsExp)];
    const weight = product(P, Q);
    const u = Math.sign(weights.u[i]!) * toNumber(squareRoot(quotient(weight, wide(rates.w))));
    return {
      kink: { neuron: index[i]!, angle, weight, u },
      sums: { P: product(P, P), Q: product(Q, Q), delta: weight },
    };
  }
}

/** A class of which only the order parameters are known: no neuron can leave. */
export function withoutNeurons(start: Start, rates: Rates): NeuronClass {
  const { P, Q, delta } = start;
  const layers = scaleLayers({ u: new Float64Array(0), w: new Float64Array(0) }, rates.u, rates.w);
  const stayers = { index: [], layers, parts: undefined };
  return { start, unit: angleUnit(layers, rates), leavers: [], rest: [{ P, Q, delta }], stayers };
}

/** The start of some neurons, or of none. */
export function startOfNeurons(weights: Weights, rates: Rates): Start {
  return weights.u.length > 0
    ? startFromWeights(weights, rates)
    : { ...NONE, given: { uu: 0, ww: 0, uw: 0 }, S: ZERO, area: ZERO };
}

/** The weights of these neurons. */
export function chosen({ u, w }: Weights, index: readonly number[]): Weights {
  return { u: Float64Array.from(index, (i) => u[i]!), w: Float64Array.from(index, (i) => w[i]!) };
}

export function added(a: Sums, b: Sums): Sums {
  return { P: sum(a.P, b.P), Q: sum(a.Q, b.Q), delta: sum(a.delta, b.delta) };
}

function angleUnit({ uExp, wExp }: ScaledLayers, { u, w }: Rates): AngleUnit {
  const h = squareRoot(product(u, w));
  if (h.m > 0) return { h, perPhi: h };
  return { h, perPhi: u > 0 ? wide(u, wExp - uExp) : w > 0 ? wide(w, uExp - wExp) : wide(1) };
}

/** θ* of a neuron that has one. */
function kinkAngle({ u, w, alpha, beta }: ScaledLayers, i: number, p: number, q: number, { h }: AngleUnit): number {
  if (h.m === 0) return -w[i]! / u[i]!;
  const ratio = (beta * w[i]!) / (alpha * u[i]!);
  return Math.abs(ratio) < 0.5 ? -Math.atanh(ratio) : 0.5 * Math.log(q / p);
}
