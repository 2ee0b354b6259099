/**
 * Results as ndarrays, for programs that compute with those. This entry generates code as ndarray does: where
 * a policy forbids it, read the results' own `data`, `shape` and `get`.
 *
 * @module feature-learning/ndarray
 */
export { type ReduceOptions, type Reduction, reduce } from "./reduce.ts";
export { type Block, toNdarray } from "./toNdarray.ts";
