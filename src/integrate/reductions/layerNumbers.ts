/**
 * A network of any depth along one direction, with any loss. Each layer is a number:
 *
 *     ȧ_l = η_l (2k g f_l − μ a_l)     f_l = ∂f/∂a_l = γ Π_{i≠l} a_i
 *
 * If the depth is not an integer, all layers share one number a, and f = γa^L. At infinite depth f itself is
 * integrated, ḟ = 2k g η f².
 */
import { unmet } from "../../door/arguments.ts";
import { type DepthNumbers, depthBalances } from "../../layers/depthSnapshots.ts";
import { isWholeDepth, layerRatesOf } from "../../model/depth.ts";
import type { Objective } from "../../model/objective.ts";
import type { DepthProblem } from "../../model/readProblem.ts";
import { product, toNumber } from "../../numerics/wide.ts";
import type { System } from "../method/stepper.ts";

export interface LayerNumbers {
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  readonly outputOf: (y: Float64Array) => number;
  readonly numbersAt: (y: Float64Array) => DepthNumbers;
}

export function layerNumbers(problem: DepthProblem, objective: Objective): LayerNumbers {
  const { depth = 2 } = problem.network;
  if (isWholeDepth(depth)) return ofLayers(problem, objective);
  return depth < Infinity ? ofCommon(problem, objective, depth) : ofOutput(problem, objective);
}

/** Π_{i≠l} a_i of every l, into `out`. */
function othersOf(y: Float64Array, out: Float64Array): void {
  let before = 1;
  for (let l = 0; l < y.length; l++) {
    out[l] = before;
    before *= y[l]!;
  }
  let after = 1;
  for (let l = y.length - 1; l >= 0; l--) {
    out[l] = out[l]! * after;
    after *= y[l]!;
  }
}

function ofLayers({ network, initial }: DepthProblem, { k, residual, best }: Objective): LayerNumbers {
  const { outputScale: gamma, weightDecay: mu } = network;
  const goal = Number.isFinite(best) ? Math.abs(best / gamma) : 1;
  const rates = layerRatesOf(network);
  const others = new Float64Array(rates.length);
  const outputOf = (y: Float64Array): number => gamma * y.reduce((s, a) => s * a, 1);
  return {
    because: `${rates.length} linear layers on one direction are ${rates.length} numbers`,
    initial: initial.layers,
    outputOf,
    system: {
      dimension: rates.length,
      derivative: (_t, y, out) => {
        const pull = 2 * k * gamma * residual(outputOf(y));
        othersOf(y, others);
        for (let l = 0; l < rates.length; l++) out[l] = rates[l]! * (pull * others[l]! - mu * y[l]!);
      },
      // One layer may start at 0. Its errors are measured on the scale of its limit.
      ...(rates.length === 1 && gamma !== 0 ? { size: ([a]: Float64Array) => Math.max(Math.abs(a!), goal) } : {}),
      rest: { metric: (_y, out) => out.set(rates) },
    },
    numbersAt: (y) => {
      const f = toNumber(product(gamma, ...y));
      othersOf(y, others);
      const kernel = others.reduce((total, other, l) => total + toNumber(product(rates[l]!, gamma, gamma, other, other)), 0);
      return { output: f, residual: residual(f), kernel, layers: y.slice(), balances: depthBalances(y, rates) };
    },
  };
}

function ofCommon({ network, initial }: DepthProblem, { k, residual }: Objective, depth: number): LayerNumbers {
  const { outputScale: gamma, weightDecay: mu, learningRates } = network;
  const rate = learningRates.w;
  const outputOf = (y: Float64Array): number => gamma * y[0]! ** depth;
  return {
    because: `balanced layers of depth ${depth} are one number`,
    initial: initial.layers,
    outputOf,
    system: {
      dimension: 1,
      derivative: (_t, y, out) => {
        out[0] = rate * (2 * k * gamma * residual(outputOf(y)) * y[0]! ** (depth - 1) - mu * y[0]!);
      },
    },
    numbersAt: (y) => {
      const f = outputOf(y);
      const lever = gamma * y[0]! ** (depth - 1);
      return { output: f, residual: residual(f), kernel: depth * rate * lever * lever, layers: y.slice(), balances: [] };
    },
  };
}

function ofOutput({ network, initial }: DepthProblem, { k, residual }: Objective): LayerNumbers {
  const { weightDecay: mu, learningRates } = network;
  if (mu > 0) unmet("weight decay at infinite depth makes the output vanish at once", "pass a finite depth");
  const rate = learningRates.w;
  return {
    because: "infinitely many balanced layers are one number, the output",
    initial: Float64Array.of(initial.output!),
    outputOf: (y) => y[0]!,
    system: {
      dimension: 1,
      derivative: (_t, y, out) => {
        out[0] = 2 * k * residual(y[0]!) * rate * y[0]! * y[0]!;
      },
    },
    numbersAt: ([f]) => ({
      output: f!,
      residual: residual(f!),
      kernel: rate * f! * f!,
      layers: new Float64Array(),
      balances: [],
    }),
  };
}
