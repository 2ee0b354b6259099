/** Random problems of networks with a kink at 0, from pinned seeds, with what the oracle needs of them. */
import { type Network, network, type Task, taskFromMoments } from "feature-learning";
import { drawer } from "./drawer.ts";
import type { Kinked } from "./kinkedNeurons.ts";

export interface KinkedProblem {
  readonly network: Network;
  readonly task: Task;
  readonly initial: { readonly u: Float64Array; readonly w: Float64Array };
  readonly kinked: Kinked;
  /** A time by which the network has learned for a while: it is given in units of its fastest rate. */
  readonly unit: number;
}

/** Layers of ordinary size, heavier in u more often than not; data on one side alone in one of ten. */
export function kinkedProblem(seed: number, alpha = 0, most = 8): KinkedProblem {
  const { uniform, normal } = drawer(seed * 7919);
  for (let i = 0; i < 5; i++) uniform();
  const width = 1 + Math.floor(uniform() * most);
  const [forU, forW] = [10 ** (uniform() * 1.5 - 0.5), 10 ** (uniform() * 1.5 - 1)];
  const u = Float64Array.from({ length: width }, () => forU * normal());
  const w = Float64Array.from({ length: width }, () => forW * normal());
  const gamma = (uniform() < 0.5 ? -1 : 1) * 10 ** (uniform() - 0.5);
  const [etaU, etaW] = [10 ** (uniform() - 0.5), 10 ** (uniform() - 0.5)];
  const k = uniform() < 0.5 ? 0.5 : 1;
  const side = (always: boolean): { readonly xx: number; readonly xy: number } => {
    const xx = 10 ** (uniform() - 0.5);
    return uniform() < 0.1 && !always ? { xx: 0, xy: 0 } : { xx, xy: 2 * normal() * Math.sqrt(xx) };
  };
  const positive = side(false);
  const negative = side(positive.xx === 0);
  const explained = [positive, negative].reduce((sum, { xx, xy }) => sum + (xx === 0 ? 0 : xy ** 2 / xx), 0);
  const kernel = gamma ** 2 * u.reduce((sum, x, i) => sum + etaW * x * x + etaU * w[i]! ** 2, 0);
  return {
    network: network({
      outputScale: gamma,
      learningRates: { u: etaU, w: etaW },
      loss: k === 1 ? "mse" : "half-mse",
      activation: alpha === 0 ? "relu" : { leaky: alpha },
    }),
    task: taskFromMoments({ positive, negative, yy: 1 + 2 * explained }),
    initial: { u, w },
    kinked: { gamma, alpha, k, etaU, etaW, positive, negative },
    unit: 1 / (2 * k * kernel * Math.max(positive.xx, negative.xx)),
  };
}

export type FoldedKind = "abs" | "odd" | "even";

const SLOPES = [0.1, 0.5, -0.3, 2, -2.5, 0.9];

/**
 * A problem whose two sides are images of one another: |x| with any data and neurons, or leaky ReLU on odd or
 * even data with neurons in pairs.
 */
export function foldedProblem(seed: number, kind: FoldedKind, most = 5): KinkedProblem {
  const alpha = kind === "abs" ? -1 : SLOPES[Math.floor(drawer(seed).uniform() * SLOPES.length)]!;
  const drawn = kinkedProblem(seed, alpha, most);
  const unit = drawn.unit / (1 + alpha * alpha);
  if (kind === "abs") return { ...drawn, unit };
  const parity = kind === "odd" ? 1 : -1;
  const { xx, xy } = drawn.kinked.positive.xx === 0 ? drawn.kinked.negative : drawn.kinked.positive;
  const [positive, negative] = [
    { xx, xy },
    { xx, xy: parity * xy },
  ];
  const { u, w } = drawn.initial;
  return {
    ...drawn,
    unit,
    task: taskFromMoments({ positive, negative, yy: 1 + (4 * xy ** 2) / xx }),
    initial: {
      u: Float64Array.from([...u, ...u.map((x) => -parity * x)]),
      w: Float64Array.from([...w, ...w.map((x) => -x)]),
    },
    kinked: { ...drawn.kinked, positive, negative },
  };
}
