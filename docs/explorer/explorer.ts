/** The explorer: sliders on one side, what the exact solution says on the other, as one drags. */
import {
  exactFlow,
  gradientDescent,
  linearTimes,
  mechanisms,
  mechanismsOverTime,
  plateau,
  regime,
  sample,
  timeTo,
} from "feature-learning";
import { plotAngleNorm, plotDescent, plotMechanisms, plotRegimePlane } from "feature-learning/plot";
import { Chart } from "./charts.ts";
import { presets } from "./presets.ts";
import { angleOf, fromHash, power, problemOf, programOf, type State, sliders, toHash, widthOf } from "./state.ts";

const element = <Kind extends HTMLElement = HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
const charts = {
  trajectory: new Chart(element("trajectory")),
  regime: new Chart(element("regime")),
  mechanisms: new Chart(element("mechanisms")),
  plane: new Chart(element("plane")),
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 48rem)");

let state = fromHash(location.hash);
let waiting = false;
let drawing = false;
const durations: number[] = [];

/** At most so many steps of descent a redraw. */
const MOST_STEPS = 20_000;

/** Steps that the network can take, as many as fit; every so many are dots. */
function descentOf(problem: ReturnType<typeof problemOf>, rate: number, kernel: number, until: number) {
  const fastest = Math.max(rate, 4 * kernel);
  const steps = Math.min(MOST_STEPS, Math.max(60, Math.ceil(until * fastest * 10)));
  return gradientDescent(problem, { stepSize: until / steps, steps, recordEvery: Math.ceil(steps / 50) });
}

async function redraw(): Promise<void> {
  const began = performance.now();
  const problem = problemOf(state);
  const flow = exactFlow(problem);
  const found = regime(flow);
  const learned = mechanisms(flow);
  const theme = dark.matches ? "dark" : "light";
  const end = timeTo(flow, { excessLossFraction: 1e-4 });
  const until = Number.isFinite(end) && end > 0 ? end : flow.rate > 0 ? 10 / flow.rate : 1;
  const exact = sample(flow, linearTimes(flow, { count: 200, until }));
  const descent = descentOf(problem, flow.rate, flow.at(0).kernel, until);
  // Following the pointer would double the time of a redraw.
  const size = { theme, width: 300, height: 170 } as const;
  const still = { ...size, tooltips: false } as const;
  await Promise.all([
    charts.trajectory.show({
      ...plotDescent(exact, descent, { ...still, time: "linear", quantities: ["loss", "output", "kernel", "alignment"] }),
      columns: narrow.matches ? 1 : 2,
    }),
    charts.regime.show(plotRegimePlane(found.place === undefined ? {} : { "this network": found }, { ...size, height: 220 })),
    charts.mechanisms.show(
      plotMechanisms(mechanismsOverTime(flow, { times: linearTimes(flow, { count: 120, until }) }), {
        ...still,
        height: 220,
        time: "linear",
        report: learned,
      }),
    ),
    charts.plane.show(plotAngleNorm(exact, { ...size, height: 220 })),
  ]);
  tell({
    regime: found.regime,
    kernelChange: found.kernelChange.toPrecision(6),
    dominant: learned.dominant,
    present: learned.present.join(", ") || "none",
    rate: flow.rate.toPrecision(6),
    plateau: plateau(flow).toPrecision(6),
    output: flow.limit.output.toPrecision(6),
    descent: descent.status,
  });
  element("program").textContent = programOf(state);
  history.replaceState(null, "", `#${toHash(state)}`);
  durations.push(performance.now() - began);
  const sorted = durations.slice(-101).sort((a, b) => a - b);
  element("redraw").textContent = sorted[sorted.length >> 1]!.toFixed(1);
  document.documentElement.dataset["drawn"] = String(durations.length);
}

function tell(facts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(facts)) element(`say-${name}`).textContent = text;
  element("say-regime").dataset["verdict"] = facts["regime"]!;
}

/** One redraw at a time; what came meanwhile is drawn after it. */
async function request(): Promise<void> {
  if (drawing) {
    waiting = true;
    return;
  }
  drawing = true;
  do {
    waiting = false;
    await redraw();
  } while (waiting);
  drawing = false;
}

function show(value: number, logarithmic: boolean): string {
  return logarithmic ? String(power(value)) : String(value);
}

/** What the sliders stand at, from the state. */
function place(): void {
  for (const { name, logarithmic } of sliders) {
    element<HTMLInputElement>(name).value = String(state[name]);
    const value =
      name === "width" ? String(widthOf(state)) : name === "angle" ? String(angleOf(state)) : show(state[name], logarithmic);
    element(`${name}-value`).textContent = value;
    element(name).setAttribute("aria-valuetext", value);
  }
  for (const start of ["seed", "angle"] as const) element<HTMLInputElement>(`start-${start}`).checked = state.start === start;
  element<HTMLInputElement>("angle").disabled = state.start !== "angle";
  element<HTMLInputElement>("seed").disabled = state.start !== "seed";
}

function change(changes: Partial<State>): void {
  state = { ...state, ...changes };
  place();
  void request();
}

function build(): void {
  const form = element("sliders");
  for (const { name, label, min, max, step } of sliders) {
    const row = document.createElement("label");
    row.htmlFor = name;
    const input = Object.assign(document.createElement("input"), {
      type: "range",
      id: name,
      min: String(min),
      max: String(max),
      step: String(step),
    });
    const output = Object.assign(document.createElement("output"), { id: `${name}-value` });
    output.setAttribute("for", name);
    row.append(label, output, input);
    form.append(row);
    input.addEventListener("input", () => {
      element<HTMLSelectElement>("preset").value = "";
      change({ [name]: Number(input.value) });
    });
  }
  for (const start of ["seed", "angle"] as const) element(`start-${start}`).addEventListener("change", () => change({ start }));
  const select = element<HTMLSelectElement>("preset");
  for (const group of new Set(presets.map((preset) => preset.group))) {
    const options = document.createElement("optgroup");
    options.label = group;
    for (const [i, preset] of presets.entries())
      if (preset.group === group)
        options.append(Object.assign(document.createElement("option"), { value: String(i), textContent: preset.label }));
    select.append(options);
  }
  select.addEventListener("change", () => {
    const preset = presets[Number(select.value)];
    if (select.value !== "" && preset !== undefined) change(preset.state);
  });
  element("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(programOf(state));
    element("copied").textContent = "copied";
  });
  for (const media of [dark, narrow]) media.addEventListener("change", () => void request());
  addEventListener("hashchange", () => change(fromHash(location.hash)));
}

build();
place();
void request();
