/** All forecasts by surrogates, kept in a file: computing them takes a quarter of an hour. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ExactForecast } from "./exactRuns.ts";
import { readMoments } from "./moments.ts";
import { readRuns } from "./runs.ts";
import { oneDirection, RULES, surrogateForecast } from "./surrogates.ts";

const FILE = new URL("../../docs/results/fashion-mnist-forecasts.json.gz", import.meta.url);

export type RuleName = "A" | "B" | "C" | "D" | "E" | "F" | "G";
export const ruleNames: readonly RuleName[] = ["A", "B", "C", "D", "E", "F", "G"];
/** By the run's id and the rule. */
export type Forecasts = Record<string, Record<RuleName, ExactForecast>>;

export function readForecasts(): Forecasts {
  return existsSync(FILE) ? (JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as Forecasts) : {};
}

export function writeForecasts(log: (line: string) => void): void {
  const [data, one] = [readMoments(), oneDirection(readMoments())];
  const forecasts = readForecasts();
  for (const run of readRuns()) {
    if (forecasts[run.id] !== undefined) continue;
    const began = performance.now();
    const of = (rule: keyof typeof RULES) => surrogateForecast(run, data, RULES[rule]);
    const a = of("A");
    // What makes no difference is not computed twice: two layers have no sideways part, linear ones no slope.
    const b = run.depth === 2 ? a : of("B");
    const c = run.activation === "linear" ? a : of("C");
    const d = run.activation === "linear" ? b : run.depth === 2 ? c : of("D");
    const E = surrogateForecast(run, one, RULES.A).plain;
    const found = { A: a.plain, B: b.plain, C: c.plain, D: d.plain, E, F: a.scattered, G: b.scattered };
    forecasts[run.id] = Object.fromEntries(ruleNames.map((name) => [name, shortened(found[name])])) as Record<
      RuleName,
      ExactForecast
    >;
    const ends = ruleNames.map((name) => {
      const { status, kernelDistance } = found[name];
      return `${name} ${status === "diverged" ? "diverged" : kernelDistance.at(-1)!.toPrecision(3)}`;
    });
    const last = run.rows.at(-1)!.kernelDistance;
    log(
      `${run.id.padEnd(34)} ${String(last).padEnd(14)} ${ends.join("  ")}  ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    writeFileSync(FILE, gzipSync(JSON.stringify(forecasts), { level: 9 }));
  }
}

function shortened({ kernelDistance, loss, mechanisms, status }: ExactForecast): ExactForecast {
  const short = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(4)));
  return { kernelDistance: short(kernelDistance), loss: short(loss), mechanisms, status };
}
