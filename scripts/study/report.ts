/** The tables of the study, in Markdown. */
import {
  acts,
  type Comparison,
  choosing,
  lastRatio,
  logRatios,
  lossScore,
  moves,
  needsSurrogate,
  scoreOf,
  THRESHOLD,
} from "./compare.ts";
import { type ExactForecast, type ExactForecasts, exactKey } from "./exactRuns.ts";
import { type RuleName, ruleNames } from "./forecasts.ts";
import type { Run } from "./runs.ts";
import { median, slope } from "./statistics.ts";

type Cell = string | number;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const fixed = (value: number, digits = 2): string => (Number.isFinite(value) ? value.toFixed(digits) : "–");
const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toPrecision(2)} %` : "–");

/** Exact forecasts of two linear layers: the error of each run, and the runs above 20 %. */
export function reportExact({ runs }: Comparison, exact: ExactForecasts): string {
  const linear = runs.filter((run) => !needsSurrogate(run) && run.finite);
  const errors = (kind: "descent" | "flow"): { run: Run; error: number; last: number }[] =>
    linear.flatMap((run) => {
      const forecast = exact[exactKey(run)]?.[kind];
      if (forecast === undefined) return [];
      const last = lastRatio(run, forecast);
      const error = median(logRatios(run, forecast).map((ratio) => Math.abs(Math.expm1(ratio))));
      return [{ run, error, last: last === undefined ? Infinity : Math.abs(Math.expm1(last)) }];
    });
  const rows = (["descent", "flow"] as const).map((kind) => {
    const all = errors(kind);
    const each = all.map(({ error }) => error);
    const every = linear.flatMap((run) => {
      const forecast = exact[exactKey(run)]?.[kind];
      return forecast === undefined ? [] : logRatios(run, forecast).map((ratio) => Math.abs(Math.expm1(ratio)));
    });
    const within = every.filter((error) => error <= 0.2).length / every.length;
    return [
      kind,
      all.length,
      percent(median(each)),
      percent(Math.max(...each)),
      percent(median(all.map(({ last }) => last))),
      percent(within),
    ];
  });
  const outliers = (["descent", "flow"] as const).flatMap((kind) =>
    errors(kind)
      .filter(({ error, last }) => error > 0.2 || last > 0.2)
      .map(({ run, error, last }) => [kind, run.id, percent(error), percent(last), fixed(run.rows.at(-1)!.kernelDistance!, 4)]),
  );
  return [
    "### Two linear layers, exactly",
    table(
      ["forecast", "runs", "median error", "largest error of a run", "median error of the last row", "rows within 20 %"],
      rows,
    ),
    table(["outlier", "run", "error", "error of the last row", "measured"], outliers),
  ].join("\n\n");
}

export function reportRules({ scores, best }: Comparison): string {
  const rows = ruleNames.map((name) => {
    const { chosenBy, judgedBy } = scores[name];
    const verdicts = `${judgedBy.verdicts} of ${judgedBy.runs}`;
    return [
      name,
      fixed(chosenBy.factor),
      fixed(judgedBy.factor),
      fixed(judgedBy.factorOfAll),
      fixed(judgedBy.bias),
      fixed(judgedBy.rank),
      verdicts,
      judgedBy.lost,
    ];
  });
  const head = [
    "rule",
    "factor, first half",
    "factor, second half",
    "of all rows",
    "bias",
    "rank correlation",
    "verdicts",
    "diverged",
  ];
  return [`### Surrogates: the first half chooses ${best}`, table(head, rows)].join("\n\n");
}

/**
 * The surrogate that `forecast` had before, the exact families, and the best rule, on the runs that judge.
 */
export function reportBefore({ runs, best, forecasts }: Comparison): string {
  const judging = runs.filter((run, i) => needsSurrogate(run) && !choosing(i));
  const groups = new Map<string, Run[]>();
  for (const run of judging)
    for (const name of ["all", `${run.depth} layers, ${run.activation}`]) groups.set(name, [...(groups.get(name) ?? []), run]);
  const rules: readonly RuleName[] = ["G", "H", best];
  const rows = Array.from(groups, ([name, own]) =>
    rules.flatMap((rule) => {
      const forecastOf = ({ id }: Run): ExactForecast | undefined => forecasts[id]?.[rule];
      // A family is compared where it applies to all runs of a row.
      if (own.some((run) => forecastOf(run) === undefined)) return [];
      const { runs: count, lost, factor, bias, verdicts } = scoreOf(own, forecastOf);
      const { curve, time, timed } = lossScore(own, forecastOf);
      return [
        [name, rule, fixed(factor), fixed(bias), `${verdicts} of ${count}`, lost, fixed(curve), `${fixed(time)} (${timed})`],
      ];
    }),
  ).flat();
  const head = ["runs", "rule", "kernel change", "bias", "verdicts", "forecast diverges", "loss curve", "learning time (runs)"];
  return ["### Before and after, on the second half", table(head, rows)].join("\n\n");
}

