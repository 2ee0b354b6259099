/**
 * The two classes of a network: the neurons with w > 0, and those with w < 0. Neurons with w = 0 are in
 * neither, but where an earlier task left them there and this one pulls at them.
 */
import type { Halves } from "../../model/halves.ts";
import type { Network } from "../../model/network.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { Task } from "../../model/task.ts";
import type { Weights } from "../../model/weights.ts";
import { absolute, compare } from "../../numerics/wide.ts";
import { type Riccati, riccati } from "../riccati/coefficients.ts";
import { chosen, type NeuronClass, neuronClass, startOfNeurons } from "./neuronClass.ts";

interface Side {
  readonly network: Network;
  readonly task: Task;
}

/** Both classes, and the neurons that are pulled away from w = 0. */
export function twoClasses(
  { dead = [] }: HalfLineProblem,
  weights: Weights,
  sides: Halves<Side>,
): Halves<NeuronClass> & { readonly returning: readonly number[] } {
  const { network } = sides.positive;
  const { outputScale: gamma, learningRates: rates } = network;
  const positive: number[] = [];
  const negative: number[] = [];
  for (let i = 0; i < weights.w.length; i++) {
    if (weights.w[i]! > 0) positive.push(i);
    else if (weights.w[i]! < 0) negative.push(i);
  }
  const residual = (index: readonly number[], { task }: Side): Riccati["g0"] =>
    riccati(network, task, startOfNeurons(chosen(weights, index), rates)).g0;
  const above = residual(positive, sides.positive);
  const below = residual(negative, sides.negative);
  const stronger = compare(absolute(above), absolute(below)) >= 0;
  const returning: number[] = [];
  for (const i of dead) {
    const pull = gamma * Math.sign(weights.u[i]!);
    const [up, down] = [pull * above.m > 0, pull * below.m < 0];
    if (up && (stronger || !down)) positive.push(i);
    else if (down) negative.push(i);
    if (up || down) returning.push(i);
  }
  return {
    returning,
    positive: neuronClass(weights, positive, rates, Math.sign(gamma * Math.sign(above.m))),
    negative: neuronClass(weights, negative, rates, Math.sign(gamma * Math.sign(below.m))),
  };
}
