/**
 * The neurons of both sides as one class, of the linear network with the output scale γm and the data xx₊ +
 * xx₋, xy₊ + ϵxy₋. Where f is odd a neuron goes through w = 0 like any other number. Where f is even its kink
 * pushes it back from both sides, so that it dies there.
 */
import type { Network } from "../../model/network.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { HalfMoments, Task } from "../../model/task.ts";
import type { Weights } from "../../model/weights.ts";
import { chosen, type NeuronClass, neuronClass, startOfNeurons } from "../relu/neuronClass.ts";
import { riccati } from "../riccati/coefficients.ts";

/** How the two sides are images of one another. */
export interface Symmetry {
  /** ϵ: 1 where f is odd, −1 where it is even. */
  readonly parity: 1 | -1;
  /** m = (1 + ϵα)/2. */
  readonly share: number;
  /** The data of the linear network: xx₊ + xx₋ and xy₊ + ϵxy₋. */
  readonly data: HalfMoments;
}

export interface FoldedClass {
  readonly network: Network;
  readonly task: Task;
  readonly members: NeuronClass;
  /** The neurons that reach w = 0 if the network goes on for long enough, in order of time. */
  readonly kinks: NeuronClass["leavers"];
  /** Neurons that start at w = 0 and are pulled away from it. */
  readonly pulled: readonly number[];
}

export function foldedClass({ network, initial }: HalfLineProblem, { parity, share, data }: Symmetry): FoldedClass {
  const { u, w } = initial as Weights;
  const weights = parity === 1 ? { u, w } : { u, w: w.map(Math.abs) };
  const { activation: _, ...others } = network;
  const linear = { ...others, outputScale: share * network.outputScale };
  const { learningRates: rates } = network;
  const task = { ...data, yy: 0, offDirection: 0, projected: false };
  const moving = Array.from(w.keys()).filter((i) => w[i] !== 0);
  // Neurons with w = 0 do not change the residual.
  const pull =
    Math.sign(linear.outputScale) * Math.sign(riccati(linear, task, startOfNeurons(chosen(weights, moving), rates)).g0.m);
  const pulled = Array.from(w.keys()).filter((i) => w[i] === 0 && (parity === 1 ? u[i]! * pull !== 0 : u[i]! * pull > 0));
  const index = pulled.length === 0 ? moving : [...moving, ...pulled].sort((a, b) => a - b);
  const leaving = neuronClass(weights, index, rates, pull);
  return {
    network: linear,
    task,
    members: parity === -1 ? leaving : neuronClass(weights, index, rates, 0),
    kinks: leaving.leavers,
    pulled,
  };
}
