/** A problem in other units: weights c times as small, inputs d times as large, time q times as fast. */
import fc from "fast-check";
import { network, taskFromMoments } from "feature-learning";
import type { DrawnProblem } from "./problems.ts";

export interface Units {
  readonly c: number;
  readonly d: number;
  readonly q: number;
}

const power = (most: number): fc.Arbitrary<number> => fc.integer({ min: -most, max: most }).map((n) => 2 ** n);
/** Powers of two, which change no digit, up to far beyond the range of plain arithmetic. */
export const units: fc.Arbitrary<Units> = fc.record({ c: power(150), d: power(300), q: power(250) });

/** u/c and w/c, under c²γ/d and rates q/c², on inputs d times as large. */
export function inUnits({ network: net, task, initial }: DrawnProblem, { c, d, q }: Units): DrawnProblem {
  const { u, w } = net.learningRates;
  return {
    network: network({
      outputScale: (c * c * net.outputScale) / d,
      loss: net.loss,
      learningRates: { u: (u * q) / c / c, w: (w * q) / c / c },
    }),
    task: taskFromMoments({ xx: task.xx * d * d, xy: task.xy * d, yy: task.yy }),
    initial: { u: initial.u.map((x) => x / c), w: initial.w.map((x) => x / c) },
  };
}
