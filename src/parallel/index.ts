/**
 * Sweeps over worker threads (Node).
 *
 * @module feature-learning/parallel
 */
export { type ParallelOptions, runParallel } from "./runParallel.ts";
