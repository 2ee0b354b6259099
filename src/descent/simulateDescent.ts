/**
 * Gradient descent as everybody writes it, on all 2d weights:
 *
 *     vᵢ ← μvᵢ + ∂L/∂uᵢ + decay·uᵢ   uᵢ ← uᵢ − step·η_u·vᵢ      ∂L/∂uᵢ = −2kγ(xy − γ·xx·S)·wᵢ      S = Σuᵢwᵢ
 *
 * and the same for wᵢ. It shares nothing with the exact solutions, continuous and discrete, which are tested
 * against it.
 */

import { readBoolean, readNumber, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type Network, readNetwork } from "../model/network.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { readWeights } from "../model/readInitial.ts";
import { readTask, type Task } from "../model/task.ts";
import type { Weights, WeightsLike } from "../model/weights.ts";
import { readSteps } from "./stepCount.ts";

/** How {@link simulateDescent} runs. */
export interface SimulationOptions {
  /** The step size, above 0; each layer's rate multiplies it. */
  readonly stepSize: number;
  /** How many steps, ≥ 0. */
  readonly steps: number;
  /** Keep every k-th step (default 1: all of them). */
  readonly recordEvery?: number;
  /** μ in v ← μv + gradient, θ ← θ − step·rate·v, from 0 (default) to 1. */
  readonly momentum?: number;
  /** Nesterov's momentum: θ ← θ − step·rate·(gradient + μv) (default false). */
  readonly nesterov?: boolean;
}

/** What a simulation saw: row 0 is the start, the last row the end. */
export interface Simulation {
  /** The number of each recorded step. */
  readonly step: Float64Array;
  /** step·stepSize, to be compared with a flow's time. */
  readonly t: Float64Array;
  /** γ·u·w. */
  readonly output: Float64Array;
  /** k·E[(f(x) − y)²]. */
  readonly loss: Float64Array;
  /** |u|². */
  readonly uu: Float64Array;
  /** |w|². */
  readonly ww: Float64Array;
  /** u·w. */
  readonly uw: Float64Array;
  /** The weights after the last step. */
  readonly weights: Weights;
  /** `"diverged"` where the weights overflowed; the rows end before. */
  readonly status: "completed" | "diverged";
}

/**
 * Plain full-batch gradient descent on every weight: the honest baseline, O(width) a step.
 *
 * @param problem - Network, task and initial weights.
 * @throws FeatureLearningError `"invalid-argument"`: a part of the problem that cannot be, a step size that
 * is not above 0, a fractional number of steps; `"assumption"`: inputs with no single direction, a loss that
 * is not a square, a power activation.
 *
 * @example
 * ```ts
 * import { gaussianWeights, network, simulateDescent, taskFromMoments } from "feature-learning";
 *
 * const problem = {
 *   network: network(),
 *   task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
 *   initial: gaussianWeights({ width: 16, scale: 0.1, seed: 1 }),
 * };
 * const { output, status } = simulateDescent(problem, { stepSize: 0.01, steps: 1000, recordEvery: 1000 });
 * console.log(output.length, output[1]!.toFixed(6), status); // 2 1.000000 completed
 * ```
 */
export function simulateDescent(problem: Problem<WeightsLike>, options: SimulationOptions): Simulation {
  return named("simulateDescent", () => {
    const { network, task, u, w } = readSimulation(problem);
    const record = readRecord("options", options, ["stepSize", "steps", "recordEvery", "momentum", "nesterov"]);
    const stepSize = readNumber("stepSize", record.stepSize, { above: 0 });
    const steps = readSteps(record.steps);
    const every = readNumber("recordEvery", record.recordEvery ?? 1, { min: 1, integer: true });

    const momentum = readNumber("momentum", record.momentum ?? 0, { min: 0, max: 1 });
    const nesterov = readBoolean("nesterov", record.nesterov ?? false);

    const { outputScale, learningRates, loss, weightDecay } = network;
    const k = loss === "mse" ? 1 : 0.5;
    const { xx, xy, yy } = task;
    const vu = new Float64Array(u.length);
    const vw = new Float64Array(u.length);
    const rows: number[][] = [];
    let status: Simulation["status"] = "completed";
    for (let n = 0; ; n++) {
      let S = 0;
      for (let i = 0; i < u.length; i++) S += u[i]! * w[i]!;
      const f = outputScale * S;
      if (!Number.isFinite(f)) {
        status = "diverged";
        break;
      }
      if (n % every === 0 || n === steps) {
        let uu = 0;
        let ww = 0;
        for (let i = 0; i < u.length; i++) {
          uu += u[i]! * u[i]!;
          ww += w[i]! * w[i]!;
        }
        rows.push([n, n * stepSize, f, k * (yy - 2 * f * xy + f * f * xx), uu, ww, S]);
      }
      if (n === steps) break;
      const slope = -2 * k * outputScale * (xy - f * xx);
      for (let i = 0; i < u.length; i++) {
        const forU = slope * w[i]! + weightDecay * u[i]!;
        const forW = slope * u[i]! + weightDecay * w[i]!;
        vu[i] = momentum * vu[i]! + forU;
        vw[i] = momentum * vw[i]! + forW;
        u[i]! -= stepSize * learningRates.u * (nesterov ? forU + momentum * vu[i]! : vu[i]!);
        w[i]! -= stepSize * learningRates.w * (nesterov ? forW + momentum * vw[i]! : vw[i]!);
      }
    }
    const column = (j: number): Float64Array => Float64Array.from(rows, (row) => row[j]!);
    return {
      step: column(0),
      t: column(1),
      output: column(2),
      loss: column(3),
      uu: column(4),
      ww: column(5),
      uw: column(6),
      weights: { u, w },
      status,
    };
  });
}

function readSimulation(problem: unknown): { network: Network; task: Task; u: Float64Array; w: Float64Array } {
  const record = readRecord("problem", problem) as Record<string, unknown>;
  const task = readTask("task", record["task"]);
  if (!hasOneDirection(task)) {
    unmet("the inputs have no single direction", "pass { project: true } to taskFromSamples");
  }
  const network = readNetwork("network", record["network"]);
  if (network.power !== 1 || (network.loss !== "mse" && network.loss !== "half-mse")) {
    unmet("the network is not linear with a squared loss", `pass power 1 and loss "mse" or "half-mse"`);
  }
  return { network, task, ...readWeights("initial", record["initial"]) };
}
