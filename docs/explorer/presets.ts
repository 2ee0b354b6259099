/** Networks worth looking at, each with the verdict that it is an example of. */
import { parametrizations, phase, scaleNetwork } from "feature-learning";
import { INFINITE, initialState, type State } from "./state.ts";

/** A network, and what the library must say of it. */
export interface Preset {
  readonly group: "Phases" | "Mechanisms" | "Beyond two linear layers" | "Parametrizations";
  readonly label: string;
  readonly state: State;
  readonly regime?: "kernel" | "feature-learning";
  readonly dominant?: "alignment" | "disalignment" | "rescaling" | "none";
}

const at = (changes: Partial<State>): State => ({ ...initialState, ...changes });

const phases: readonly Preset[] = [
  {
    group: "Phases",
    label: "kernel machine: wide, with a small output scale",
    state: at({ width: 6, scaleU: 0, scaleW: 0, outputScale: -3 }),
    regime: "kernel",
  },
  {
    group: "Phases",
    label: "feature learning: a small start",
    state: at({ width: 2, scaleU: -3, scaleW: -3 }),
    regime: "feature-learning",
  },
];

const mechanisms: readonly Preset[] = [
  {
    group: "Mechanisms",
    label: "alignment: layers that meet",
    state: at({ start: "angle", angle: 120, width: 2, scaleU: -1, scaleW: -1 }),
    dominant: "alignment",
  },
  {
    group: "Mechanisms",
    label: "disalignment: too large an output",
    state: at({ start: "angle", angle: 30, width: 2, scaleU: 0, scaleW: 0, strength: 0.2, outputScale: -1 }),
    dominant: "disalignment",
  },
  {
    group: "Mechanisms",
    label: "rescaling: parallel layers, width 1",
    state: at({ start: "angle", angle: 0, width: 0, scaleU: -2, scaleW: -2 }),
    dominant: "rescaling",
  },
  {
    group: "Mechanisms",
    label: "none: a kernel machine's small turn",
    state: at({ start: "angle", angle: 90, width: 4, scaleU: 0, scaleW: 0, outputScale: -1 }),
    dominant: "none",
  },
];

const beyond: readonly Preset[] = (
  [
    [
      "ReLU: rich for x > 0, lazy for x < 0",
      { activation: "relu", scaleU: -1.5, scaleW: -0.75, strength: 2, strengthBelow: 0.1 },
    ],
    [
      "ReLU: neurons cross from one side to the other",
      { activation: "relu", scaleU: -1, scaleW: -2, width: 1, strengthBelow: 1.5 },
    ],
    ["leaky ReLU: data with a kink", { activation: "leaky", strength: 1, strengthBelow: -1 }],
    ["absolute value: only even functions can be learned", { activation: "abs", strength: 1, strengthBelow: 0.5 }],
    ["weight decay: a large start becomes rich after the fit", { scaleU: -0.5, scaleW: -0.5, decayU: -1 }],
    ["weight decay: too strong to learn", { decayU: 0.5 }],
    ["ten layers: a long wait", { depth: 10 }],
    ["infinitely many layers", { depth: INFINITE, start: "angle" }],
  ] as const
).map(([label, changes]) => ({ group: "Beyond two linear layers", label, state: at(changes), regime: "feature-learning" }));

/** At width 10⁴; those of fixed width at width 2 and κ = 100, from an angle, where f(0) ≠ 0. */
const named: readonly Preset[] = Object.values(parametrizations).map((scaling) => {
  const grows = scaling.width > 0;
  const { network, scale, width } = scaleNetwork(scaling, grows ? 1e4 : 2, grows ? {} : { kappa: 100 });
  const log = (value: number): number => Number(Math.log10(value).toFixed(2));
  const start = grows ? {} : ({ start: "angle", angle: 45 } as const);
  return {
    group: "Parametrizations",
    label: scaling.name,
    state: at({
      ...start,
      width: log(width),
      scaleU: log(scale.u),
      scaleW: log(scale.w),
      outputScale: log(network.outputScale),
      rateU: log(network.learningRates.u),
      rateW: log(network.learningRates.w),
    }),
    regime: phase(scaling).phase,
  };
});

export const presets: readonly Preset[] = [...phases, ...mechanisms, ...beyond, ...named];

/** A short tour: what to look at, and the network that shows it. */
export const tour: readonly { readonly words: string; readonly state: Partial<State> }[] = [
  {
    words: "A lazy network. The kernel stays in its grey band while the loss falls.",
    state: { width: 6, scaleU: 0, scaleW: 0, outputScale: -3 },
  },
  {
    words: "A rich network. It starts small: a plateau, then everything happens at once, and the kernel grows.",
    state: { width: 2, scaleU: -3, scaleW: -3 },
  },
  {
    words: "Too large a start. The layers turn away from each other, and the kernel shrinks.",
    state: { start: "angle", angle: 30, width: 2, scaleU: 0, scaleW: 0, strength: 0.2, outputScale: -1 },
  },
  {
    words:
      "A catapult. The step is 1.4 times too large for the minimum nearby: the loss rises, the kernel falls, and training ends in a flatter minimum.",
    state: { start: "angle", angle: 87, width: 2, scaleU: -0.5, scaleW: -0.5, strength: 2, step: 0.14 },
  },
  {
    words: "A ReLU network. Each side of 0 learns on its own: here x > 0 is rich and x < 0 lazy.",
    state: { activation: "relu", scaleU: -1.5, scaleW: -0.75, strength: 2, strengthBelow: 0.1 },
  },
  {
    words: "Weight decay. A large start fits the data early. Long after the fit the norms shrink, and the network becomes rich.",
    state: { scaleU: -0.5, scaleW: -0.5, decayU: -1 },
  },
];
