/**
 * What classifying many networks costs, in calls of Math.exp, and what an ensemble and a phase diagram cost a network.
 *
 *     npm run bench:sweep
 */
import { exactFlow, network, regime, taskFromMoments } from "feature-learning";
import { classifyNetworks, ensemble, phaseDiagram } from "feature-learning/sweep";
import seedrandom from "seedrandom";

const COUNT = 1e6;
const random = seedrandom("sweep");
const column = (): Float64Array => Float64Array.from({ length: COUNT }, () => 0.1 + random());
const columns = {
  uu: column(),
  ww: column(),
  uw: column().map((x) => x / 10 - 0.06),
  outputScale: column(),
  etaU: column(),
  xy: column(),
};

function best(run: () => unknown, runs = 7): number {
  let least = Infinity;
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const sink = { value: 0 };
const exponentials = best(() => {
  let total = 0;
  for (let i = 0; i < COUNT; i++) total += Math.exp(-columns.uu[i]!);
  sink.value += total;
});
const classified = best(() => {
  sink.value += classifyNetworks(columns).kernelChange[7]!;
});
console.log(`10⁶ networks classified: ${(classified / exponentials).toFixed(1)} calls of Math.exp each`);

const FEW = 2000;
const calls = (time: number, count: number): string => ((time / count / exponentials) * COUNT).toPrecision(2);
const problems = Array.from({ length: FEW }, (_, i) => ({
  network: network(),
  task: taskFromMoments({ xx: 1, xy: columns.xy[i]!, yy: 4 }),
  initial: { uu: columns.uu[i]!, ww: columns.ww[i]!, uw: columns.uw[i]! },
}));
const flows = problems.map((problem) => exactFlow(problem));
const construction = best(() => {
  for (const problem of problems) sink.value += exactFlow(problem).rate;
}, 15);
const verdict = best(() => {
  for (const flow of flows) sink.value += regime(flow).kernelChange;
}, 15);
console.log(`one at a time, exactFlow(…): ${calls(construction, FEW)} calls, half of them to read and check the problem`);
console.log(`one at a time, regime(flow), with movements and linearisation: ${calls(verdict, FEW)} calls`);

const draws = 2e4;
const drawn = best(() => ensemble({ of: "ensemble", settings: { width: 1e9 }, measure: ["kernelChange"], draws, seed: 1 }));
const streams = best(() => {
  for (let i = 0; i < draws; i++) sink.value += seedrandom(`draw ${i}`)();
});
console.log(`an ensemble: ${calls(drawn, draws)} calls a draw, ${calls(streams, draws)} of them to seed its own random stream`);
const diagramOf = (count: number, runs: number): number =>
  best(
    () =>
      phaseDiagram({
        of: "networks",
        x: { parameter: "width", from: 1, to: 1e9, count, spacing: "logarithmic" },
        y: { parameter: "scale", from: 1e-4, to: 1, count, spacing: "logarithmic" },
      }),
    runs,
  );
const [small, large] = [diagramOf(100, 3), diagramOf(1000, 1)];
console.log(
  `a phase diagram of 10⁶ points: ${((large / 1e6 / exponentials) * COUNT).toFixed(0)} calls a point, boundary included`,
);
console.log(`a phase diagram grows as points^${(Math.log(large / small) / Math.log(100)).toFixed(2)}`);
if (!Number.isFinite(sink.value)) throw new Error("the benchmark computed nothing");
