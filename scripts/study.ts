/**
 * The study of 180 networks trained on Fashion-MNIST: prints the tables of docs/results/fashion-mnist.md and
 * draws its figures, from the recorded runs and the forecasts that are kept beside them.
 *
 *     npm run study
 *     npm run study -- --forecasts     computes the surrogates' forecasts that are missing: a quarter of an hour
 *     npm run study -- --images        computes moments and exact forecasts again; needs the images
 */
import { readExact } from "./study/exactRuns.ts";
import { drawCollapse, drawExponents, drawForecasts } from "./study/figures.ts";

const asked = (flag: string): boolean => process.argv.includes(flag);

if (asked("--images")) {
  const [{ writeMoments }, { writeExact }] = await Promise.all([import("./study/moments.ts"), import("./study/exactRuns.ts")]);
  writeMoments();
  writeExact(console.log);
}
if (asked("--forecasts")) (await import("./study/forecasts.ts")).writeForecasts(console.log);

const { reportExact, reportExponents, reportMechanisms, reportRules, reportSlices } = await import("./study/report.ts");
const { compareRules } = await import("./study/compare.ts");
const comparison = compareRules();
const exact = readExact();
for (const section of [
  reportExact(comparison, exact),
  reportRules(comparison),
  reportSlices(comparison),
  reportExponents(comparison, exact),
  reportMechanisms(comparison, exact),
])
  console.log(`${section}\n`);
await drawExponents(comparison, exact);
await drawForecasts(comparison, exact);
await drawCollapse(comparison);
