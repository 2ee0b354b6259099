/** All forecasts by surrogates, kept in a file: computing them takes a quarter of an hour. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ExactForecast } from "./exactRuns.ts";
import { familyForecast } from "./families.ts";
import { readMoments } from "./moments.ts";
import { readRuns } from "./runs.ts";
import { surrogateForecast } from "./surrogates.ts";

const FILE = new URL("../../docs/results/fashion-mnist-forecasts.json.gz", import.meta.url);

export type RuleName = "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K";
export const ruleNames: readonly RuleName[] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];
/** By the run's id and the rule; H is for runs to which a family applies. */
export type Forecasts = Record<string, Partial<Record<RuleName, ExactForecast>>>;

export function readForecasts(): Forecasts {
  return existsSync(FILE) ? (JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as Forecasts) : {};
}

/** Forecasts by H to K. Those by A to G were made by the surrogate that `forecast` had before. */
export function writeForecasts(log: (line: string) => void): void {
  const moments = readMoments();
  const forecasts = readForecasts();
  for (const run of readRuns()) {
    if (forecasts[run.id]?.K !== undefined) continue;
    const began = performance.now();
    const { plain, scattered } = surrogateForecast(run, moments.data);
    const H = familyForecast(run, moments);
    // Linear layers have one slope.
    const K = run.activation === "linear" ? scattered : surrogateForecast(run, moments.data, "slope").scattered;
    const found = { ...(H === undefined ? {} : { H }), I: scattered, J: plain, K };
    const short = Object.fromEntries(Object.entries(found).map(([name, forecast]) => [name, shortened(forecast)]));
    forecasts[run.id] = { ...forecasts[run.id], ...short };
    const ends = Object.entries(found).map(
      ([name, { status, kernelDistance }]) =>
        `${name} ${status === "diverged" ? "diverged" : kernelDistance.at(-1)!.toPrecision(3)}`,
    );
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
