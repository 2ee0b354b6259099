/**
 * Gradient descent of a network with a kink at 0, f(x) = γ Σ uᵢσ(wᵢx). Every weight is updated, at a cost of
 * O(width) per step, because neurons on different sides of 0 have gradients from different data,
 *
 *     −∂L/∂uᵢ = 2kγc·wᵢ −∂L/∂wᵢ = 2kγc·uᵢ c = g₊ + αg₋ where wᵢ > 0, g₋ + αg₊ where wᵢ < 0, 0 at wᵢ = 0
 */
import { unmet } from "../door/arguments.ts";
import { pullsOf } from "../layers/kinkedLayers.ts";
import { isSquared, lossPrefactor } from "../model/network.ts";
import { hasNeurons } from "../model/readHalfLineInitial.ts";
import type { HalfLineProblem } from "../model/readProblem.ts";
import { decaysOf } from "../model/weightDecay.ts";
import type { Plan } from "./descentOptions.ts";
import type { Stepped } from "./run.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/** Progress is reported about once per this number of multiplications. */
const WORK = 1e8;

/** The state is u followed by w. */
export function kinkedWalk({ network, halves, initial }: HalfLineProblem, plan: Plan): Stepped {
  if (!hasNeurons(initial))
    return unmet("order parameters do not determine where each neuron reaches its kink", "pass initial weights { u, w }");
  if (!isSquared(network)) unmet("the loss is not squared", `pass loss "mse" or "half-mse"`);
  if (plan.batch !== undefined || plan.noise !== undefined)
    unmet("for an activation with a kink, mini-batches and label noise are not supported", "leave batch and labelNoise out");
  const { u, w } = initial;
  const n = u.length;
  const { learningRates: rates, outputScale: gamma } = network;
  const decays = decaysOf(network);
  const { stepSize, momentum, nesterov, schedules } = plan;
  const drive = 2 * lossPrefactor(network) * gamma;
  const state = new Float64Array(2 * n);
  state.set(u);
  state.set(w, n);
  const velocity = new Float64Array(2 * n);
  const next = new Float64Array(2 * n);
  return {
    state,
    stride: Math.max(1, Math.ceil(WORK / (20 * n))),
    advance(step) {
      const pulls = pullsOf(network, halves, overlapsOf(state, n));
      const [up, down] = [drive * pulls.positive, drive * pulls.negative];
      const t = step * stepSize;
      const forU = stepSize * rates.u * (schedules?.u.factor(t) ?? 1);
      const forW = stepSize * rates.w * (schedules?.w.factor(t) ?? 1);
      let moved = false;
      let squares = 0;
      for (let i = 0; i < 2 * n; i++) {
        const isU = i < n;
        const weight = state[isU ? n + i : i]!;
        const c = weight > 0 ? up : weight < 0 ? down : 0;
        const pull = c * state[isU ? n + i : i - n]! - (isU ? decays.u : decays.w) * state[i]!;
        const before = velocity[i]!;
        const v = momentum * before + pull;
        const value = state[i]! + (isU ? forU : forW) * (nesterov ? pull + momentum * v : v);
        velocity[i] = v;
        next[i] = value;
        squares += value * value;
        if (value !== state[i] || v !== before) moved = true;
      }
      if (!Number.isFinite(squares * squares)) return DIVERGES;
      state.set(next);
      return moved || schedules !== undefined ? MOVES : RESTS;
    },
  };
}

/** u·w over the neurons of each side. */
function overlapsOf(state: Float64Array, n: number): { readonly positive: number; readonly negative: number } {
  let [positive, negative] = [0, 0];
  for (let i = 0; i < n; i++) {
    const w = state[n + i]!;
    if (w > 0) positive += state[i]! * w;
    else negative += state[i]! * w;
  }
  return { positive, negative };
}
