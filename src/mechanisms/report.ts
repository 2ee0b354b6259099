/** From legs to a report: what each mechanism did, which are present, which dominates, in numbers and words. */
import type { Leg } from "./split.ts";

/** What a network can learn by. */
export type Mechanism = "alignment" | "disalignment" | "rescaling";

/** By which mechanisms an output changed. */
export interface Mechanisms {
  /** The change of the output. */
  readonly change: number;
  /** What turning towards each other did to it, turning away, and the layers' growing or shrinking; they add up to `change`. */
  readonly alignment: number;
  readonly disalignment: number;
  readonly rescaling: number;
  /** Those by which the network moved: on a way on which |S| only grows or only falls, |cos ζ| or ln(|u||w|) changed by the threshold. */
  readonly present: readonly Mechanism[];
  /** The one of those present that did most to the output; `"none"` where there is none. */
  readonly dominant: Mechanism | "none";
  /** When each acted: from 5 % to 95 % of what it did; absent for one that did nothing. */
  readonly intervals: { readonly [Name in Mechanism]?: readonly [number, number] };
  /** The largest rise and fall of |cos ζ| on such a way, and the largest change of ln(|u||w|). */
  readonly turn: { readonly rise: number; readonly fall: number };
  readonly stretch: number;
  /** In words. */
  readonly because: string;
  readonly threshold: number;
  /** `"exact"`: closed form; `"sampled"`: from steps or rows, by midpoint means that add up exactly. */
  readonly basis: "exact" | "sampled";
}

/** All of them, in the order in which they are told. */
export const everyMechanism: readonly Mechanism[] = ["alignment", "disalignment", "rescaling"];

export function report(
  legs: readonly Leg[],
  gamma: number,
  threshold: number,
  basis: Mechanisms["basis"],
  change: number,
  intervals: Mechanisms["intervals"],
): Mechanisms {
  // Nothing is 0, not −0.
  const total = (name: Mechanism): number => gamma * legs.reduce((sum, leg) => sum + leg[name], 0) + 0;
  const most = (value: (leg: Leg) => number): number => legs.reduce((found, leg) => Math.max(found, value(leg)), 0);
  const turn = { rise: most((leg) => leg.turn), fall: most((leg) => -leg.turn) };
  const stretch = most((leg) => Math.abs(leg.stretch));
  const shares = { alignment: total("alignment"), disalignment: total("disalignment"), rescaling: total("rescaling") };
  const moved = { alignment: turn.rise, disalignment: turn.fall, rescaling: stretch };
  const present = everyMechanism.filter((name) => moved[name] >= threshold);
  const dominant = present.reduce<Mechanism | "none">(
    (best, name) => (best === "none" || Math.abs(shares[name]) > Math.abs(shares[best]) ? name : best),
    "none",
  );
  return {
    change,
    ...shares,
    present,
    dominant,
    intervals,
    turn,
    stretch,
    because: reason(present, threshold),
    threshold,
    basis,
  };
}

function reason(present: readonly Mechanism[], threshold: number): string {
  const limit = `by ${threshold}`;
  if (present.length === 0)
    return `neither |cos ζ| nor ln(|u||w|) changes ${limit}: a kernel machine's small turn of large layers`;
  const said = {
    alignment: `|cos ζ| rises ${limit} or more`,
    disalignment: `|cos ζ| falls ${limit} or more`,
    rescaling: `ln(|u||w|) changes ${limit} or more`,
  };
  return present.map((name) => said[name]).join(", ");
}
