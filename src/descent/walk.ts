/**
 * Gradient descent, step by step, on the eight numbers that layers on one direction are moved by. With G = 2kγg(γS)
 *
 *     v ← μv + pull      state ← state + step·v      (Nesterov: state + step·(pull + μv))
 *
 * where the pull on (C, E, C + hE, C − hE) is (Gh²E − νC, GC − νE, (Gh − ν)(C + hE), −(Gh + ν)(C − hE)), ν = η·weight decay, and that on a
 * pair of vectors (u, w) is (η_u(Gw − μ_d u), η_w(Gu − μ_d w)). Plain descent multiplies the modes by 1 ± σ, σ = step·hG. [XuZiyin2025, §3]
 */
import type { MovedLayers } from "../model/movedLayers.ts";
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import type { Plan } from "./descentOptions.ts";
import type { Gradient } from "./gradients.ts";

/** What became of a step: it moved, nothing will ever move again, or the network left the doubles (and stays where it was). */
export type Pace = typeof MOVES | typeof RESTS | typeof DIVERGES;
export const MOVES = 0;
export const RESTS = 1;
export const DIVERGES = 2;

export interface Walk {
  /** Where the layers are: see {@link MovedLayers}. */
  readonly state: Float64Array;
  /** The output coefficient there. */
  output: number;
  /** Takes step n → n + 1. */
  advance(n: number): Pace;
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
  const frozen = rates.u === 0 && rates.w === 0;
  const settles = batch === undefined && noise === undefined && schedules === undefined;
  const state = layers.initial.slice();
  const velocity = new Float64Array(8);
  const next = new Float64Array(8);
  const pull = new Float64Array(8);
  const walk: Walk = {
    state,
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
      const after = gamma * layers.overlap(next);
      // Squares of the layers; NaN where their plane is not followed.
      if (squares === Infinity || !Number.isFinite(after * after)) return DIVERGES;
      state.set(next);
      walk.output = after;
      return moved || !settles ? MOVES : RESTS;
    },
  };
  return walk;
}

/** Writes what a step adds to the velocity. */
type Force = (G: number, state: Float64Array, out: Float64Array) => void;

function forceTogether({ learningRates: { u, w }, weightDecay }: Network): Force {
  const hh = u * w;
  const h = Math.sqrt(u) * Math.sqrt(w);
  const nu = weightDecay * u;
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

function forceApart({ learningRates: { u, w }, weightDecay: mu }: Network): Force {
  return (G, state, out) => {
    pullApart(u, w, mu * u, mu * w, G, state, 0, out);
    pullApart(u, w, mu * u, mu * w, G, state, 4, out);
  };
}

/** Two vectors, the first pulled along the second by u·G, the second along the first by w·G. */
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
