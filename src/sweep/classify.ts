/**
 * The regimes of many networks at once, in plain arrays: the verdict of `regime` for each, at the cost of a
 * few square roots.
 */

import { readNumber, readRecord, refuse } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { changeOf, trainedPlace } from "../regimes/place.ts";

/** A column: one number for every network, or one for all. */
export type Column = number | VectorLike;

/** Many networks, column by column. Missing columns are 1; a missing area is computed from uu, ww and uw. */
export interface NetworkColumns {
  /** The initial u·u. */
  readonly uu: Column;
  /** The initial w·w. */
  readonly ww: Column;
  /** The initial u·w. */
  readonly uw: Column;
  /** √(uu·ww − uw²), if it is known more accurately than from uu, ww and uw. */
  readonly area?: Column;
  /** γ. */
  readonly outputScale?: Column;
  /** η_u. */
  readonly etaU?: Column;
  /** η_w. */
  readonly etaW?: Column;
  /** E[x²]. */
  readonly xx?: Column;
  /** E[xy]. */
  readonly xy?: Column;
}

/** The results, one per network. */
export interface Classification {
  /** 0 kernel, 1 feature learning, 2 static: indices of `regimeNames`. */
  readonly regime: Uint8Array;
  /** The kernel at the end divided by the initial one. */
  readonly kernelRatio: Float64Array;
  /** The largest relative change of the kernel. */
  readonly kernelChange: Float64Array;
}

const NAMES = ["uu", "ww", "uw", "area", "outputScale", "etaU", "etaW", "xx", "xy"] as const;

/**
 * The regime of each of many networks, from their order parameters.
 *
 * @param columns - Arrays of equal length, or numbers for all networks.
 * @throws FeatureLearningError `"invalid-argument"`: columns of different lengths, values that are not
 * finite, no column at all.
 *
 * @example
 * ```ts
 * import { classifyNetworks, regimeNames } from "feature-learning/sweep";
 *
 * const { regime } = classifyNetworks({ uu: [100, 1, 0], ww: [100, 1, 0], uw: 0 });
 * console.log(Array.from(regime, (code) => regimeNames[code])); // [ 'kernel', 'feature-learning', 'static' ]
 * ```
 */
export function classifyNetworks(
  columns: NetworkColumns,
  options: { readonly kernelBelow?: number | undefined } = {},
): Classification {
  return named("classifyNetworks", () => {
    const record = readRecord("columns", columns, NAMES);
    const { kernelBelow = 0.1 } = readRecord("options", options, ["kernelBelow"]);
    const below = readNumber("kernelBelow", kernelBelow, { above: 0 });
    const read = NAMES.map((name) => readColumn(name, record[name]));
    const count = Math.max(...read.map((column) => (column.step === 1 ? column.values.length : 0)));
    if (count === 0) refuse("columns", columns, "pass at least one column as an array");
    for (const [i, { step, values }] of read.entries())
      if (step === 1 && values.length !== count) refuse(`columns.${NAMES[i]}`, values, `pass ${count} numbers, or one for all`);
    return classify(count, read, below);
  });
}

interface ReadColumn {
  readonly values: Float64Array;
  /** 0 if one value is for all networks. */
  readonly step: 0 | 1;
}

function readColumn(name: string, value: unknown): ReadColumn {
  if (value === undefined) {
    if (name === "uu" || name === "ww" || name === "uw") refuse(`columns.${name}`, value, "pass a number or an array");
    return { values: Float64Array.of(name === "area" ? NaN : 1), step: 0 };
  }
  if (typeof value === "number") return { values: Float64Array.of(readNumber(`columns.${name}`, value)), step: 0 };
  return { values: readVector(`columns.${name}`, value), step: 1 };
}

function classify(count: number, columns: readonly ReadColumn[], below: number): Classification {
  const [uus, wws, uws, areas, gammas, etaUs, etaWs, xxs, xys] = columns.map(
    ({ values }) => values,
  ) as unknown as Float64Array[] & {
    length: 9;
  };
  const [a, b, c, d, e, f, g, h, i] = columns.map(({ step }) => step) as unknown as number[] & { length: 9 };
  const regime = new Uint8Array(count);
  const kernelRatio = new Float64Array(count);
  const kernelChanges = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const uu = uus![n * a!]!;
    const ww = wws![n * b!]!;
    const S = uws![n * c!]!;
    const passedArea = areas![n * d!]!;
    const outputScale = gammas![n * e!]!;
    const etaU = etaUs![n * f!]!;
    const etaW = etaWs![n * g!]!;
    const xx = xxs![n * h!]!;
    const N = Math.sqrt(uu) * Math.sqrt(ww);
    const size = Math.abs(S);
    const area = !Number.isNaN(passedArea) ? passedArea : N > size ? Math.sqrt(N - size) * Math.sqrt(N + size) : 0;
    const start = { uu, ww, uw: S, area };
    const { end, place } = trainedPlace(etaU, etaW, start, { outputScale, xx, xy: xys![n * i!]! });
    if (place === undefined || end === S) {
      regime[n] = 2;
      kernelRatio[n] = 1;
      continue;
    }
    const change = changeOf(place);
    kernelRatio[n] = change.ratio;
    kernelChanges[n] = change.largest;
    regime[n] = change.largest < below ? 0 : 1;
  }
  return { regime, kernelRatio, kernelChange: kernelChanges };
}
