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
const one = best(() => {
  for (let i = 0; i < FEW; i++) {
    const initial = { uu: columns.uu[i]!, ww: columns.ww[i]!, uw: columns.uw[i]! };
    const task = taskFromMoments({ xx: 1, xy: columns.xy[i]!, yy: 4 });
    sink.value += regime(exactFlow({ network: network(), task, initial })).kernelChange;
  }
}, 3);
console.log(
  `one at a time, by regime(exactFlow(…)), with movements and linearisation: ${((one / FEW / exponentials) * COUNT).toFixed(0)} calls`,
);

const draws = 1e5;
const drawn = best(() => ensemble({ of: "ensemble", settings: { width: 1e9 }, measure: ["kernelChange"], draws, seed: 1 }), 1);
console.log(
  `an ensemble of 10⁵ seeds: ${((drawn / draws / exponentials) * COUNT).toFixed(0)} calls a draw, its own seed included`,
);
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
