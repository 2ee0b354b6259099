/**
 * The residual of a step of descent: of all data, of a mini-batch, with noise on the targets,
 *
 *     g = E[zy] − f·E[z²] over the batch plus σ √(Σz²)/b · a normal number, for noise of standard deviation σ
 *     on b targets
 */

import { unmet } from "../door/arguments.ts";
import { lossFunction } from "../model/loss.ts";
import { isSquared, type Network } from "../model/network.ts";
import { featuresOf, type Objective } from "../model/objective.ts";
import type { Task } from "../model/task.ts";
import { batchesOf } from "./batches.ts";
import type { Plan } from "./descentOptions.ts";

/** g at the output coefficient f for the next step. */
export type Gradient = (f: number) => number;

export function gradientOf(network: Network, objective: Objective, task: Task, { batch, noise }: Plan): Gradient {
  if (batch === undefined && noise === undefined) return objective.residual;
  if (noise !== undefined && !isSquared(network)) {
    const why = "label noise is supported only for squared losses";
    unmet(why, `pass loss "mse" or "half-mse"`);
  }
  if (task.samples === undefined) {
    const why = "mini-batches and label noise need the samples themselves";
    unmet(why, "pass a task from taskFromSamples");
  }
  const { z, y } = featuresOf(network, task);
  const size = batch?.size ?? z.length;
  const next = batch === undefined ? undefined : batchesOf(z.length, size, batch.random);
  const { derivative } = lossFunction(network.loss);
  const scale = -1 / (2 * objective.k);
  const all = Int32Array.from({ length: z.length }, (_, j) => j);
  return (f) => {
    const chosen = next === undefined ? all : next();
    const b = chosen.length;
    let g = 0;
    let zz = 0;
    for (let i = 0; i < b; i++) {
      const j = chosen[i]!;
      g += z[j]! * derivative(f * z[j]!, y[j]!);
      zz += z[j]! * z[j]!;
    }
    const pushed = noise === undefined ? 0 : (noise.std * Math.sqrt(zz) * noise.random.normal()) / b;
    return (scale * g) / b + pushed;
  };
}
