/**
 * Analysis of deep networks: overlaps of adjacent layers, empirical kernels, checkpoints.
 *
 * @module feature-learning/deep
 */

export { readCheckpoint, readNpy, readNpz, readSafetensors, type Tensor } from "./files.ts";
export type { Checkpoint, Orientation, TensorEntry } from "./formats/checkpoint.ts";
export {
  empiricalKernel,
  type KernelMovement,
  kernelMovement,
  kernelTargetAlignment,
  type LayerSpectrum,
  layerSpectrum,
} from "./kernels.ts";
export { type LayerOverlap, layerOverlap } from "./layerOverlap.ts";
export { type LayerRecorder, recordLayers } from "./recordLayers.ts";
export type { LayerLike, TensorLike } from "./tensor.ts";
