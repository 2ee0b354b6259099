/**
 * From data to the exact trajectory: how a network of width 64 learns a penguin's body mass from the length of its flippers. Prints it, and draws
 * it, with what gradient descent does, to examples/penguins.svg.
 *
 *     npm run example
 */
import { readFileSync, writeFileSync } from "node:fs";
import {
  exactFlow,
  gaussianWeights,
  gradientDescent,
  halfLife,
  linearTimes,
  logarithmicTimes,
  network,
  plateau,
  sample,
  simulateDescent,
  taskFromSamples,
} from "feature-learning";
import { plotDescent, renderSvg } from "feature-learning/plot";

const file = new URL("../node_modules/vega-datasets/data/penguins.json", import.meta.url);
const penguins = JSON.parse(readFileSync(file, "utf8")) as Record<string, number | null>[];
const measured = penguins.filter((bird) => bird["Flipper Length (mm)"] !== null && bird["Body Mass (g)"] !== null);

const flipper = standardised(measured.map((bird) => bird["Flipper Length (mm)"]!));
const mass = standardised(measured.map((bird) => bird["Body Mass (g)"]!));

const problem = {
  network: network(),
  task: taskFromSamples(flipper, mass),
  initial: gaussianWeights({ width: 64, scale: 0.001, seed: "penguins" }),
};
const flow = exactFlow(problem);

console.log(`${measured.length} penguins, flipper length → body mass, both standardised; width 64, initial scale 0.001`);
console.log(`correlation  ${problem.task.xy.toFixed(4)}`);
console.log(`rate         ${flow.rate.toFixed(4)} per unit of time`);
console.log(`plateau      ${plateau(flow).toFixed(4)}`);
console.log(`half-life    ${halfLife(flow).toFixed(4)}`);

console.log("\n    time       loss     kernel  alignment");
const times = [0, ...logarithmicTimes(flow, { count: 11, from: 0.5 })];
for (const { t, loss, kernel, alignment } of sample(flow, times).toRows()) {
  console.log(
    `${t.toFixed(3).padStart(8)}  ${loss.toFixed(6)}  ${kernel.toPrecision(4).padStart(9)}  ${alignment.toFixed(5).padStart(9)}`,
  );
}

console.log("\nlargest difference of the output to gradient descent, up to twice the half-life");
const until = 2 * halfLife(flow);
for (const stepSize of [0.01, 0.005, 0.0025]) {
  const descent = simulateDescent(problem, { stepSize, steps: Math.round(until / stepSize) });
  const exact = sample(flow, descent.t).output;
  const gap = descent.output.reduce((largest, value, i) => Math.max(largest, Math.abs(value - exact[i]!)), 0);
  console.log(`  step ${stepSize.toFixed(4)}  ${gap.toExponential(3)}`);
}

const shown = gradientDescent(problem, { stepSize: 0.05, steps: 110, recordEvery: 2 });
const smooth = sample(flow, linearTimes(flow, { count: 300, until: shown.t.at(-1)! }));
const picture = plotDescent(smooth, shown, { quantities: ["loss", "kernel", "alignment"], width: 260, height: 200 });
writeFileSync(new URL("penguins.svg", import.meta.url), await renderSvg(picture));
console.log("\ndrawn: examples/penguins.svg");

function standardised(values: readonly number[]): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return values.map((x) => (x - mean) / deviation);
}
