/**
 * Gradient descent, step by step, of the eight numbers that describe layers on one direction. With
 * G = 2kγg(γS)
 *
 *     v ← μv + pull      state ← state + step·v      (Nesterov: state + step·(pull + μv))
 *
 * where the pull (the negative gradient) on (C, E, C + hE, C − hE) is (Gh²E − νC, GC − νE, (Gh − ν)(C + hE),
 * −(Gh + ν)(C − hE)), with the decay ν = η_uμ_u = η_wμ_w, and the pull on a pair of vectors (u, w) is (η_u(Gw
 * − μ_u u), η_w(Gu − μ_w w)). Plain descent multiplies the parts p and q by 1 ± σ, σ = step·hG. [XuZiyin2025,
 * §3]
 *
 * If one of C ± hE is far larger than the other, C and E hold only digits of the larger one, and these cancel
 * if noise turns the layers back. So while C ± hE are far apart, C and E are recomputed from them, and the
 * layers in their plane from C and E.
 */
import type { MovedLayers } from "../layers/movedLayers.ts";
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { shrinkage } from "../model/weightDecay.ts";
import type { Plan } from "./descentOptions.ts";
import type { Gradient } from "./gradients.ts";

/**
 * The result of a step: the layers moved, nothing will move again, or the weights overflowed (and are
 * unchanged).
 */
export type Pace = typeof MOVES | typeof RESTS | typeof DIVERGES;
export const MOVES = 0;
export const RESTS = 1;
export const DIVERGES = 2;

/** Progress is reported once per this number of steps. */
const STRIDE = 1e6;

export interface Walk {
  /** The current state; see {@link MovedLayers}. */
  readonly state: Float64Array;
  /** The current output coefficient. */
  output: number;
  /** Takes step n → n + 1. */
  advance(n: number): Pace;
  /** Progress is reported once per this number of steps. */
  readonly stride: number;
}

export function walkOf(
  network: Network,
  objective: Objective,
  layers: MovedLayers,
  together: boolean,
  gradient: Gradient,
  { stepSize, momentum, nesterov, schedules, batch, noise }: Plan,
): Walk {
  const { outputScale: gamma, learningRates: rates } = network;
  const drive = 2 * objective.k * gamma;
  const force = together ? forceTogether(network) : forceApart(network);
  const renew = together ? renewal(network, layers.initial) : undefined;
  const frozen = rates.u === 0 && rates.w === 0;
  const settles = batch === undefined && noise === undefined && schedules === undefined;
  const state = layers.initial.slice();
  const velocity = new Float64Array(8);
  const next = new Float64Array(8);
  const pull = new Float64Array(8);
  const walk: Walk = {
    state,
    stride: STRIDE,
    output: gamma * layers.overlap(state),
    advance(n) {
      if (frozen) return RESTS;
      force(drive * gradient(walk.output), state, pull);
      const t = n * stepSize;
      const su = schedules === undefined ? stepSize : stepSize * schedules.u.factor(t);
      const sw = schedules === undefined ? stepSize : stepSize * schedules.w.factor(t);
      let moved = false;
      let squares = 0;
      for (let i = 0; i < 8; i++) {
        const before = velocity[i]!;
        const v = momentum * before + pull[i]!;
        const step = together || i % 4 < 2 ? su : sw;
        const value = state[i]! + step * (nesterov ? pull[i]! + momentum * v : v);
        velocity[i] = v;
        next[i] = value;
        if (i >= 4) squares += value * value;
        if (value !== state[i] || v !== before) moved = true;
      }
      renew?.(next, velocity);
      const after = gamma * layers.overlap(next);
      // Squares of the layers; NaN if their plane is not followed.
      if (squares === Infinity || !Number.isFinite(after * after)) return DIVERGES;
      state.set(next);
      walk.output = after;
      return moved || !settles ? MOVES : RESTS;
    },
  };
  return walk;
}

/** The ratio of C ± hE up to which C and E lose at most 8 bits when the layers turn back. */
const FAR = 2 ** 4;

/**
 * Recomputes C, E and the plane of a state and of its velocity from C ± hE, if these are far apart in the
 * state.
 */
function renewal(
  { learningRates: { u, w } }: Network,
  initial: Float64Array,
): ((state: Float64Array, velocity: Float64Array) => void) | undefined {
  const h = Math.sqrt(u) * Math.sqrt(w);
  if (h === 0) return undefined;
  const [u1, u2, w1, w2] = initial.subarray(4) as unknown as [number, number, number, number];
  const renewOne = (of: Float64Array): void => {
    const C = (of[2]! + of[3]!) / 2;
    const E = (of[2]! - of[3]!) / (2 * h);
    of[0] = C;
    of[1] = E;
    of[4] = C * u1 + u * E * w1;
    of[5] = C * u2 + u * E * w2;
    of[6] = C * w1 + w * E * u1;
    of[7] = C * w2 + w * E * u2;
  };
  return (state, velocity) => {
    const rise = Math.abs(state[2]!);
    const fall = Math.abs(state[3]!);
    if (!(rise > FAR * fall || fall > FAR * rise)) return;
    renewOne(state);
    renewOne(velocity);
  };
}

/** Writes the pull, which a step adds to the velocity. */
type Force = (G: number, state: Float64Array, out: Float64Array) => void;

function forceTogether(network: Network): Force {
  const { u, w } = network.learningRates;
  const hh = u * w;
  const h = Math.sqrt(u) * Math.sqrt(w);
  const nu = (shrinkage(network).u + shrinkage(network).w) / 2;
  return (G, state, out) => {
    const C = state[0]!;
    const E = state[1]!;
    out[0] = G * hh * E - nu * C;
    out[1] = G * C - nu * E;
    out[2] = (G * h - nu) * state[2]!;
    out[3] = (-G * h - nu) * state[3]!;
    pullApart(u, w, nu, nu, G, state, 4, out);
  };
}

function forceApart(network: Network): Force {
  const { u, w } = network.learningRates;
  const nu = shrinkage(network);
  return (G, state, out) => {
    pullApart(u, w, nu.u, nu.w, G, state, 0, out);
    pullApart(u, w, nu.u, nu.w, G, state, 4, out);
  };
}

/** The pull on two vectors: on the first along the second by u·G, on the second along the first by w·G. */
function pullApart(
  u: number,
  w: number,
  decayU: number,
  decayW: number,
  G: number,
  state: Float64Array,
  at: number,
  out: Float64Array,
): void {
  out[at] = u * G * state[at + 2]! - decayU * state[at]!;
  out[at + 1] = u * G * state[at + 3]! - decayU * state[at + 1]!;
  out[at + 2] = w * G * state[at]! - decayW * state[at + 2]!;
  out[at + 3] = w * G * state[at + 1]! - decayW * state[at + 3]!;
}
