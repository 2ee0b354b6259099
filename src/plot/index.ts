/**
 * Plots of results as Vega-Lite specifications: plain JSON in a common style, without dependencies at run
 * time.
 *
 * @module feature-learning/plot
 */
export type { AxisOptions } from "./axes.ts";
export { type Displayed, display, type MimeBundle } from "./display.ts";
export type {
  ChannelDef,
  ConfigDef,
  Datum,
  Encoding,
  GuideDef,
  Layer,
  MarkDef,
  Panel,
  ParameterDef,
  PlotSpec,
  ScaleDef,
  SecondaryDef,
} from "./grammar.ts";
export type { KernelViewOptions } from "./kernelView.ts";
export type { Landscape } from "./plainProblem.ts";
export { type AngleNormPlotOptions, plotAngleNorm } from "./plotAngleNorm.ts";
export { type DescentPlotOptions, plotDescent } from "./plotDescent.ts";
export { type BandPlotOptions, type EnsembleAt, type EnsemblePlotOptions, plotBands, plotEnsemble } from "./plotEnsemble.ts";
export { type FitPlotOptions, type Fitted, plotFit } from "./plotFit.ts";
export { type LandscapePlotOptions, plotLandscape } from "./plotLandscape.ts";
export { type LayersPlotOptions, plotLayers } from "./plotLayers.ts";
export { type MechanismPlotOptions, plotMechanisms } from "./plotMechanisms.ts";
export { type PhaseDiagramPlotOptions, plotPhaseDiagram } from "./plotPhaseDiagram.ts";
export { plotRegimePlane, type RegimePlanePlotOptions } from "./plotRegimePlane.ts";
export { plotSpectrum, type SpectrumPlotOptions } from "./plotSpectrum.ts";
export { plotTrajectory, type TrajectoryPlotOptions } from "./plotTrajectory.ts";
export type { Plottable, PlottableLike, Quantity } from "./quantities.ts";
export { renderSvg } from "./renderSvg.ts";
export { mechanismColours, type PlotOptions, type PointerOptions, phaseColours, seriesColours } from "./theme.ts";
export type { TimeAxis } from "./time.ts";
