/**
 * How far the kernel of a network with a kink at 0 moves on the data, E[K(x, x')²] over both. Between the
 * sides K(x, x') is α(K₊ + K₋)/(1 + α²) of the kernels of either side; 0 for ReLU.
 */
import { lookTimes } from "../flow/lookTimes.ts";
import { slopeBelow } from "../model/activation.ts";
import type { HalfLineFlow } from "../model/flow.ts";
import { hypot } from "../numerics/wide.ts";

export interface KernelMovement {
  /** The size of the kernel at the end over that at the start. */
  readonly ratio: number;
  /** The largest relative change. */
  readonly largest: number;
}

/**
 * @param besides - Times at which to look besides the events and `looks` others.
 */
export function halfLineKernels(flow: HalfLineFlow, looks: number, besides: readonly number[] = []): KernelMovement {
  const { positive, negative } = flow.halves;
  const alpha = slopeBelow(flow.problem.network.activation);
  const shared = alpha === 0 ? 0 : 1 / (alpha + 1 / alpha);
  const [inputsAbove, inputsBelow] = [positive, negative].map(({ problem }) => Math.sqrt(problem.task.xx));
  // The kernel jumps at an event: both sides of it are looked at.
  const kinks = flow.events.flatMap(({ t }) => [t * (1 - Number.EPSILON), t]);
  const inside = [...lookTimes(flow, looks), ...kinks, ...besides].filter((t) => t > 0 && t < flow.until);
  const sizes = [0, ...inside.sort((a, b) => a - b), flow.until].map((t) => {
    const [above, below] = [positive.at(t), negative.at(t)];
    const between = shared * (above.kernel * inputsAbove! * inputsBelow! + below.kernel * inputsAbove! * inputsBelow!);
    return [above.kernelSize, below.kernelSize, Math.SQRT2 * between] as const;
  });
  const [a, b, c] = sizes[0]!;
  const norm = (x: number, y: number, z: number): number => hypot(hypot(x, y), z);
  const size = norm(a, b, c);
  const change = ([x, y, z]: (typeof sizes)[number]): number => (x === a && y === b ? 0 : norm(x - a, y - b, z - c) / size);
  const last = sizes.at(-1)!;
  return {
    ratio: change(last) === 0 ? 1 : norm(...last) / size,
    largest: sizes.reduce((most, row) => Math.max(most, change(row)), 0),
  };
}
