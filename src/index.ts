/**
 * Exact learning dynamics of the solvable two-layer network.
 *
 * @module feature-learning
 */

export type { DeepMatrixDescent } from "./descent/deepDescent.ts";
export type { DepthDescent } from "./descent/depthDescent.ts";
export { type DescentGap, descentGap, type GapOptions } from "./descent/descentGap.ts";
export type { DescentOptions } from "./descent/descentOptions.ts";
export { descentOutcome, type OutcomeOptions } from "./descent/descentOutcome.ts";
export { type Descent, gradientDescent, type WeightDescent } from "./descent/gradientDescent.ts";
export type { HalfLineDescent } from "./descent/kinkedDescent.ts";
export type { LayersDescent, LayersDescentRow, LayersWeightDescent } from "./descent/layersDescent.ts";
export type { OptimizerName } from "./descent/optimizers.ts";
export type { DescentOutcome } from "./descent/outcome.ts";
export { sharpness } from "./descent/sharpness.ts";
export { type LayersSimulation, type Simulation, type SimulationOptions, simulateDescent } from "./descent/simulateDescent.ts";
export { type LayersStability, type MomentumOptions, type Stability, type StableStep, stability } from "./descent/stability.ts";
export { type PaceOptions, stepsToTime, timeToSteps } from "./descent/stepsToTime.ts";
export type { DesignAchieved } from "./design/checkMet.ts";
export { type Design, design } from "./design/design.ts";
export type { DesignCoordinates, DesignFamily, DesignInvariants } from "./design/family.ts";
export type { ForecastChange } from "./design/forecast/changes.ts";
export type { NetworkDescription } from "./design/forecast/description.ts";
export { type Forecast, forecast } from "./design/forecast/forecast.ts";
export type { DesignGiven, DesignOptions, DesignTarget } from "./design/target.ts";
export type { AbortSignalLike } from "./door/abort.ts";
export type { MatrixLike, MatrixObject, NdArrayLike, NdArrayStore, Rows, VectorLike } from "./door/arrays.ts";
export { type ErrorCode, type FailureDetails, FeatureLearningError } from "./door/error.ts";
export type { Seed } from "./door/seeds.ts";
export { type Applicability, exactApplies } from "./exact/exactApplies.ts";
export { type ExactOptions, exactFlow } from "./exact/exactFlow.ts";
export type { AnyExactFlow, ExactMatrixFlow } from "./exact/families.ts";
export { oneDirectionFlow } from "./exact/oneDirection/oneDirectionFlow.ts";
export { type Gradient, type Sensitivities, sensitivities } from "./exact/sensitivities/sensitivities.ts";
export type { SensitivityParameter } from "./exact/sensitivities/startDuals.ts";
export {
  type AnyChainFlow,
  type ChainFlow,
  type ChainProblem,
  chain,
  type HalfLineChainFlow,
  type SolvedStage,
  type Stage,
} from "./flow/chain.ts";
export { evaluate } from "./flow/evaluate.ts";
export {
  type DeepModeStage,
  type LearningStage,
  type LearningStagesOptions,
  learningStages,
  type ModeStage,
} from "./flow/learningStages.ts";
export { plateau } from "./flow/plateau.ts";
export {
  type AnySampled,
  type HalfLineWeightTrajectory,
  type MatrixWeightTrajectory,
  type SamplingOptions,
  sample,
} from "./flow/sample.ts";
export { type AnySolvedFlow, type SolveOptions, solve } from "./flow/solve.ts";
export { type LinearTimesOptions, type LogarithmicTimesOptions, linearTimes, logarithmicTimes } from "./flow/times.ts";
export { halfLife, timesTo, timeTo } from "./flow/timesTo.ts";
export { type AnyScheduledFlow, type ScheduledFlow, type ScheduledHalfLineFlow, withSchedule } from "./flow/withSchedule.ts";
export { type AlignedLayersOptions, alignedLayers } from "./initial/alignedLayers.ts";
export { type AlignmentOptions, alignedWeights } from "./initial/alignedWeights.ts";
export { type BalanceOptions, balancedWeights } from "./initial/balancedWeights.ts";
export { fromLayers } from "./initial/fromLayers.ts";
export { gaussianLayers, type LayerOptions } from "./initial/gaussianLayers.ts";
export { type GaussianMatrixOptions, gaussianMatrixLayers } from "./initial/gaussianMatrixLayers.ts";
export { gaussianOrderParameters } from "./initial/gaussianOrderParameters.ts";
export { gaussianWeights, type InitialisationOptions } from "./initial/gaussianWeights.ts";
export { type KaimingLayerOptions, type KaimingWeightOptions, kaimingLayers, kaimingWeights } from "./initial/kaimingLayers.ts";
export { type LambdaBalanceOptions, lambdaBalancedLayers } from "./initial/lambdaBalancedLayers.ts";
export type { InputsAndOutputs } from "./initial/layerShape.ts";
export { mirrored } from "./initial/mirrored.ts";
export { type PytorchLayerOptions, type PytorchWeightOptions, pytorchLayers, pytorchWeights } from "./initial/pytorchLayers.ts";
export type { LayerScale } from "./initial/readScale.ts";
export { type SaxeAlignmentOptions, saxeAlignedLayers } from "./initial/saxeAlignedLayers.ts";
export { type SingleNeuronOptions, singleNeuron } from "./initial/singleNeuron.ts";
export { type XavierLayerOptions, type XavierWeightOptions, xavierLayers, xavierWeights } from "./initial/xavierLayers.ts";
export type { AnyIntegratedFlow, IntegratedFlow, IntegratedHalfLineFlow, IntegratedMatrixFlow } from "./integrate/integrated.ts";
export { integratedFlow } from "./integrate/integratedFlow.ts";
export type { IntegrationProgress, IntegrationStatus } from "./integrate/method/integrate.ts";
export type { IntegratedOptions } from "./integrate/options.ts";
export { orderParameters } from "./layers/orderParameters.ts";
export { type DominantMechanism, dominantMechanism, type StartAndTarget } from "./mechanisms/dominantMechanism.ts";
export { type MechanismOptions, mechanisms } from "./mechanisms/mechanisms.ts";
export { type MechanismsOverTime, mechanismsOverTime } from "./mechanisms/mechanismsOverTime.ts";
export { type Dominance, type Mechanism, type Mechanisms, mechanismNames } from "./mechanisms/report.ts";
export type { AnyTrajectory } from "./mechanisms/subject.ts";
export {
  type LoggedColumns,
  type LoggedSample,
  type LoggedSizes,
  type LoggedTrajectory,
  trajectoryOf,
} from "./mechanisms/trajectoryOf.ts";
export type { Activation } from "./model/activation.ts";
export type { DeepMatrixLayers, DeepMatrixLayersLike, DeepMatrixSnapshot, LayerKernel } from "./model/deepMatrices.ts";
export type { BalancedOutput, DepthInitial, DepthLayers, DepthLayersLike, DepthSnapshot } from "./model/depth.ts";
export type { AnyDescent } from "./model/descentRows.ts";
export type {
  AnyFlow,
  AnyLayers,
  BalancedFlow,
  DecayFlow,
  DeepMatrixFlow,
  DeepMode,
  DeepModesFlow,
  DepthFlow,
  ExactDepthFlow,
  ExactFamily,
  ExactFlow,
  ExactHalfLineFlow,
  Flow,
  HalfLineFlow,
  InitialOf,
  MatrixFlow,
  Mode,
  ModesFlow,
  NeuronEvent,
  OneDirectionFlow,
  ReluFlow,
  Target,
  WithWeights,
} from "./model/flow.ts";
export type { HalfLineSnapshot, HalfLineTrajectory } from "./model/halfLineSnapshot.ts";
export type { Halves } from "./model/halves.ts";
export type { Layers, LayersLike } from "./model/layers.ts";
export type { Loss, LossFunction, NamedLoss } from "./model/loss.ts";
export type { MatrixLayers, MatrixLayersLike, MatrixOrderParameters, MatrixOrderParametersLike } from "./model/matrixLayers.ts";
export type { MatrixSnapshot } from "./model/matrixSnapshot.ts";
export { type MatrixMoments, type MatrixTask, matrixTaskFromMoments } from "./model/matrixTask.ts";
export { type MatrixSampleOptions, matrixTaskFromSamples } from "./model/matrixTaskFromSamples.ts";
export { type KinkedNetwork, type Network, type NetworkOptions, network, type ReluNetwork } from "./model/network.ts";
export type { ColumnScaling, Preprocessing, PreprocessingOptions } from "./model/preprocessing.ts";
export type { AnyInitial, HalfLineInitial, MatrixInitial, Problem, ScalarInitial, TaskOf } from "./model/problem.ts";
export {
  cosineSchedule,
  exponentialSchedule,
  type LayerSchedules,
  piecewiseSchedule,
  type Schedule,
  type ScheduleLike,
  type SchedulePiece,
} from "./model/schedule.ts";
export type { AnySnapshot, Snapshot } from "./model/snapshot.ts";
export type { Strided } from "./model/strided.ts";
export { type HalfLineMoments, type HalfMoments, type Moments, type Task, taskFromMoments } from "./model/task.ts";
export { type SampleOptions, taskFromSamples } from "./model/taskFromSamples.ts";
export type {
  Columns,
  DepthTrajectory,
  MatrixTrajectory,
  Trajectory,
  TrajectoryLike,
  WeightTrajectory,
} from "./model/trajectory.ts";
export { type WarmupOptions, warmupSchedule } from "./model/warmupSchedule.ts";

export type { HalfLineOrderParameters, OrderParameters, Weights, WeightsLike } from "./model/weights.ts";
export type { AbcCondition, AbcExponents, AbcPhase } from "./regimes/abc.ts";
export { abcAtDepth, type DeepParametrization } from "./regimes/abcAtDepth.ts";

export type { DerivedExponents, ScalingExponents } from "./regimes/exponents.ts";
export { type KernelFlow, kernelMachine } from "./regimes/kernelMachine.ts";
export type { MatrixKernelFlow } from "./regimes/matrixKernelMachine.ts";
export { type Parametrization, parametrizations, type WideParametrization } from "./regimes/parametrizations.ts";
export { type Phase, phase } from "./regimes/phase.ts";
export {
  type KernelTrajectory,
  type KernelTrajectoryLike,
  type Regime,
  type RegimeOptions,
  type RegimePlace,
  regime,
} from "./regimes/regime.ts";
export { type ScaledNetwork, type ScaleOptions, scaleNetwork } from "./regimes/scaleNetwork.ts";
export { abcOfScaling, scalingOfAbc } from "./regimes/translateAbc.ts";
export type { Movement } from "./regimes/turn.ts";
