#!/usr/bin/env node
/** The command `feature-learning`. */
import { parseArgs } from "node:util";
import { everyMechanism } from "../mechanisms/report.ts";
import { FeatureLearningError } from "../numerics/error.ts";
import { analyze, type PairReport } from "./analyze.ts";

const USAGE = `feature-learning analyze <checkpoints…> [--layers PATTERN] [--threshold 0.1] [--json]

Checkpoints: .safetensors, .npz or .npy files in the order of their steps, or a folder of them; the step is the last number in a name.
Of every pair of adjacent layers: by which mechanism it learned (alignment, disalignment, rescaling), when, and its regime.`;

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      layers: { type: "string" },
      threshold: { type: "string", default: "0.1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [command, ...files] = positionals;
  if (values.help || command !== "analyze" || files.length === 0) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const found = analyze({
    files,
    layers: values.layers === undefined ? undefined : new RegExp(values.layers, "u"),
    threshold: Number(values.threshold),
  });
  console.log(
    values.json
      ? JSON.stringify(found, (_, value) => (value === Infinity ? "Infinity" : value), 2)
      : found.map(show).join("\n\n"),
  );
}

function show({ pair, checkpoints, mechanisms: found, regime }: PairReport): string {
  const number = (value: number): string => Number(value.toPrecision(4)).toString();
  const rows = everyMechanism.map((name) => {
    const interval = found.intervals[name];
    const when = interval === undefined ? "" : `steps ${number(interval[0])} to ${number(interval[1])}`;
    const here = found.present.includes(name) ? (found.dominant === name ? "dominant" : "present") : "–";
    return `  ${name.padEnd(13)} ${number(found[name]).padStart(11)}  ${here.padEnd(9)} ${when}`;
  });
  const change = `  ${"change".padEnd(13)} ${number(found.change).padStart(11)}  of ‖W₂W₁‖ over ${checkpoints} checkpoints`;
  return [
    `${pair}: ${found.because}`,
    ...rows,
    change,
    `  norms change by ${number(regime.kernelChange)}: ${regime.regime}`,
  ].join("\n");
}

try {
  main();
} catch (error) {
  const known = error instanceof FeatureLearningError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!known && !(error instanceof SyntaxError)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
