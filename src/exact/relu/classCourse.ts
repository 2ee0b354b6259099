/**
 * One class in time: pieces, each the closed form of a linear network of the neurons that the class has then.
 * Between pieces a neuron leaves or joins at w = 0, where it carries no output: S and g are continuous, P and
 * Q lose or gain η_w u*². Sums at the angle 0 are only ever added,
 *
 *     P = e^2θ (Σ p² + Σ η_w u*² e^−2θₐ)      Q = e^−2θ (Σ q² + Σ η_w u*² e^2θₐ)      δ' = Σ pq + Σ η_w u*²
 *
 * over those that are left of the start, and those that joined at angles θₐ.
 */
import type { Start } from "../../layers/start.ts";
import type { Network } from "../../model/network.ts";
import type { Task } from "../../model/task.ts";
import {
  absolute,
  compare,
  difference,
  product,
  quotient,
  sum,
  toNumber,
  type Wide,
  wide,
  wideExponential,
  ZERO,
} from "../../numerics/wide.ts";
import { moveTo, type Solution, solution } from "../riccati/solution.ts";
import { type AngleUnit, angleAfter, timeToTurn } from "./angle.ts";
import { added, type Kink, type NeuronClass, NONE, type Sums } from "./neuronClass.ts";

/** A stretch of time in which a class keeps its neurons. */
export interface Piece {
  /** When it begins. */
  readonly t: number;
  /** The angle then. */
  readonly angle: number;
  /** How many of the leavers have gone, and how many have joined. */
  readonly left: number;
  readonly joined: number;
  /** The class then. The conserved area of the layers is that of the first piece: see `classFlow`. */
  readonly start: Start;
}

/** Where a class is when it is handed a neuron, or hands one over. */
interface Place {
  readonly t: number;
  readonly angle: number;
  readonly S: Wide;
  readonly g: Wide;
}

export class ClassCourse {
  readonly pieces: Piece[];
  /** Those that have joined, in order: `angle` is that of this class when they did. */
  readonly joiners: Kink[] = [];
  private joinedSums: Sums = NONE;
  /** The last piece, in its own time. Those before are solved again where they are asked for. */
  current: Solution;

  constructor(
    readonly members: NeuronClass,
    readonly network: Network,
    /** The moments of the data on this side. */
    readonly task: Task,
  ) {
    this.pieces = [{ t: 0, angle: 0, left: 0, joined: 0, start: members.start }];
    this.current = solution(network, task, members.start);
  }

  /** The neuron that leaves next, as things are, and when; undefined where none does. */
  next(): { readonly kink: Kink; readonly t: number } | undefined {
    const { t, angle, left } = this.pieces.at(-1)!;
    const kink = this.members.leavers[left];
    if (kink === undefined) return undefined;
    // Rounding may have put the class just beyond it.
    const ahead = Math.sign(kink.angle) * Math.max(0, Math.sign(kink.angle) * (kink.angle - angle));
    const after = timeToTurn(this.current, ahead, this.members.unit);
    const time = after === undefined ? Infinity : t + after;
    return time < Infinity ? { kink, t: time } : undefined;
  }

  /** The next neuron leaves. */
  leave(t: number): void {
    const { left, joined } = this.pieces.at(-1)!;
    const place = placeAt(this, t, this.members.leavers[left]!.angle);
    this.begin(place, left + 1, joined);
  }

  /** A neuron joins that has left the other class. */
  join(t: number, { neuron, weight, u }: Kink): void {
    const { left, joined } = this.pieces.at(-1)!;
    const place = placeAt(this, t);
    this.joiners.push({ neuron, angle: place.angle, weight, u });
    const [rise, fall] = squaresAt(place.angle, this.members.unit);
    this.joinedSums = added(this.joinedSums, { P: product(weight, fall), Q: product(weight, rise), delta: weight });
    this.begin(place, left, joined + 1);
  }

  /**
   * S, which a handed-over neuron does not change; from P and Q = B ± 2hS where rounding is all that is left
   * of it.
   */
  private overlapOf(S: Wide, P: Wide, Q: Wide): Wide {
    const kernel = sum(P, Q);
    if (kernel.m === 0) return ZERO;
    const { start } = this.current;
    const { h } = this.members.unit;
    if (h.m === 0 || compare(kernel, product(LITTLE, sum(start.P, start.Q))) >= 0) return S;
    return quotient(difference(P, Q), product(4, h));
  }

  private begin({ t, angle, S, g }: Place, left: number, joined: number): void {
    const { members, network, task, joinedSums } = this;
    const { delta, ...parts } = added(members.rest[left]!, joinedSums);
    const [rise, fall] = squaresAt(angle, members.unit);
    const [P, Q] = [product(parts.P, rise), product(parts.Q, fall)];
    const kept = this.overlapOf(S, P, Q);
    const start = {
      given: { uu: NaN, ww: NaN, uw: toNumber(kept) },
      S: kept,
      P,
      Q,
      area: members.start.area,
      delta,
      residual: g,
    };
    this.pieces.push({ t, angle, left, joined, start });
    this.current = solution(network, task, start);
  }
}

/** A class that has lost all but this share of its kernel has lost the digits of S as well. */
const LITTLE = 2 ** -6;

/** e^2θ and e^−2θ; 1 with a frozen layer. */
function squaresAt(angle: number, { h }: AngleUnit): readonly [Wide, Wide] {
  return h.m === 0 ? [wide(1), wide(1)] : [wideExponential(2 * angle), wideExponential(-2 * angle)];
}

/** Where a class is at time t of its last piece, with the angle where that is known better. */
function placeAt({ pieces, members, current: found }: ClassCourse, t: number, known?: number): Place {
  const { t: from, angle } = pieces.at(-1)!;
  const time = t - from;
  moveTo(found, time);
  const { S, SExp, g, gExp } = found.state;
  const turned = known ?? (time > 0 ? angle + angleAfter(found, time, members.unit) : angle);
  return { t, angle: turned, ...agreeing(found, wide(S, SExp), wide(g, gExp)) };
}

/**
 * S and g = xy − γ·xx·S, the one from the other where that loses nothing: after many pieces they would drift
 * apart by the rounding of each.
 */
function agreeing({ riccati: { gammaXX }, task }: Solution, S: Wide, g: Wide): { readonly S: Wide; readonly g: Wide } {
  if (gammaXX.m === 0) return { S, g };
  const xy = wide(task.xy);
  const fitted = product(gammaXX, S);
  const size = sum(absolute(xy), absolute(fitted));
  return compare(product(4, absolute(g)), size) < 0
    ? { S: quotient(difference(xy, g), gammaXX), g }
    : { S, g: difference(xy, fitted) };
}

/** The rate at which a class converges in its last piece, inverse time. */
export function lastRate({ current }: Pick<ClassCourse, "current">): number {
  return toNumber(current.riccati.rho);
}
