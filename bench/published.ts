/**
 * When the published forms of balanced layers fail, in units of one over the largest rate: when function and kernel, and when the residual, are wrong by 10⁻⁶ or
 * no numbers. "never" is up to 10⁴; "–" has no value at any time.
 *
 *     npm run bench:published
 */
import { failureTable } from "../test/reference/balancedFailures.ts";

console.log(failureTable().join("\n"));
