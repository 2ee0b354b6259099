/** The long run: `npm run fuzz -- 1000000 seed`. Prints what it saw and fails on any failure. */
import { fuzz } from "./fuzz.ts";

const [count = "1000000", seed = "fuzz"] = process.argv.slice(2);
const report = fuzz(Number(count), seed, (done) => process.stderr.write(`${done}\r`));
console.log(JSON.stringify(report, null, 2));
process.exitCode = report.failures.length === 0 ? 0 : 1;
