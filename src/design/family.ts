/**
 * All networks that meet a target. Training does not change under u → a·u, η_u → a²η_u, γ → γ/a, and likewise
 * for w. These two dimensions are always free. The others are the overlap, kernel ratio, rate and share that
 * the target does not fix.
 */
import { type Range, readNumber, readRecord } from "../door/arguments.ts";
import type { Brief } from "./brief.ts";
import type { Goals } from "./goals.ts";
import { endAtGrowth, endAtTimes } from "./meet.ts";
import type { Settled } from "./settle.ts";
import { rateToMeet, ratioOf, type Shape, type Start, startOf } from "./shape.ts";
import { admitShare, rateAt, strengthAt, third, type Units } from "./units.ts";

/**
 * The coordinates in a family: factors on the layers, and the numbers that the target does not fix.
 * Coordinates that are left out do not change.
 */
export interface DesignCoordinates {
  /**
   * Factor on u, above 0: σ_u is multiplied by it, η_u by its square, and the output scale is divided by it.
   */
  readonly u?: number | undefined;
  /** The same for w. */
  readonly w?: number | undefined;
  /** 2hS₀/B₀, as in `given.overlap`. */
  readonly overlap?: number | undefined;
  /** B∞/B₀. */
  readonly kernelRatio?: number | undefined;
  /** ρ, inverse time. */
  readonly rate?: number | undefined;
  /** (η_w·uu − η_u·ww)/B₀ at the start, from −1 to 1; the range is smaller with an overlap. */
  readonly share?: number | undefined;
}

/** The numbers that determine all observables of a network while it learns a task. */
export interface DesignInvariants {
  /** 2hS₀/B₀, positive if S₀ and S∞ have the same sign. */
  readonly start: number;
  /** 2h|S∞|/B₀. */
  readonly end: number;
  /** ρ, inverse time. */
  readonly rate: number;
  /** (η_w·uu − η_u·ww)/B₀. */
  readonly share: number;
}

/** All networks that meet a target, parametrised from one of them. */
export interface DesignFamily<Member> {
  /**
   * The number of free hyperparameters among outputScale, two learning rates, two scales and the overlap.
   * (The width does not matter.)
   */
  readonly dimension: number;
  /** The coordinates that `at` accepts, one name per dimension. */
  readonly free: readonly (keyof DesignCoordinates)[];
  /** The invariants, which are equal for all members that differ only in `u` and `w`. */
  readonly invariants: DesignInvariants;
  /**
   * Another member of the family. It meets the target, but may differ from the given values. The method is
   * not enumerable, so that clones leave it out.
   *
   * @throws FeatureLearningError `"invalid-argument"`: a coordinate that the target fixes, or out of range;
   * `"assumption"`: no such network.
   */
  at(coordinates: DesignCoordinates): Member;
}

/** The coordinates that a target does not fix. */
export function freeUnder({ growth, learningTime, plateau, balance }: Goals): readonly (keyof DesignCoordinates)[] {
  const times = Number(learningTime !== undefined) + Number(plateau !== undefined);
  const open: Readonly<Record<keyof DesignCoordinates, boolean>> = {
    u: true,
    w: true,
    overlap: times < 2 || growth === undefined,
    kernelRatio: times < 2 && growth === undefined,
    rate: times === 0,
    share: balance === undefined,
  };
  return (Object.keys(open) as (keyof DesignCoordinates)[]).filter((name) => open[name]);
}

const RANGES: Readonly<Record<keyof DesignCoordinates, Range>> = {
  u: { above: 0 },
  w: { above: 0 },
  overlap: { above: -1, max: 1 },
  kernelRatio: { above: 0 },
  rate: { above: 0 },
  share: { min: -1, max: 1 },
};

export function readCoordinates(value: unknown, free: readonly (keyof DesignCoordinates)[]): DesignCoordinates {
  const record = readRecord("coordinates", value, free);
  const passedNames = free.filter((name) => record[name] !== undefined);
  return Object.fromEntries(passedNames.map((name) => [name, readNumber(name, record[name], RANGES[name])]));
}

/** The reason for a number that the target does not fix. */
const CHOSEN = "the family's coordinates";

/** Converts the shape, strength and share of one member to those of another. */
export function move({ goals }: Brief, from: Settled, to: DesignCoordinates, units: Units): Settled {
  const { growth, learningTime, learning, plateau, balance } = goals;
  const timed = learningTime !== undefined || plateau !== undefined;
  const bothTimes = learningTime !== undefined && plateau !== undefined;
  const sameShape = to.overlap === undefined && to.kernelRatio === undefined;
  const shape = sameShape ? from.shape : shapeAt(to.overlap === undefined ? from.shape : startOf(to.overlap));
  const [strength, rateFrom] = pace();
  const T = third(strength * shape.end, units);
  const share = balance === undefined ? (to.share ?? from.share) : balance / T;
  const decided = sameShape || growth !== undefined || bothTimes;
  return {
    shape,
    strength,
    share: admitShare(share, T, shape, "take another overlap, kernelRatio, rate or share"),
    by: { shape: decided ? from.by.shape : CHOSEN, rate: rateFrom },
  };

  function shapeAt(start: Start): Shape {
    const end =
      growth === undefined && bothTimes
        ? endAtTimes(goals, start)
        : endAtGrowth(growth ?? (to.kernelRatio ?? ratioOf(from.shape)) - 1, start);
    return { ...start, end };
  }

  function pace(): readonly [strength: number, by: string] {
    if (sameShape && to.rate === undefined) return [from.strength, from.by.rate];
    if (timed) {
      const rate = rateToMeet(goals, shape);
      return [strengthAt(rate, shape, units), learningTime === undefined ? "plateau" : learning];
    }
    const rate = to.rate ?? rateAt(from.strength, from.shape, units);
    return [strengthAt(rate, shape, units), to.rate === undefined ? from.by.rate : CHOSEN];
  }
}
