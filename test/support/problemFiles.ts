/** Problem files of every kind that `feature-learning solve` reads. */
import type { ProblemFile } from "../../src/cli/solve/problemFile.ts";

const start = { uu: 0.1, ww: 0.2, uw: 0.05 };
const moments = { xx: 1, xy: 0.8, yy: 1 };
const line = { x: [-1.2, -0.4, 0.3, 1.3], y: [-1, -0.5, 0.2, 1.4] };
const plane = {
  x: [
    [1, 0.2],
    [0.3, 1],
    [-1, 0.7],
    [0.4, -1.1],
  ],
  y: [0.5, -0.3, 1.2, 0.1],
};
const classes = {
  ...plane,
  y: [
    [1, 0],
    [0, 1],
    [1, 0],
    [0, 1],
  ],
};
const matrices = {
  xx: [
    [1, 0],
    [0, 1],
  ],
  yx: [
    [2, 0],
    [0, 1],
  ],
  yy: 6,
};
const gaussian = { width: 3, scale: 0.3, seed: "start" };

export const problemFiles: Readonly<Record<string, ProblemFile>> = {
  "moments and order parameters": { task: moments, initial: start },
  "moments and weights": { id: 7, task: moments, initial: { u: [0.3, -0.1], w: [0.2, 0.4] }, times: [0, 1, 2] },
  "a network of its own": {
    id: "own",
    network: { outputScale: 0.5, learningRates: { u: 1, w: 2 }, loss: "half-mse" },
    task: moments,
    initial: { ...start, area: Math.sqrt(0.1 * 0.2 - 0.05 ** 2), balance: 0 },
    times: "0:4:5",
  },
  "weight decay": { network: { weightDecay: 0.1 }, task: moments, initial: start, options: { rtol: 1e-8 }, times: "log:10" },
  "Huber's loss": { network: { loss: "huber" }, task: line, initial: { gaussian }, options: { rtol: 1e-8 } },
  "a finite end": { network: { power: 2 }, task: line, initial: { gaussian }, options: { until: 2 }, times: "linear" },
  samples: { task: line, initial: { gaussian }, times: [0, 0.5], ask: { weights: true, regime: true } },
  "standardised samples": { task: { ...line, standardize: true, bias: 0.5, project: true }, initial: { gaussian } },
  "logistic loss": {
    network: { loss: "logistic" },
    task: { ...line, y: [-1, 1, 1, 1] },
    initial: { gaussian },
    ask: { halfLife: true },
  },
  "several inputs": { task: plane, initial: { gaussian }, times: [0, 1], ask: { weights: true } },
  "several inputs, layers": {
    task: plane,
    initial: {
      u: [0.1, 0.2],
      W: [
        [0.1, 0.3],
        [-0.2, 0.1],
      ],
    },
    ask: {},
  },
  "several inputs, one neuron": { task: plane, initial: { singleNeuron: { output: [0.2, 0.1] } } },
  "several outputs": { task: classes, initial: { gaussian }, times: "0:1:3" },
  whitened: { task: { ...classes, whiten: true }, initial: { lambdaBalanced: { width: 2, lambda: 0.1, scale: 0.2, seed: 1 } } },
  "modes, aligned to the task": {
    task: matrices,
    initial: { saxeAligned: { width: 2, scale: 0.01, seed: 1 } },
    times: [0, 2],
    ask: { weights: true, timesTo: [{ excessLossFraction: 0.5 }] },
  },
  "matrix order parameters": {
    task: matrices,
    initial: {
      uu: [
        [0.1, 0],
        [0, 0.1],
      ],
      ww: [
        [0.1, 0],
        [0, 0.1],
      ],
      uw: [
        [0.05, 0],
        [0, 0],
      ],
    },
    ask: { regime: { kernelBelow: 0.2 } },
  },
  "matrix layers": {
    task: matrices,
    initial: {
      W2: [
        [0.1, 0],
        [0, 0.1],
      ],
      W1: [
        [0.1, 0],
        [0, 0.2],
      ],
    },
    ask: { mechanisms: { threshold: 0.05, noise: { turn: 0, stretch: 0 } } },
  },
  "a network of width 1e12": { task: moments, initial: { gaussianOrderParameters: { width: 1e12, scale: 1e-6, seed: 2 } } },
  "aligned weights": { task: moments, initial: { aligned: { width: 4, scale: 0.1, alignment: -0.5, seed: 3 } } },
  "balanced weights": {
    network: { learningRates: { u: 1, w: 3 } },
    task: moments,
    initial: { balanced: { width: 4, scale: 0.1, seed: 3 } },
  },
  "Kaiming's weights": { task: line, initial: { kaiming: { width: 4, mode: "fan_out", nonlinearity: { leaky: 0.1 }, seed: 3 } } },
  "Xavier's layers": { task: plane, initial: { xavier: { width: 4, gain: { u: 1, w: 0.5 }, seed: 3 } }, ask: { halfLife: true } },
  "PyTorch's layers": { task: classes, initial: { pytorch: { width: 4, seed: 3 } }, ask: { halfLife: false, plateau: false } },
  "a frozen layer": {
    network: { learningRates: { u: 1, w: 0 } },
    task: moments,
    initial: { uu: 0, ww: 1, uw: 0 },
    times: [0, 1],
    ask: { plateau: true, timesTo: [{ output: 0.5 }, { kernel: 2 }, { loss: 0.5 }, { alignment: 0.9 }, { normProduct: 0.1 }] },
  },
  "nothing to learn": { task: { xx: 1, xy: 0, yy: 0 }, initial: { uu: 0, ww: 0, uw: 0 }, times: [0, 1] },
};
