/** Neurons at w = 0, which no data reach: those that started there, and those that have died. */
import type { NeuronEvent } from "../../model/flow.ts";
import type { Halves } from "../../model/halves.ts";
import { hasNeurons } from "../../model/readHalfLineInitial.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import type { ClassCourse } from "./classCourse.ts";

export interface SilentNeurons {
  /** Their |u|² at time t. */
  uu(t: number): number;
  /** Writes the weights of those that have died by time t. */
  put(t: number, out: Weights): void;
}

export function silentNeurons(
  initial: Weights | Halves<OrderParameters>,
  events: readonly NeuronEvent[],
  courses: Halves<ClassCourse>,
): SilentNeurons {
  const dying = events.filter(({ kind }) => kind === "dies");
  const kinks = [...courses.positive.members.leavers, ...courses.negative.members.leavers];
  const remains = new Map(kinks.map(({ neuron, u }) => [neuron, u]));
  let total = hasNeurons(initial) ? squaresOfSilent(initial, courses) : 0;
  // |u|² after n of them have died.
  const totals = [total, ...dying.map(({ neuron }) => (total += remains.get(neuron)! ** 2))];
  const count = (t: number): number => {
    let [low, high] = [0, dying.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (dying[middle]!.t <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    uu: (t) => totals[count(t)]!,
    put(t, out) {
      for (let n = count(t) - 1; n >= 0; n--) {
        const { neuron } = dying[n]!;
        out.u[neuron] = remains.get(neuron)!;
        out.w[neuron] = 0;
      }
    },
  };
}

/** |u|² of the neurons that start at w = 0 and are in no class. */
function squaresOfSilent({ u, w }: Weights, { positive, negative }: Halves<ClassCourse>): number {
  const awake = new Set([...positive.members.stayers.index, ...negative.members.stayers.index]);
  let total = 0;
  for (let i = 0; i < w.length; i++) if (w[i] === 0 && !awake.has(i)) total += u[i]! ** 2;
  return total;
}
