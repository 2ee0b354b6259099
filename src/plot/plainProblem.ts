import { readRecord, reject } from "../door/arguments.ts";
import { isSquared, lossPrefactor, type Network, readNetwork } from "../model/network.ts";
import { readTask, type Task } from "../model/task.ts";

/** The network and the task of a problem, which determine its loss landscape and vector field. */
export interface Landscape {
  /** The network. */
  readonly network: Network;
  /** The task. */
  readonly task: Task;
}

/** The numbers of a linear network of two layers under a squared loss. */
export interface PlainProblem {
  /** γ, and the loss's k. */
  readonly gamma: number;
  readonly k: number;
  readonly rates: { readonly u: number; readonly w: number };
  readonly xx: number;
  readonly xy: number;
  /** Whether there is weight decay. */
  readonly hasDecay: boolean;
}

/** Reads a problem whose loss is a quadratic function of the overlap u·w alone. Only these can be drawn. */
export function readPlain(argument: string, value: unknown): PlainProblem {
  const fields = readRecord(argument, value);
  const network = readNetwork(`${argument}.network`, (fields as { network?: unknown }).network);
  const { xx, xy } = readTask(`${argument}.task`, (fields as { task?: unknown }).task);
  const { outputScale: gamma, learningRates: rates, power } = network;
  // Networks of other kinds have one of these fields.
  const { activation = "linear", depth = 2, tied = false } = network as { activation?: unknown; depth?: unknown; tied?: unknown };
  const isLinear = power === 1 && activation === "linear" && depth === 2 && tied === false;
  if (!isLinear || !isSquared(network)) reject(`${argument} is not of a linear network of two layers under a squared loss`);
  if (!(rates.u > 0 && rates.w > 0)) reject(`${argument} has a frozen layer, which the picture does not show`);
  const { weightDecay: decay } = network;
  const hasDecay = typeof decay === "number" ? decay > 0 : decay.u > 0 || decay.w > 0;
  return { gamma, k: lossPrefactor(network), rates, xx, xy, hasDecay };
}
