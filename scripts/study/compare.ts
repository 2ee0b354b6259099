/** Forecasts beside what was measured, by the rules of docs/results/fashion-mnist.md. */
import { mechanisms, trajectoryOf } from "feature-learning";
import type { ExactForecast } from "./exactRuns.ts";
import { type RuleName, readForecasts, ruleNames } from "./forecasts.ts";
import { type Run, readRuns } from "./runs.ts";
import { median, rankCorrelation } from "./statistics.ts";

/** Single precision measures nothing below this kernel distance. */
const LEAST = 1e-6;
export const THRESHOLD = 0.1;

/** ln(forecast/measured) of the rows that can be compared. */
export function logRatios({ rows }: Run, { kernelDistance }: ExactForecast): number[] {
  return rows.flatMap(({ kernelDistance: measured }, i) => {
    const expected = kernelDistance[i];
    return measured !== null && measured >= LEAST && expected !== undefined && expected > 0
      ? [Math.log(expected / measured)]
      : [];
  });
}

/** The same of the last row; undefined of a run or a forecast that did not reach it. */
export function lastRatio(run: Run, { kernelDistance, status }: ExactForecast): number | undefined {
  const measured = run.rows.at(-1)!.kernelDistance;
  if (!run.finite || measured === null || status === "diverged") return undefined;
  return Math.log(kernelDistance[run.rows.length - 1]! / measured);
}

export function moves({ rows }: Run): boolean {
  return rows.some(({ kernelDistance }) => kernelDistance !== null && kernelDistance >= THRESHOLD);
}

export function acts({ rows }: Run): boolean {
  return rows[0]!.pairs.some((_, pair) => {
    const log = rows.map(({ step, pairs }) => {
      const [uu, ww, uw] = pairs[pair]!;
      return { t: step, uu, ww, uw };
    });
    return mechanisms(trajectoryOf(log)).present.length > 0;
  });
}

/** The first half of the runs chooses the rule, the second judges it. */
export function choosing(index: number): boolean {
  return (index + Math.floor(index / 4)) % 2 === 0;
}

export interface Score {
  readonly runs: number;
  /** How many of the finite runs the forecast says diverge. */
  readonly lost: number;
  /** e to the median |ln(forecast/measured)|, of last rows and of all. */
  readonly factor: number;
  readonly factorOfAll: number;
  readonly bias: number;
  readonly rank: number;
  /** How often forecast and measurement are on the same side of the threshold. */
  readonly verdicts: number;
}

export function scoreOf(runs: readonly Run[], forecastOf: (run: Run) => ExactForecast | undefined): Score {
  const finite = runs.flatMap((run) => {
    const forecast = forecastOf(run);
    return run.finite && forecast !== undefined ? [{ run, forecast }] : [];
  });
  const last = finite.flatMap(({ run, forecast }) => {
    const ratio = lastRatio(run, forecast);
    return ratio === undefined ? [] : [{ run, forecast, ratio }];
  });
  const ends = last.map(({ run, forecast }) => [run.rows.at(-1)!.kernelDistance!, forecast.kernelDistance.at(-1)!] as const);
  const same = finite.filter(({ run, forecast }) => moves(run) === forecast.kernelDistance.some((value) => value >= THRESHOLD));
  return {
    runs: finite.length,
    lost: finite.length - last.length,
    factor: Math.exp(median(last.map(({ ratio }) => Math.abs(ratio)))),
    factorOfAll: Math.exp(median(finite.map(({ run, forecast }) => median(logRatios(run, forecast).map(Math.abs))))),
    bias: Math.exp(median(last.map(({ ratio }) => ratio))),
    rank: rankCorrelation(
      ends.map(([measured]) => measured),
      ends.map(([, expected]) => expected),
    ),
    verdicts: same.length,
  };
}

export interface LossScore {
  /**
   * The median over runs of the median over rows of |forecast − measured| loss, as a share of the first loss.
   */
  readonly curve: number;
  /**
   * e to the median |ln(forecast/measured)| of the step at which the loss has halved, and of how many runs.
   */
  readonly time: number;
  readonly timed: number;
}

/** Losses of the finite runs that are not forecast to diverge. */
export function lossScore(runs: readonly Run[], forecastOf: (run: Run) => ExactForecast | undefined): LossScore {
  const compared = runs.flatMap((run) => {
    const forecast = forecastOf(run);
    return run.finite && forecast?.status === "completed" ? [{ run, loss: forecast.loss }] : [];
  });
  const curves = compared.map(({ run: { rows }, loss }) =>
    median(rows.map((row, i) => Math.abs(loss[i]! - row.loss!) / rows[0]!.loss!)),
  );
  const times = compared.flatMap(({ run: { rows }, loss }) => {
    const steps = rows.map(({ step }) => step);
    const expected = halved(steps, loss);
    const measured = halved(
      steps,
      rows.map((row) => row.loss!),
    );
    return expected === undefined || measured === undefined ? [] : [Math.abs(Math.log(expected / measured))];
  });
  return { curve: median(curves), time: Math.exp(median(times)), timed: times.length };
}

/** The step at which the loss is half of its first value, between two rows by a straight line. */
function halved(steps: readonly number[], loss: readonly number[]): number | undefined {
  const goal = loss[0]! / 2;
  const i = loss.findIndex((value) => value <= goal);
  if (i <= 0) return undefined;
  return steps[i - 1]! + ((steps[i]! - steps[i - 1]!) * (loss[i - 1]! - goal)) / (loss[i - 1]! - loss[i]!);
}

export interface Comparison {
  readonly runs: readonly Run[];
  readonly best: RuleName;
  readonly scores: Readonly<Record<RuleName, { readonly chosenBy: Score; readonly judgedBy: Score }>>;
  readonly forecasts: ReturnType<typeof readForecasts>;
}

/** Whether a run is forecast by a surrogate: all but those of two linear layers. */
export function needsSurrogate({ depth, activation }: Run): boolean {
  return depth !== 2 || activation !== "linear";
}

export function compareRules(): Comparison {
  const runs = readRuns();
  const forecasts = readForecasts();
  const halves = [true, false].map((first) => runs.filter((run, i) => needsSurrogate(run) && choosing(i) === first));
  const scores = Object.fromEntries(
    ruleNames.map((name) => {
      const [chosenBy, judgedBy] = halves.map((half) => scoreOf(half, ({ id }) => forecasts[id]?.[name]));
      return [name, { chosenBy: chosenBy!, judgedBy: judgedBy! }];
    }),
  ) as Comparison["scores"];
  const best = ruleNames.reduce((one, other) => (scores[other].chosenBy.factor < scores[one].chosenBy.factor ? other : one));
  return { runs, best, scores, forecasts };
}
