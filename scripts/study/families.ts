/**
 * Rule H: forecasts by the exact families on one direction of the inputs, that of E[xy]. Four layers are a
 * chain of aligned layers, each as long as a random layer makes a signal on average, with the start
 * subtracted; an activation multiplies them by its linear fit. Two ReLU layers are two half lines with drawn
 * neurons. Both are flows, at the times step × rate.
 */
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { readDescription } from "../../src/design/forecast/description.ts";
import { gainOf } from "../../src/design/forecast/gains.ts";
import { randomFrom } from "../../src/door/seeds.ts";
import type { ExactForecast } from "./exactRuns.ts";
import type { readMoments } from "./moments.ts";
import type { Run } from "./runs.ts";
import { oneDirection } from "./surrogates.ts";

/** The forecast by a family, of a run to which one applies. */
export function familyForecast(run: Run, { data, halves }: ReturnType<typeof readMoments>): ExactForecast | undefined {
  const { probe, variances, correlation, yy, size } = oneDirection(data);
  const times = run.rows.map(({ step }) => step * run.stepSize);
  if (run.depth === 2) return run.activation === "relu" ? halfLines() : undefined;

  const { layers } = readDescription({
    task: { xx: 1, xy: 0, yy: 1 },
    width: run.width,
    depth: run.depth,
    scale: run.scales,
    multipliers: run.multipliers,
    learningRates: 1,
  });
  let q = layers[0]!.deviation ** 2 * size;
  const gains = layers.map(({ deviation }, l) => {
    if (l === 0) return 1;
    const { gain, size: after } = gainOf(run.activation, q);
    q = deviation ** 2 * run.width * after;
    return gain;
  });
  const norms = layers.map(({ deviation }, l) => gains[l]! * deviation * Math.sqrt(run.width));
  const start = norms.reduce((product, norm) => product * norm, 1);
  const [xx, xy] = [variances[0]!, correlation[0]! + run.alpha * variances[0]! * start];
  const flow = exactFlow({
    network: network({
      depth: run.depth,
      outputScale: run.alpha,
      learningRates: layers.map(({ rate }, l) => rate * gains[l]! ** 2),
    }),
    task: taskFromMoments({ xx, xy, yy: yy + (2 * correlation[0]! + run.alpha * xx * start) * run.alpha * start }),
    initial: { layers: norms },
  });
  const first = flow.at(0).kernel;
  const points = times.map((t) => flow.at(t));
  return {
    kernelDistance: points.map(({ kernel }) => Math.abs(kernel / first - 1)),
    loss: points.map(({ loss }) => loss),
    mechanisms: [],
    status: "completed",
  };

  function halfLines(): ExactForecast {
    const random = randomFrom(1, "families");
    const draw = (layer: number): Float64Array =>
      Float64Array.from({ length: run.width }, () => run.multipliers[layer]! * run.scales[layer]! * random.normal());
    const [w, u] = [draw(0), draw(1)];
    const outputs = { positive: 0, negative: 0 };
    for (const [i, value] of w.entries()) outputs[value > 0 ? "positive" : "negative"] += u[i]! * value;
    const shifted = (side: "positive" | "negative"): { xx: number; xy: number } => {
      const { xx, xy } = halves[side];
      return { xx, xy: xy + (run.centred ? run.alpha * xx * outputs[side] : 0) };
    };
    const [positive, negative] = [shifted("positive"), shifted("negative")];
    const explained = positive.xy ** 2 / positive.xx + negative.xy ** 2 / negative.xx;
    const flow = exactFlow({
      network: network({
        activation: "relu",
        outputScale: run.alpha,
        learningRates: { u: run.multipliers[1]! ** 2, w: run.multipliers[0]! ** 2 },
      }),
      task: taskFromMoments({ positive, negative, yy: Math.max(yy, explained) }),
      initial: { u, w },
    });
    const sums = [1, -1].map((sign) => probe.reduce((sum, a) => sum + (sign * a > 0 ? a * a : 0), 0));
    const kernels = (t: number): number[] => {
      const { positive: above, negative: below } = flow.halves;
      return [above.at(t).kernel / halves.positive.xx, below.at(t).kernel / halves.negative.xx].map(
        (kernel, i) => kernel * sums[i]!,
      );
    };
    const before = kernels(0);
    return {
      kernelDistance: times.map((t) => {
        const [above, below] = kernels(t);
        return Math.hypot(above! - before[0]!, below! - before[1]!) / Math.hypot(...before);
      }),
      loss: times.map((t) => flow.at(t).loss),
      mechanisms: [],
      status: "completed",
    };
  }
}
