import { readRecord, reject } from "../door/arguments.ts";
import { isSquared, lossPrefactor, type Network, readNetwork } from "../model/network.ts";
import { readTask, type Task } from "../model/task.ts";

/** What is needed of a problem to draw where it leads: its network and its task. */
export interface Landscape {
  readonly network: Network;
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
  /** Whether weight decay moves the layers, too. */
  readonly hasDecay: boolean;
}

/**
 * A problem whose loss depends on the overlap u·w alone, quadratically: one of these the pictures can be
 * drawn of.
 */
export function readPlain(argument: string, value: unknown): PlainProblem {
  const given = readRecord(argument, value);
  const network = readNetwork(`${argument}.network`, (given as { network?: unknown }).network);
  const { xx, xy } = readTask(`${argument}.task`, (given as { task?: unknown }).task);
  const { outputScale: gamma, learningRates: rates, power } = network;
  // Networks of other kinds carry a field that says so.
  const { activation = "linear", depth = 2, tied = false } = network as { activation?: unknown; depth?: unknown; tied?: unknown };
  const isLinear = power === 1 && activation === "linear" && depth === 2 && tied === false;
  if (!isLinear || !isSquared(network)) reject(`${argument} is not of a linear network of two layers under a squared loss`);
  if (!(rates.u > 0 && rates.w > 0)) reject(`${argument} has a frozen layer, which the picture does not show`);
  const { weightDecay: decay } = network;
  const hasDecay = typeof decay === "number" ? decay > 0 : decay.u > 0 || decay.w > 0;
  return { gamma, k: lossPrefactor(network), rates, xx, xy, hasDecay };
}
