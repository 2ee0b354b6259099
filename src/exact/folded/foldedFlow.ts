/**
 * A network with a kink at 0 whose sides are images of one another: one linear network, until neurons die.
 * Its slope is γmS for x > 0 and ϵγmS for x < 0. With s = (1 + |α|)/2 and a dash for the linear network, a
 * side has
 *
 *     |u|² = s|u'|²    |w|² = s|w'|²    u·w = ±mS    Γ = s²Γ' + (s² − m²)S²    K = (1 + α²)/2m² · K'
 *
 * and the curvature is that of the linear network with m² or, where it is larger, (1 − ϵα)²/4.
 */
import { wholeOfWeights } from "../../layers/kinkedLayers.ts";
import { nameOfActivation, slopeBelow } from "../../model/activation.ts";
import type { ExactHalfLineFlow, Flow, NeuronEvent } from "../../model/flow.ts";
import type { HalfLineSnapshot } from "../../model/halfLineSnapshot.ts";
import { leastLossOfSlopes } from "../../model/halfLines.ts";
import type { Halves } from "../../model/halves.ts";
import { notesOf } from "../../model/notes.ts";
import { halfLines, oneSide, turns } from "../../model/protocol.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import { roomFor } from "../../model/roomFor.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import type { Weights } from "../../model/weights.ts";
import { ClassCourse, lastRate } from "../relu/classCourse.ts";
import { classReader } from "../relu/classFlow.ts";
import { crossingsOf, runEvents } from "../relu/events.ts";
import { startOfNeurons, withoutNeurons } from "../relu/neuronClass.ts";
import { requireTimeFromZero, taskOfSide } from "../relu/side.ts";
import { silentNeurons } from "../relu/silentNeurons.ts";
import { type FoldedClass, foldedClass, type Symmetry } from "./foldedClass.ts";
import { curvatureOf, sidesOfFolded } from "./foldedSides.ts";

/** The flow of a problem that has this symmetry. */
export function foldedFlow(problem: HalfLineProblem, symmetry: Symmetry): ExactHalfLineFlow {
  const { network, task, halves, dead = [] } = problem;
  const initial = problem.initial as Weights;
  const folded = foldedClass(problem, symmetry);
  const course = new ClassCourse(folded.members, folded.network, folded.task);
  const returning = dead
    .filter((i) => folded.pulled.includes(i))
    .map((neuron): NeuronEvent => ({ t: 0, neuron, kind: "returns" }));
  const empty = emptyCourse(folded);
  const events =
    symmetry.parity === -1 ? runEvents({ positive: course, negative: empty }, false) : crossingsOf(course, folded.kinks);
  const reader = classReader(course);
  const silent = silentNeurons(initial, events, { positive: course, negative: empty });
  const floor = leastLossOfSlopes(network, task.yy, halves);
  const sidesAt = (t: number): Halves<Snapshot> => sidesOfFolded(problem, symmetry, reader.at(t));
  const at = (t: number): HalfLineSnapshot => {
    requireTimeFromZero("at", t);
    const whole = reader.at(t);
    const all = { uu: whole.uu + silent.uu(t), ww: whole.ww };
    const sharpness = curvatureOf(problem, symmetry, whole);
    return { ...wholeOfWeights(sidesOfFolded(problem, symmetry, whole), all, floor, weights), sharpness };
  };
  const weights = (t: number, out?: Weights): Weights => {
    requireTimeFromZero("weights", t);
    const target = roomFor(initial.u.length, out);
    target.u.set(initial.u);
    target.w.set(initial.w);
    if (t === 0) return target;
    silent.put(t, target);
    reader.put(t, target);
    // Where f is even these are |w|.
    if (symmetry.parity === -1) for (let i = 0; i < target.w.length; i++) if (initial.w[i]! < 0) target.w[i] = 0 - target.w[i]!;
    return target;
  };
  const common = { method: "exact", because: reasonOf(problem, symmetry), from: 0, until: Infinity };
  const rates = Float64Array.of(lastRate(course));
  const half = (side: keyof Halves<unknown>): Flow => {
    const { activation: _, ...linear } = network;
    const sideAt = (t: number): Snapshot => {
      requireTimeFromZero("at", t);
      return sidesAt(t)[side];
    };
    const { uu, ww, uw, area, balance } = sideAt(0);
    const flow = {
      ...common,
      problem: { network: linear, task: taskOfSide(halves[side]), initial: { uu, ww, uw, area, balance } },
      rates,
      limit: sideAt(Infinity),
      at: sideAt,
      [oneSide]: true,
      // The kernel and the area jump where a neuron dies: both sides of it are looked at.
      [turns]: course.pieces.slice(1).flatMap(({ t }) => [t * (1 - Number.EPSILON), t]),
    };
    return flow as unknown as Flow;
  };
  const flow = {
    ...common,
    family: "folded",
    problem: { network, task, initial },
    ...notesOf(task),
    rates,
    limit: at(Infinity),
    at,
    weights,
    events: [...returning, ...events],
    halves: { positive: half("positive"), negative: half("negative") },
    [halfLines]: problem,
  };
  return flow as unknown as ExactHalfLineFlow;
}

/** A class without neurons. */
function emptyCourse({ network, task }: FoldedClass): ClassCourse {
  const rates = network.learningRates;
  const start = startOfNeurons({ u: new Float64Array(0), w: new Float64Array(0) }, rates);
  return new ClassCourse(withoutNeurons(start, rates), network, task);
}

function reasonOf({ network: { activation } }: HalfLineProblem, { parity }: Symmetry): string {
  const name = nameOfActivation(activation);
  if (slopeBelow(activation) === -1)
    return `under ${name} the network is linear in |w| until a neuron reaches w = 0, where it stays`;
  return parity === 1
    ? `under ${name} neurons in pairs (u, w), (−u, −w) are a linear network, and odd data keep the pairs`
    : `under ${name} neurons in pairs (u, w), (u, −w) are linear in |w| until a pair reaches w = 0, and even data keep the pairs`;
}
