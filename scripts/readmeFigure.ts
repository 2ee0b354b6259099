/**
 * The picture at the top of the README: two networks learn the same data with the same half-life and end with
 * the same loss; the kernel of the lazy one stays as it was, and that of the rich one grows 300 times. One
 * file for light surroundings, one for dark ones.
 *
 *     npm run figures
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type AnyTrajectory, design, linearTimes, sample, taskFromSamples } from "feature-learning";
import { phaseColours, surfaces } from "../src/plot/theme.ts";

const file = new URL("../node_modules/vega-datasets/data/penguins.json", import.meta.url);
const penguins = (JSON.parse(readFileSync(file, "utf8")) as Record<string, number | null>[]).filter(
  (bird) => bird["Flipper Length (mm)"] !== null && bird["Body Mass (g)"] !== null,
);
const task = taskFromSamples(
  penguins.map((bird) => bird["Flipper Length (mm)"]!),
  penguins.map((bird) => bird["Body Mass (g)"]!),
  { standardize: true },
);

const UNTIL = 7;
const given = { width: 1000 };
const lazy = design({ task, target: { kernelRatio: 1.01, learningTime: 1 }, given }).flow;
const rich = design({ task, target: { kernelRatio: 300, learningTime: 1 }, given }).flow;

/** What the two networks do, for the picture and for its test. */
export const networks = {
  lazy: sample(lazy, linearTimes(lazy, { until: UNTIL, count: 281 })),
  rich: sample(rich, linearTimes(rich, { until: UNTIL, count: 281 })),
} satisfies Record<string, AnyTrajectory>;
type Name = keyof typeof networks;

/** Where a panel stands and what its axes show. */
interface Panel {
  readonly left: number;
  readonly title: string;
  readonly value: (name: Name, i: number) => number;
  /** From 0, the bottom, to 1, the top. */
  readonly height: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

const [WIDTH, HEIGHT, PANEL, TOP, BOTTOM] = [800, 330, 300, 62, 270];
const decades = (value: number): number => (Math.log10(value) + 0.42) / 3.1;

const panels: readonly Panel[] = [
  {
    left: 52,
    title: "Loss: both end at the same value",
    value: (name, i) => networks[name].loss[i]!,
    height: (value) => value / 1.1,
    ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, text: String(value) })),
  },
  {
    left: 452,
    title: "Kernel: fixed, or grown 300 times",
    value: (name, i) => networks[name].kernel[i]! / networks[name].kernel[0]!,
    height: decades,
    ticks: [1, 10, 100].map((value) => ({ value, text: `${value}×` })),
  },
];

/** Where the words of a line stand: by its panel, in time and in the value's units. */
const labels: readonly (readonly { readonly name: Name; readonly t: number; readonly value: number; readonly text: string }[])[] =
  [
    [
      { name: "lazy", t: 2.3, value: 0.44, text: "lazy" },
      { name: "rich", t: 0.75, value: 0.96, text: "rich" },
    ],
    [
      { name: "lazy", t: 2.4, value: 1.5, text: "lazy: changes by 1 %" },
      { name: "rich", t: 2.4, value: 165, text: "rich: learns features" },
    ],
  ];

/** The picture as SVG. */
export function readmeFigure(theme: "light" | "dark"): string {
  const { background, text, quiet, grid } = surfaces[theme];
  const colour: Readonly<Record<Name, string>> = {
    lazy: theme === "light" ? "#6e747c" : "#a5abb4",
    rich: theme === "light" ? phaseColours["feature-learning"] : "#d070c2",
  };
  const x = (panel: Panel, t: number): string => (panel.left + (t / UNTIL) * PANEL).toFixed(1);
  const y = (panel: Panel, value: number): string => (BOTTOM - panel.height(value) * (BOTTOM - TOP)).toFixed(1);
  const draw = (panel: Panel, place: number): string => {
    const { left } = panel;
    const threshold =
      place === 1
        ? `<rect x="${left}" y="${y(panel, 1.1)}" width="${PANEL}" height="${(Number(y(panel, 0.9)) - Number(y(panel, 1.1))).toFixed(1)}" fill="${quiet}" opacity="0.25"/>` +
          `<text x="${left + PANEL}" y="${y(panel, 0.9)}" dy="1.25em" text-anchor="end" fill="${quiet}" font-size="12">shaded: changes below 10 %</text>`
        : "";
    const horizontal = panel.ticks.map(
      ({ value, text: words }) =>
        `<path d="M${left} ${y(panel, value)}h${PANEL}" stroke="${grid}"/>` +
        `<text x="${left - 8}" y="${y(panel, value)}" dy="0.35em" text-anchor="end" fill="${quiet}" font-size="13">${words}</text>`,
    );
    const vertical = Array.from({ length: UNTIL + 1 }, (_, t) => t).map(
      (t) => `<text x="${x(panel, t)}" y="${BOTTOM + 20}" text-anchor="middle" fill="${quiet}" font-size="13">${t}</text>`,
    );
    const lines = (["lazy", "rich"] as const).map((name) => {
      const points = Array.from(networks[name].t, (t, i) => `${x(panel, t)} ${y(panel, panel.value(name, i))}`);
      return `<path d="M${points.join("L")}" fill="none" stroke="${colour[name]}" stroke-width="3" stroke-linejoin="round"/>`;
    });
    const words = labels[place]!.map(
      ({ name, t, value, text: said }) =>
        `<text x="${x(panel, t)}" y="${y(panel, value)}" fill="${colour[name]}" font-size="15" font-weight="600">${said}</text>`,
    );
    return [
      `<text x="${left}" y="${TOP - 24}" fill="${text}" font-size="15" font-weight="600">${panel.title}</text>`,
      threshold,
      ...horizontal,
      ...vertical,
      `<text x="${left + PANEL / 2}" y="${BOTTOM + 44}" text-anchor="middle" fill="${quiet}" font-size="13">training time, in half-lives of the loss</text>`,
      ...lines,
      ...words,
    ].join("");
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, 'DejaVu Sans', sans-serif" role="img" aria-labelledby="title description"><title id="title">Lazy and rich training on the same data</title><desc id="description">Two networks of width 1,000 learn the body mass of penguins from the length of their flippers. Both halve the loss that can be removed at time 1 and end with the same loss. The kernel of the lazy network changes by 1 percent; that of the rich one grows 300 times.</desc><rect width="${WIDTH}" height="${HEIGHT}" fill="${background}"/>${panels.map(draw).join("")}</svg>\n`;
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  for (const theme of ["light", "dark"] as const)
    writeFileSync(new URL(`../docs/figures/lazy-and-rich-${theme}.svg`, import.meta.url), readmeFigure(theme));
}
