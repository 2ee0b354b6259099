/**
 * Results as ndarrays, for programs that compute with ndarrays. The package ndarray generates code from
 * strings. If a content security policy forbids that, use `data`, `shape` and `get` of the results directly.
 *
 * @module feature-learning/ndarray
 */
export { type ReduceOptions, type Reduction, reduce } from "./reduce.ts";
export { type Block, toNdarray } from "./toNdarray.ts";