/** Where the best rule and the default are right. */
export function reportSlices({ runs, best, forecasts }: Comparison): string {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const name = `${run.depth} layers, ${run.activation}, ${moves(run) ? "kernel moves" : "kernel stays"}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const rows = Array.from(groups, ([name, own]) => {
    const { runs: count, lost, factor, bias, rank, verdicts } = scoreOf(own, ({ id }) => forecasts[id]?.[best]);
    return [name, count, fixed(factor), fixed(bias), fixed(rank), `${verdicts} of ${count}`, lost];
  });
  const diverged = runs.filter(({ finite }) => !finite);
  const said = diverged.filter(({ id }) => forecasts[id]?.[best]?.status === "diverged").length;
  const falsely = runs.filter(({ finite, id }) => finite && forecasts[id]?.[best]?.status === "diverged");
  return [
    `### Rule ${best} by kind of network`,
    table(["runs", "finite", "factor", "bias", "rank correlation", "verdicts", "forecast diverges"], rows),
    `Of ${diverged.length} runs that diverged, ${said} were forecast to; ${falsely.length} finite ones were forecast to diverge, ${falsely.filter(moves).length} of which move their kernel.`,
  ].join("\n\n");
}

/** Slopes of the last kernel distance against the width. */
export function reportExponents(comparison: Comparison, exact: ExactForecasts): string {
  const rows = exponentGroups(comparison, exact).map(({ name, measured, expected, widths }) => [
    name,
    widths.length,
    fixed(measured),
    fixed(expected),
  ]);
  const gaps = rows.map(([, , measured, expected]) => Math.abs(Number(measured) - Number(expected))).filter(Number.isFinite);
  return [
    "### Exponents of the kernel's change against width",
    table(["networks", "widths", "measured", "forecast"], rows),
    `Median difference ${fixed(median(gaps))}.`,
  ].join("\n\n");
}

export interface ExponentGroup {
  readonly name: string;
  readonly depth: number;
  readonly activation: string;
  readonly scaling: string;
  readonly widths: readonly number[];
  readonly ends: readonly { readonly width: number; readonly measured: number; readonly expected: number }[];
  readonly measured: number;
  readonly expected: number;
}

export function exponentGroups({ runs, best, forecasts }: Comparison, exact: ExactForecasts): ExponentGroup[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const scaling = scalingOf(run);
    const name = `${run.depth} layers, ${run.activation}, ${scaling}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return Array.from(groups, ([name, own]): ExponentGroup => {
    const ends = own.flatMap((run) => {
      const forecast = bestForecast(run, exact, forecasts[run.id]?.[best]);
      const measured = run.rows.at(-1)!.kernelDistance;
      if (!run.finite || measured === null) return [];
      const expected = forecast?.status === "completed" ? forecast.kernelDistance.at(-1)! : NaN;
      return [{ width: run.width, measured, expected }];
    });
    const both = ends.filter(({ expected }) => Number.isFinite(expected));
    const slopeOf = (points: typeof ends, value: (end: (typeof ends)[number]) => number): number =>
      points.length < 3
        ? NaN
        : slope(
            points.map(({ width }) => Math.log(width)),
            points.map((end) => Math.log(value(end))),
          );
    return {
      name,
      depth: own[0]!.depth,
      activation: own[0]!.activation,
      scaling: scalingOf(own[0]!),
      widths: ends.map(({ width }) => width),
      ends,
      measured: slopeOf(ends, ({ measured }) => measured),
      expected: slopeOf(both, ({ expected }) => expected),
    };
  }).filter(({ widths }) => widths.length >= 3);
}

export function scalingOf({ part, alpha, parametrization }: Run): string {
  return part === "grid" ? `NTK, α = ${alpha}` : parametrization;
}

/** The exact forecast of descent where there is one, else the surrogate's. */
export function bestForecast(run: Run, exact: ExactForecasts, surrogate: ExactForecast | undefined): ExactForecast | undefined {
  return needsSurrogate(run) ? surrogate : (exact[exactKey(run)]?.descent ?? surrogate);
}

/** "No mechanism in the kernel phase, some in the feature phase", measured and forecast. */
export function reportMechanisms({ runs, best, forecasts }: Comparison, exact: ExactForecasts): string {
  const finite = runs.filter(({ finite: is }) => is);
  const count = (moving: boolean, acting: boolean): number =>
    finite.filter((run) => moves(run) === moving && acts(run) === acting).length;
  const exceptions = finite
    .filter((run) => moves(run) !== acts(run))
    .map((run) => {
      const largest = Math.max(...run.rows.map(({ kernelDistance }) => kernelDistance!));
      const forecast = bestForecast(run, exact, forecasts[run.id]?.[best]);
      const said = forecast === undefined ? "–" : forecast.mechanisms.some((names) => names.length > 0) ? "some" : "none";
      return [
        run.id,
        fixed(largest, 4),
        acts(run) ? "some" : "none",
        forecast === undefined ? "–" : fixed(Math.max(...forecast.kernelDistance), 4),
        said,
      ];
    });
  let [right, compared] = [0, 0];
  for (const run of finite) {
    const forecast = bestForecast(run, exact, forecasts[run.id]?.[best]);
    if (forecast === undefined) continue;
    compared++;
    if (forecast.mechanisms.some((names) => names.length > 0) === acts(run)) right++;
  }
  return [
    "### Kernel and mechanisms",
    table(
      ["", "some mechanism", "none"],
      [
        [`kernel moves by ${THRESHOLD} or more`, count(true, true), count(true, false)],
        ["kernel stays", count(false, true), count(false, false)],
      ],
    ),
    `Whether some mechanism acts was forecast rightly for ${right} of ${compared} finite runs.`,
    table(["exception", "largest kernel distance", "mechanisms", "forecast distance", "forecast mechanisms"], exceptions),
  ].join("\n\n");
}
