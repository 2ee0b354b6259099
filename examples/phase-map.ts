/**
 * A phase diagram as a printed map: output scale ~ d^x, standard deviation of the input weights ~ d^y, everything else of order 1. With
 * --json, the same as data.
 *
 *     node --import tsx examples/phase-map.ts [--json]
 */
import { type Grid, phaseDiagram, phaseNames, stabilityNames } from "feature-learning/sweep";

const grid: Grid = {
  of: "exponents",
  x: { parameter: "outputScale", from: -1.5, to: 0.5, count: 61 },
  y: { parameter: "scale.w", from: -1, to: 0.5, count: 19 },
};
const { x, y, fields, boundaries } = phaseDiagram(grid);

if (process.argv.includes("--json")) {
  const rows = Array.from(y, (_, row) => Array.from(x, (_, column) => fields["margin"]!.get(row, column)));
  console.log(JSON.stringify({ x: [...x], y: [...y], margin: rows, boundaries }));
} else {
  console.log(
    "k kernel, f feature learning; capitals: stable rate; · frozen rows in lower case are slow, ! unstable in vanishing time\n",
  );
  for (let row = y.length - 1; row >= 0; row--) {
    const line = Array.from(x, (_, column) => {
      const letter = phaseNames[fields["phase"]!.get(row, column)] === "kernel" ? "k" : "f";
      const stability = stabilityNames[fields["stability"]!.get(row, column)];
      return stability === "stable" ? letter.toUpperCase() : stability === "frozen" ? letter : letter === "k" ? "!" : "?";
    });
    console.log(`${y[row]!.toFixed(2).padStart(6)}  ${line.join("")}`);
  }
  console.log(`${" ".repeat(8)}${x[0]!.toFixed(1).padEnd(28)}output scale ~ d^x${x.at(-1)!.toFixed(1).padStart(15)}\n`);
  for (const { condition, between, points } of boundaries) {
    const way = points.map(([a, b]) => `(${a.toFixed(3)}, ${b.toFixed(3)})`).join(" – ");
    console.log(`${condition}   ${between.join(" | ").padEnd(42)} ${way}`);
  }
}
