/**
 * Which neurons reach their kink, in order of time, each at most once. g of either side keeps its sign for
 * ever, so that one product decides the fate of all:
 *
 *     g₊g₋ > 0: the neuron crosses, and joins the other class        g₊g₋ ≤ 0: it dies, with w = 0 and u = u*
 *
 * The classes advance from event to event; each event is found from the present P and Q.
 */
import type { NeuronEvent } from "../../model/flow.ts";
import type { Halves } from "../../model/halves.ts";
import { timeToTurn } from "./angle.ts";
import type { ClassCourse } from "./classCourse.ts";
import type { Kink } from "./neuronClass.ts";

/** Moves both classes through all events, to t = ∞. */
export function runEvents({ positive, negative }: Halves<ClassCourse>, crosses: boolean): NeuronEvent[] {
  const events: NeuronEvent[] = [];
  let [a, b] = [positive.next(), negative.next()];
  for (;;) {
    const first = a !== undefined && !(b !== undefined && b.t < a.t);
    const event = first ? a : b;
    if (event === undefined) return events;
    const [from, to] = first ? [positive, negative] : [negative, positive];
    const { t, kink } = event;
    from.leave(t);
    if (crosses) to.join(t, kink);
    events.push({ t, neuron: kink.neuron, kind: crosses ? "crosses" : "dies" });
    if (first || crosses) a = positive.next();
    if (!first || crosses) b = negative.next();
  }
}

/** When neurons cross w = 0 that stay in their class, as those of a linear network do. */
export function crossingsOf({ current, members }: ClassCourse, kinks: readonly Kink[]): NeuronEvent[] {
  const events: NeuronEvent[] = [];
  for (const { neuron, angle } of kinks) {
    const t = timeToTurn(current, angle, members.unit);
    if (t === undefined || t === Infinity) return events;
    events.push({ t, neuron, kind: "crosses" });
  }
  return events;
}
