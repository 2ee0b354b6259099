/**
 * Pictures of results, as Vega-Lite specifications: plain JSON, one visual language, no dependency at run
 * time.
 *
 * @module feature-learning/plot
 */
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
  PlotSpec,
  ScaleDef,
  SecondaryDef,
} from "./grammar.ts";
export { plotAngleNorm } from "./plotAngleNorm.ts";
export { type DescentPlotOptions, plotDescent } from "./plotDescent.ts";
export { type BandPlotOptions, type EnsembleAt, type EnsemblePlotOptions, plotBands, plotEnsemble } from "./plotEnsemble.ts";
export { plotLayers } from "./plotLayers.ts";
export { type MechanismPlotOptions, plotMechanisms } from "./plotMechanisms.ts";
export { type PhaseDiagramPlotOptions, plotPhaseDiagram } from "./plotPhaseDiagram.ts";
export { plotRegimePlane, type RegimePlanePlotOptions } from "./plotRegimePlane.ts";
export { plotTrajectory, type TrajectoryPlotOptions } from "./plotTrajectory.ts";
export type { Plottable, PlottableLike, Quantity } from "./quantities.ts";
export { renderSvg } from "./renderSvg.ts";
export { mechanismColours, type PlotOptions, phaseColours, seriesColours } from "./theme.ts";
export type { TimeAxis } from "./time.ts";
