/**
 * The conditions of a target on the shape, the rate and the balance of a network. The initial excess loss is
 * k·xy²/xx·(1 − s/e)², so the share of it that corresponds to a loss depends on the shape.
 */
import { unmet } from "../door/arguments.ts";
import type { Task } from "../model/task.ts";
import { unexplained } from "../model/unexplained.ts";
import type { Shape, TimeGoals } from "./shape.ts";
import type { DesignTarget } from "./target.ts";

export interface Goals extends TimeGoals {
  /** B∞/B₀ − 1, and the target that requires it. */
  readonly growth?: number;
  readonly kernel: "kernelRatio" | "kernelChange";
  readonly balance?: number;
}

/** @param k - k of the loss, 1 or ½. */
export function goalsOf(target: DesignTarget, fraction: number, task: Task, k: number): Goals {
  const { kernelChange, kernelRatio, learningTime, lossAt, plateau, balance } = target;
  const growth = kernelChange ?? (kernelRatio === undefined ? undefined : kernelRatio - 1);
  const time = learningTime ?? lossAt?.time;
  return {
    ...(growth === undefined ? {} : { growth }),
    ...(time === undefined ? {} : { learningTime: time }),
    ...(plateau === undefined ? {} : { plateau }),
    ...(balance === undefined ? {} : { balance }),
    kernel: kernelChange === undefined ? "kernelRatio" : "kernelChange",
    learning: lossAt === undefined ? "learningTime" : "lossAt",
    shareLeft: lossAt === undefined ? () => fraction : leftAt(lossAt.loss),
  };

  function leftAt(loss: number): (shape: Shape) => number {
    const least = k * unexplained(task);
    const most = k * task.xy * (task.xy / task.xx);
    if (!(loss > least)) unmet(`no network of this kind has a loss of ${loss}: the least loss is ${least}`, "pass a larger loss");
    return ({ start, end }) => (loss - least) / most / (1 - start / end) ** 2;
  }
}
