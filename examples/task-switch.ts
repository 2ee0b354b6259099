/**
 * A task that flips its sign after training: the network must go back to zero, and stays there the longer, the smaller its weights once
 * were, however large they are by then. Training conserves what tells it: the area and the balance, carried beside the weights' own sums.
 *
 *     node --import tsx examples/task-switch.ts
 */
import {
  chain,
  gaussianOrderParameters,
  gradientDescent,
  integratedFlow,
  network,
  taskFromMoments,
  timeTo,
} from "feature-learning";

const before = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const after = taskFromMoments({ xx: 1, xy: -1, yy: 1 });
const [width, switched, stepSize] = [1000, 60, 0.001];

console.log(`width ${width}; the task flips at t = ${switched}; how long after that half of the new one is learned`);
console.log("initial scale   closed form    integrated   descent, step 0.001");
for (const scale of [1e-1, 1e-3, 1e-5, 1e-7, 1e-9]) {
  const initial = gaussianOrderParameters({ width, scale: scale / Math.sqrt(width), seed: 1 });
  const flow = chain({ network: network(), initial, stages: [{ task: before, duration: switched }, { task: after }] });
  const trained = { network: network(), task: after, initial: flow.at(switched) };
  const { output, t } = gradientDescent(trained, { stepSize, steps: 1e5 });
  const times = [
    timeTo(flow, { output: -0.5 }) - switched,
    timeTo(integratedFlow(trained), { output: -0.5 }),
    t[output.findIndex((value) => value <= -0.5)]!,
  ];
  console.log(`${scale.toExponential(0).padStart(13)} ${times.map((time) => time.toFixed(4).padStart(13)).join(" ")}`);
}
