/**
 * The study of 180 networks trained on Fashion-MNIST: prints its tables, writes them to
 * docs/results/fashion-mnist-tables.md and draws the figures of docs/results/fashion-mnist.md, from the
 * recorded runs and the forecasts that are kept beside them.
 *
 *     npm run study
 *     npm run study -- --forecasts     the surrogates' forecasts that are missing: a quarter of an hour for all
 *     npm run study -- --images        moments, and exact forecasts that are missing; needs the images
 */
import { writeFileSync } from "node:fs";
import { readExact } from "./study/exactRuns.ts";
import { drawCollapse, drawExponents, drawForecasts } from "./study/figures.ts";

const asked = (flag: string): boolean => process.argv.includes(flag);

if (asked("--images")) {
  const [{ writeMoments }, { writeExact }] = await Promise.all([import("./study/moments.ts"), import("./study/exactRuns.ts")]);
  writeMoments();
  writeExact(console.log);
}
if (asked("--forecasts")) (await import("./study/forecasts.ts")).writeForecasts(console.log);

const { reportBefore, reportExact, reportExponents, reportMechanisms, reportRules, reportSlices } = await import(
  "./study/report.ts"
);
const { compareRules } = await import("./study/compare.ts");
const comparison = compareRules();
const exact = readExact();
const sections = [
  reportExact(comparison, exact),
  reportRules(comparison),
  reportBefore(comparison),
  reportSlices(comparison),
  reportExponents(comparison, exact),
  reportMechanisms(comparison, exact),
];
const text = `# Fashion-MNIST: all tables\n\n<!-- Written by npm run study. -->\n\n${sections.join("\n\n")}\n`;
writeFileSync(new URL("../docs/results/fashion-mnist-tables.md", import.meta.url), text.replaceAll("\n### ", "\n## "));
console.log(text);
await drawExponents(comparison, exact);
await drawForecasts(comparison, exact);
await drawCollapse(comparison);
