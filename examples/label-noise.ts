/**
 * Label noise at width 10⁹: fresh noise on every target drives a trained network along its valley of minima towards the flattest one, where
 * the kernel is least. Ten million steps, each O(1).
 *
 *     node --import tsx examples/label-noise.ts
 */
import { gaussianOrderParameters, gradientDescent, network, stability, taskFromSamples } from "feature-learning";

const width = 1e9;
const x = Array.from({ length: 16 }, (_, j) => (j - 7.5) / 4.61);
const problem = {
  network: network(),
  task: taskFromSamples(x, x),
  // Layers of unequal size: far from the flattest minimum, which is balanced.
  initial: gaussianOrderParameters({ width, scale: { u: 2 / Math.sqrt(width), w: 0.1 / Math.sqrt(width) }, seed: 1 }),
};
const steps = 1e7;
const run = gradientDescent(problem, {
  stepSize: 0.01,
  steps,
  labelNoise: { std: 1, seed: "noise" },
  recordPerDecade: 1,
});
const { flattest } = stability(problem);
const leastKernel = flattest.rate / (2 * problem.task.xx);

console.log(`width ${width.toExponential(0)}, 16 samples, label noise of standard deviation 1, step 0.01`);
console.log(`kernel of the flattest minimum: ${leastKernel.toFixed(4)}`);
console.log("    step     output    kernel   balance");
for (const [i, step] of run.step.entries()) {
  const cells = [run.output[i]!.toFixed(4), run.kernel[i]!.toFixed(4), run.balance[i]!.toFixed(4)];
  console.log(`${String(step).padStart(8)} ${cells.map((cell) => cell.padStart(9)).join(" ")}`);
}
