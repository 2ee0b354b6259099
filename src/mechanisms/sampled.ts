/**
 * The split of a sampled change, step by step: with N = |u||w| and C = cos ζ,
 *
 *     ΔS = N̄ ΔC + C̄ ΔN      (bars: means of the step's ends)
 *
 * holds exactly for every step, so that the parts add up whatever the sampling; a step over S = 0 is split there, at C = 0. Layers that stay
 * parallel only rescale.
 */
import type { Snapshot } from "../model/snapshot.ts";
import type { Trajectory } from "../model/trajectory.ts";
import { everyMechanism, type Mechanism, type Mechanisms } from "./report.ts";
import type { Leg, Shares } from "./split.ts";
import type { LoggedTrajectory } from "./trajectoryOf.ts";

/** One row: time, S = NC, and the output that goes with it. */
export interface Row {
  readonly t: number;
  readonly S: number;
  readonly N: number;
  readonly C: number;
  readonly output: number;
}

export function rowsOf({ t, uw, normProduct, alignment, output }: Trajectory | LoggedTrajectory): Row[] {
  return Array.from(t, (time, i) => ({ t: time, S: uw[i]!, N: normProduct[i]!, C: alignment[i]!, output: output[i]! }));
}

export function rowOf({ t, uw, normProduct, alignment, output }: Snapshot): Row {
  return { t, S: uw, N: normProduct, C: alignment, output };
}

/** What the rows show, as legs on which |S| only grows or only falls. */
export interface SplitRows {
  readonly legs: readonly Leg[];
  /** Output over S; 1 where the output is not a multiple of S. */
  readonly gamma: number;
  readonly change: number;
  readonly intervals: Mechanisms["intervals"];
}

export function splitRows(rows: readonly Row[]): SplitRows {
  const gamma = scaleOf(rows);
  const pieces = rows.slice(1).flatMap((row, i) => between(rows[i]!, row));
  const first = rows[0]!;
  const last = rows.at(-1)!;
  return {
    legs: joined(pieces),
    gamma,
    change: gamma * (last.S - first.S),
    intervals: Object.fromEntries(
      everyMechanism.flatMap((name) => {
        const span = spanOf(pieces, name);
        return span === undefined ? [] : [[name, span]];
      }),
    ),
  };
}

/** What each mechanism did to the output up to each row. */
export function sharesUpTo(rows: readonly Row[]): Shares[] {
  const gamma = scaleOf(rows);
  const sum: { -readonly [Name in Mechanism]: number } = { alignment: 0, disalignment: 0, rescaling: 0 };
  return rows.map((row, i) => {
    for (const one of i === 0 ? [] : between(rows[i - 1]!, row))
      for (const name of everyMechanism) sum[name] += gamma * one[name];
    return { ...sum };
  });
}

/** γ, if the output is γS throughout: of a power activation it is not, and then S itself is what is split. */
function scaleOf(rows: readonly Row[]): number {
  const largest = rows.reduce((best, row) => (Math.abs(row.S) > Math.abs(best.S) ? row : best), rows[0]!);
  if (largest.S === 0) return 1;
  const gamma = largest.output / largest.S;
  const slack = 1e-9 * Math.abs(largest.output);
  return rows.every(({ S, output }) => Math.abs(output - gamma * S) <= slack) ? gamma : 1;
}

interface Piece extends Leg {
  readonly start: number;
  readonly end: number;
}

/** Cosines this near to ±1 are those of parallel layers. */
const PARALLEL = 1 - 1e-12;

function between(a: Row, b: Row): Piece[] {
  if (a.S === b.S && a.N === b.N) return [];
  const parallel = (a.N === 0 || Math.abs(a.C) >= PARALLEL) && (b.N === 0 || Math.abs(b.C) >= PARALLEL);
  if (a.S * b.S >= 0) return [piece(a, b, parallel)];
  const share = a.S / (a.S - b.S);
  const zero = { t: a.t + share * (b.t - a.t), S: 0, N: parallel ? 0 : a.N + share * (b.N - a.N), C: 0, output: 0 };
  return [piece(a, zero, parallel), piece(zero, b, parallel)];
}

function piece(a: Row, b: Row, parallel: boolean): Piece {
  const grows = Math.abs(b.S) > Math.abs(a.S);
  const change = b.S - a.S;
  const turning = parallel ? 0 : ((a.N + b.N) / 2) * (b.C - a.C);
  return {
    from: a.S,
    to: b.S,
    start: a.t,
    end: b.t,
    alignment: grows ? turning : 0,
    disalignment: grows ? 0 : turning,
    rescaling: change - turning,
    turn: parallel ? 0 : Math.abs(b.C) - Math.abs(a.C),
    stretch: a.N === b.N ? 0 : Math.log(b.N) - Math.log(a.N),
  };
}

/** Pieces in a row that go the same way are one leg. */
function joined(pieces: readonly Piece[]): Leg[] {
  const legs: Leg[] = [];
  let before: Piece | undefined;
  for (const next of pieces) {
    const last = legs.at(-1);
    const grows = Math.abs(next.to) > Math.abs(next.from);
    const continues = before !== undefined && grows === Math.abs(before.to) > Math.abs(before.from);
    if (last === undefined || !continues) legs.push(next);
    else {
      legs[legs.length - 1] = {
        from: last.from,
        to: next.to,
        alignment: last.alignment + next.alignment,
        disalignment: last.disalignment + next.disalignment,
        rescaling: last.rescaling + next.rescaling,
        turn: last.turn + next.turn,
        stretch: last.stretch + next.stretch,
      };
    }
    before = next;
  }
  return legs;
}

/** From 5 % to 95 % of what a mechanism did, counted by size. */
function spanOf(pieces: readonly Piece[], name: Mechanism): [number, number] | undefined {
  const total = pieces.reduce((sum, one) => sum + Math.abs(one[name]), 0);
  if (total === 0) return undefined;
  const timeAt = (share: number): number => {
    let done = 0;
    for (const one of pieces) {
      const own = Math.abs(one[name]);
      if (done + own >= share * total) {
        const inside = own > 0 ? (share * total - done) / own : 0;
        return Number.isFinite(one.end) ? one.start + inside * (one.end - one.start) : one.start;
      }
      done += own;
    }
    return pieces.at(-1)!.end;
  };
  return [timeAt(0.05), timeAt(0.95)];
}
