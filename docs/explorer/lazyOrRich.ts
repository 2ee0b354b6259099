/**
 * The interactive figure of "What is feature learning?": the loss and the kernel of a network whose initial
 * scale the reader chooses, between a lazy and a rich one.
 */
import { halfLife, network, oneDirectionFlow, taskFromMoments } from "feature-learning";

/** The penguins' flipper length and body mass, each of mean 0 and variance 1. */
export const CORRELATION = 0.8712;

export const WIDTH = 1000;

/** The kernel of a lazy network changes by less than this part of its initial size. */
const THRESHOLD = 0.1;

/** A network that starts from layers at right angles, as wide random layers are. */
function flowOf(scale: number) {
  const size = WIDTH * scale * scale;
  const task = taskFromMoments({ xx: 1, xy: CORRELATION, yy: 1 });
  return oneDirectionFlow({ network: network(), task, initial: { uu: size, ww: size, uw: 0 } });
}

/** The training of one network, in half-lives of its loss. */
export interface Curves {
  readonly t: readonly number[];
  readonly loss: readonly number[];
  /** Over its start. */
  readonly kernel: readonly number[];
  /** The kernel at the end over its start. */
  readonly ratio: number;
  readonly isLazy: boolean;
}

/** The last time shown, in half-lives. */
export const UNTIL = 7;

export function curvesOf(scale: number, count = 141): Curves {
  const flow = flowOf(scale);
  const unit = halfLife(flow);
  const t = Array.from({ length: count }, (_, i) => (i / (count - 1)) * UNTIL);
  const rows = t.map((time) => flow.at(time * unit));
  const start = flow.at(0).kernel;
  const ratio = flow.limit.kernel / start;
  return {
    t,
    loss: rows.map(({ loss }) => loss),
    kernel: rows.map(({ kernel }) => kernel / start),
    ratio,
    // From right angles the kernel only grows.
    isLazy: ratio - 1 < THRESHOLD,
  };
}

/** The verdict in a sentence. */
export function sentenceOf(scale: number, { ratio, isLazy }: Curves): string {
  const change = ratio < 2 ? `changes by ${((ratio - 1) * 100).toPrecision(2)} %` : `grows ${Number(ratio.toPrecision(2))} times`;
  const verdict = isLazy
    ? "This network is lazy: it fits the data without new features."
    : "This network is rich: it learns features.";
  return `At initial scale ${Number(scale.toPrecision(2))} the kernel ${change}. ${verdict}`;
}
