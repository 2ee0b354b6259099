/**
 * Grids over hyperparameters, ensembles over seeds, scaling laws: many networks at once.
 *
 * @module feature-learning/sweep
 */
export type { AbcGrid } from "./abcGrid.ts";
export type { AbcParameter, Axis, Parameter } from "./axis.ts";
export type { Boundary } from "./boundaries.ts";
export { type Classification, type Column, classifyNetworks, type NetworkColumns } from "./classify.ts";
export { phaseNames, presenceNames, regimeNames, stabilityNames } from "./codes.ts";
export type { CurveField, EnsembleCurve } from "./curves.ts";
export { assembleEnsemble, type Ensemble, ensemble } from "./ensemble.ts";
export type { EnsembleJob } from "./ensembleJob.ts";
export type { ExponentGrid, Grid, NetworkGrid } from "./grid.ts";
export { type Chunk, type ChunkResult, chunksOf, type Job, runChunk } from "./job.ts";
export type { NamedPoint } from "./named.ts";
export { type Observable, observables } from "./observables.ts";
export type {
  AnyObservable,
  ObservableFunction,
  ObservableLabels,
  ObservableRecord,
  PlainObservable,
} from "./observableTypes.ts";
export { assembleDiagram, type PhaseDiagram, phaseDiagram } from "./phaseDiagram.ts";
export type { ReluGrid, ReluSettings } from "./reluGrid.ts";
export type { RunOptions } from "./run.ts";
export { type ScalingLaw, type ScalingLawOptions, scalingLaw } from "./scalingLaw.ts";
export type { Settings } from "./settings.ts";
export { type WideLimit, type WideLimitOptions, wideLimit } from "./wideLimit.ts";
