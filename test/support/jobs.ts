/** Jobs of the sweep that several tests run. */
import type { EnsembleJob, Grid } from "feature-learning/sweep";

export const networks: Grid = {
  of: "networks",
  x: { parameter: "width", from: 1, to: 1e8, count: 33, spacing: "logarithmic" },
  y: { parameter: "scale", from: 1e-3, to: 1, count: 13, spacing: "logarithmic" },
  base: { xy: 0.8 },
  measure: ["kernelChange", "rate", "plateau"],
};

export const job: EnsembleJob = {
  of: "ensemble",
  settings: { width: 500 },
  measure: ["kernelChange", "halfLife", { at: 0.2, field: "loss" }, { timeTo: { excessLossFraction: 0.1 } }],
  times: [0, 0.1, "end"],
  fields: ["kernel"],
  draws: 1000,
  seed: 7,
};
