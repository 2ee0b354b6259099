/** Plots as `feature-learning/plot` has them, for dark surroundings unless told otherwise. */
import * as light from "feature-learning/plot";

export { renderSvg } from "feature-learning/plot";

const theme = "dark";

export const plotTrajectory: typeof light.plotTrajectory = (trajectories, options) =>
  light.plotTrajectory(trajectories, { theme, ...options });

export const plotSpectrum: typeof light.plotSpectrum = (trajectory, options) =>
  light.plotSpectrum(trajectory, { theme, ...options });
