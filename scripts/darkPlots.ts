/** Plots as `feature-learning/plot` has them, for dark surroundings unless told otherwise. */
import { plotTrajectory as plot } from "feature-learning/plot";

export { renderSvg } from "feature-learning/plot";

export const plotTrajectory: typeof plot = (trajectories, options) => plot(trajectories, { theme: "dark", ...options });
