/** What a class says at any time: its snapshot, as one of one direction, and its neurons' weights. */
import type { Start } from "../../layers/start.ts";
import { type Transfer, transferWeights } from "../../layers/transfer.ts";
import { FIELD, FIELDS, type Snapshot, snapshotFrom } from "../../model/snapshot.ts";
import type { Weights } from "../../model/weights.ts";
import { product, quotient, toNumber, wide } from "../../numerics/wide.ts";
import { record, type Solution, solution } from "../riccati/solution.ts";
import { angleAfter, frozenTransfer, transferBy } from "./angle.ts";
import type { ClassCourse, Piece } from "./classCourse.ts";
import { type Kink, startOfNeurons } from "./neuronClass.ts";

/** Reads a class at any time t ≥ 0. */
export interface ClassReader {
  /** Writes the snapshot at time t: field f goes to values[offset + FIELD[f]·stride]. */
  record(t: number, values: Float64Array, offset: number, stride: number): void;
  at(t: number): Snapshot;
  /** Writes the weights of the neurons that are in the class at time t, each at its number. */
  put(t: number, out: Weights): void;
}

export function classReader(course: ClassCourse): ClassReader {
  const { pieces, members, network, task } = course;
  const solutions = new Map<number, Solution>();
  if (pieces.length === 1) solutions.set(0, course.current);
  const solutionOf = (i: number): Solution => {
    const known = solutions.get(i) ?? solution(network, task, startOf(course, pieces[i]!));
    solutions.set(i, known);
    return known;
  };
  const row = new Float64Array(FIELDS);
  const recordAt: ClassReader["record"] = (t, values, offset, stride) => {
    const i = pieceAt(pieces, t);
    const piece = pieces[i]!;
    record(solutionOf(i), t - piece.t, values, offset, stride);
    values[offset + FIELD.t * stride] = t;
  };
  return {
    record: recordAt,
    at(t) {
      recordAt(t, row, 0, 1);
      return snapshotFrom(row, 0, 1);
    },
    put(t, out) {
      const i = pieceAt(pieces, t);
      const piece = pieces[i]!;
      const found = solutionOf(i);
      const time = t - piece.t;
      const { riccati } = found;
      const vanishes = t === Infinity && !riccati.still && (riccati.saddle || riccati.rho.m === 0);
      const angle = time > 0 && !vanishes ? piece.angle + angleAfter(found, time, members.unit) : piece.angle;
      const by = Number.isFinite(angle) ? undefined : frozenTransfer(found, time);
      const put = (neuron: number, u: number, w: number): void => {
        out.u[neuron] = u;
        out.w[neuron] = w;
      };
      putNeurons(course, piece, vanishes ? undefined : angle, put, by);
    },
  };
}

/** The last piece that has begun. */
function pieceAt(pieces: readonly Piece[], t: number): number {
  let [low, high] = [0, pieces.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.t <= t) low = middle;
    else high = middle;
  }
  return low;
}

/** The start of a piece with what only its neurons tell: |u|², |w|² and the area that they span. */
function startOf(course: ClassCourse, piece: Piece): Start {
  const { start } = piece;
  const u: number[] = [];
  const w: number[] = [];
  putNeurons(course, piece, piece.angle, (_neuron, uOne, wOne) => {
    u.push(uOne);
    w.push(wOne);
  });
  const sums = startOfNeurons({ u: Float64Array.from(u), w: Float64Array.from(w) }, course.network.learningRates);
  return { ...start, given: { ...sums.given, uw: start.given.uw }, area: sums.area };
}

/**
 * Every neuron of a piece at an angle; at none, at the end of a saddle, all are zero. `by` is the rotation by
 * an angle that is not a double number.
 */
function putNeurons(
  { members, joiners, network }: ClassCourse,
  { left, joined }: Piece,
  angle: number | undefined,
  put: (neuron: number, u: number, w: number) => void,
  by?: Transfer,
): void {
  const { stayers, leavers, unit } = members;
  const { index, layers, parts } = stayers;
  const out = { u: new Float64Array(index.length), w: new Float64Array(index.length) };
  if (angle !== undefined) transferWeights(by ?? transferBy(angle, unit), layers, parts, out);
  for (const [i, neuron] of index.entries()) put(neuron, out.u[i]!, out.w[i]!);
  const { w: etaW } = network.learningRates;
  // √(η_w/η_u), where everything is of ordinary size.
  const ratio = unit.h.m === 0 ? NaN : toNumber(quotient(wide(etaW), unit.h));
  for (let j = left; j < leavers.length; j++) turned(leavers[j]!);
  for (let j = 0; j < joined; j++) turned(joiners[j]!);

  function turned(kink: Kink): void {
    const ahead = (angle ?? 0) - kink.angle;
    if (angle === undefined) put(kink.neuron, 0, 0);
    else if (isOrdinary(kink.u) && isOrdinary(ratio) && Math.abs(ahead) < 300) {
      put(kink.neuron, kink.u * Math.cosh(ahead), kink.u * ratio * Math.sinh(ahead));
    } else {
      const { cosh, sinhOverH } = by ?? transferBy(ahead, unit);
      put(kink.neuron, toNumber(product(kink.u, cosh)), toNumber(product(etaW, kink.u, sinhOverH)));
    }
  }
}

function isOrdinary(x: number): boolean {
  const size = Math.abs(x);
  return size > 1e-80 && size < 1e80;
}
