/** The explorer: sliders on one side, what the exact solution says on the other, as one drags. */
import { Chart } from "./charts.ts";
import { allowed, excluded, type groups, labelOf, type Reason, type Slider, sliders } from "./controls.ts";
import { pairsToText, readPairs } from "./data.ts";
import { csvOf, save, svgOf } from "./files.ts";
import { fromHash, keptFrom, toAddress } from "./hash.ts";
import { type Picture, type Pictures, picturesOf } from "./pictures.ts";
import { presets, tour } from "./presets.ts";
import { programOf } from "./program.ts";
import { facts, type Solved, solved, verdicts } from "./solved.ts";
import { angleOf, decayAt, depthOf, INFINITE, initialState, losses, power, type State, widestOf, widthOf } from "./state.ts";

const element = <Kind extends HTMLElement = HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;
const charts = {
  trajectory: new Chart(element("trajectory")),
  place: new Chart(element("place")),
  mechanisms: new Chart(element("mechanisms")),
  plane: new Chart(element("plane")),
  fit: new Chart(element("fit")),
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 48rem)");
const wide = matchMedia("(min-width: 100rem)");

let state = fromHash(location.hash);
/** The address that the page is at: as it was entered, or as it was last written. */
let written = location.hash;
/** A second network to compare with; none if undefined. */
let kept = keptFrom(location.hash);
/** Everything that a state is drawn from; undefined while it cannot be solved. */
let shown: Solved | undefined;
const past: State[] = [];
const future: State[] = [];
let lastChange = Number.NEGATIVE_INFINITY;
let waiting = false;
let drawing = false;
const durations: number[] = [];

/** The width that one of several panels side by side has, in pixels, without its axis. */
function panelWidth(place: HTMLElement, columns: number): number {
  return Math.max(90, Math.floor(place.clientWidth / columns) - 74);
}

async function redraw(): Promise<void> {
  const began = performance.now();
  const now = solved(state);
  shown = now;
  const other = kept === undefined ? undefined : solved(kept);
  const theme = dark.matches ? "dark" : "light";
  const broad = element("trajectory");
  const size = { theme, width: panelWidth(broad, 2), height: narrow.matches ? 110 : wide.matches ? 220 : 170 } as const;
  const small = { theme, width: panelWidth(element("mechanisms"), 1), height: 220 } as const;
  const pictures = picturesOf(now, other, { size, small, isNarrow: narrow.matches });
  const names = Object.keys(charts) as (keyof Pictures)[];
  const inView = names.filter(isInView);
  await Promise.all(inView.map((name) => showPicture(name, pictures[name]())));
  tell(now, other);
  durations.push(performance.now() - began);
  const sorted = durations.slice(-101).sort((a, b) => a - b);
  element("redraw").textContent = sorted[sorted.length >> 1]!.toFixed(1);
  // While a slider moves, what is out of view is left for later.
  for (const name of names) if (!waiting && !inView.includes(name)) await showPicture(name, pictures[name]());
  element("program").textContent = programText(now);
}

/** Pixels of a picture that can be seen without seeing what it shows. */
const EDGE = 60;

/** Whether more than the edge of a picture is on screen. */
function isInView(name: keyof Pictures): boolean {
  const { top, bottom } = element(name).closest("figure")!.getBoundingClientRect();
  return top < innerHeight - EDGE && bottom > EDGE;
}

/** A picture with its caption; without one the place is hidden. */
async function showPicture(name: keyof Pictures, picture: Picture | undefined): Promise<void> {
  const figure = element(name).closest("figure")!;
  figure.hidden = picture === undefined;
  if (picture === undefined) return;
  figure.querySelector("figcaption")!.textContent = picture.caption;
  await charts[name].show(name === "trajectory" ? { ...picture.spec, columns: 2 } : picture.spec);
}

function programText({ state: of, plan, sampledAt, until, rate, flow }: Solved): string {
  const sampled = sampledAt === undefined ? undefined : { count: sampledAt, until, from: until / 1e5 };
  return programOf(of, { plan, sampled, hasRate: rate !== undefined && flow.method === "exact" });
}

function tell(now: Solved, other: Solved | undefined): void {
  for (const [name, textOf] of Object.entries(facts)) {
    const [text, beside] = [textOf(now), other === undefined ? "" : textOf(other)];
    element(`say-${name}`).textContent = text;
    element(`kept-${name}`).textContent = beside;
    element(`say-${name}`).parentElement!.hidden = text === "" && beside === "";
  }
  element("say-regime").dataset["verdict"] = now.found.regime;
  element("say-words").textContent = verdicts[now.found.regime];
  element("kept-words").textContent = other === undefined ? "" : `kept network: ${verdicts[other.found.regime]}`;
}

/** Draws, or says why it cannot; the page goes on in either case. */
async function draw(): Promise<void> {
  const problem = element("problem");
  try {
    await redraw();
    problem.textContent = "";
  } catch (error) {
    shown = undefined;
    problem.textContent = `This network cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  }
  problem.hidden = problem.textContent === "";
  const address = toAddress(state, kept);
  // An address that the reader has just entered is read first.
  if (location.hash === written && written.slice(1) !== address) {
    history.replaceState(null, "", `#${address}`);
    written = location.hash;
  }
  document.documentElement.dataset["drawn"] = String(Number(document.documentElement.dataset["drawn"] ?? 0) + 1);
}

/** One redraw at a time; what came meanwhile is drawn after it. */
async function request(): Promise<void> {
  if (drawing) {
    waiting = true;
    return;
  }
  drawing = true;
  try {
    do {
      waiting = false;
      await draw();
    } while (waiting);
  } finally {
    drawing = false;
  }
}

function show(value: number, logarithmic: boolean): string {
  return logarithmic ? String(power(value)) : String(value);
}

/** What a slider stands at, in words. */
function wordsOf({ name, logarithmic }: Slider): string {
  if (name === "width") return `${widthOf(state)}${state.width > widestOf(state) ? " (the most with a kink)" : ""}`;
  if (name === "angle") return String(angleOf(state));
  if (name === "depth") return depthOf(state) === Infinity ? "∞" : String(state.depth);
  if (name === "decayU" || name === "decayW") return decayAt(state[name]) === 0 ? "none" : String(decayAt(state[name]));
  if (name === "step") return `${(10 ** state.step).toPrecision(3)} × largest stable`;
  return show(state[name], logarithmic);
}

/** Puts the controls where the state is, and those that cannot be used out of reach, with the reason. */
function place(): void {
  const reasons = excluded(state);
  for (const slider of sliders) {
    const { name } = slider;
    const input = element<HTMLInputElement>(name);
    if (name === "width") input.max = String(widestOf(state));
    if (name === "depth") input.max = String(reasons.has(`depth:${INFINITE}`) ? INFINITE - 1 : INFINITE);
    input.value = String(state[name]);
    const cause = reasons.get(name);
    const value = cause?.short ?? wordsOf(slider);
    element(`${name}-value`).textContent = value;
    element(`${name}-label`).textContent = labelOf(slider, state);
    input.setAttribute("aria-valuetext", value);
    input.closest("label")!.hidden = !(slider.isFor?.(state) ?? true);
    forbid(input, cause);
  }
  for (const start of ["seed", "angle"] as const) {
    element<HTMLInputElement>(`start-${start}`).checked = state.start === start;
    const cause = reasons.get(`start:${start}`);
    forbid(element<HTMLInputElement>(`start-${start}`), cause);
    element(`start-${start}-label`).textContent = withReason(startLabels[state.depth === 2 ? "two" : "more"][start], cause);
  }
  for (const [id, names] of Object.entries(choices)) {
    const select = element<HTMLSelectElement>(id);
    select.value = state[id as keyof typeof choices];
    for (const option of select.options) {
      const cause = reasons.get(`${id}:${option.value}`);
      option.disabled = cause !== undefined;
      option.title = cause?.sentence ?? "";
      option.textContent = withReason(names[option.value]!, cause);
    }
    const forbidden = Array.from(select.options).find(({ disabled }) => disabled);
    explain(select, forbidden?.title);
  }
  const each = element<HTMLInputElement>("decayEach");
  each.checked = state.decayEach;
  forbid(each, reasons.get("decayEach"));
  element("decayEach-label").textContent = withReason("each layer has its own decay", reasons.get("decayEach"));
  element<HTMLButtonElement>("undo").disabled = past.length === 0;
  element<HTMLButtonElement>("redo").disabled = future.length === 0;
  element<HTMLButtonElement>("forget-data").disabled = state.data === "";
  element("data-now").textContent =
    state.data === "" ? "built-in data" : `your data, ${state.data.split(";").length} rows, scaled to mean 0 and variance 1`;
  element("keep").textContent = kept === undefined ? "Keep, to compare" : "Stop comparing";
}

const startLabels = {
  two: { seed: "drawn from the seed", angle: "at an angle" },
  more: { seed: "unequal layers, drawn from the seed", angle: "equal layers" },
} as const;

const withReason = (text: string, cause: Reason | undefined): string => (cause === undefined ? text : `${text} (${cause.short})`);

/** Disables a control for a reason, or enables it. */
function forbid(input: HTMLInputElement, cause: Reason | undefined): void {
  input.disabled = cause !== undefined;
  explain(input, cause?.sentence);
}

/** Shows why a control, or a part of its choices, cannot be used: as a tooltip, and for screen readers. */
function explain(control: HTMLInputElement | HTMLSelectElement, cause = ""): void {
  const label = control.closest("label")!;
  label.title = cause;
  label.classList.toggle("off", control.disabled);
  const id = `${control.id}-why`;
  const note = document.getElementById(id) ?? Object.assign(document.createElement("p"), { id });
  note.textContent = cause;
  element("reasons").append(note);
  if (cause === "") control.removeAttribute("aria-describedby");
  else control.setAttribute("aria-describedby", id);
}

/** Moves of one slider that follow each other closely are one change, which one undo takes back. */
const TOGETHER = 500;

function change(changes: Partial<State>): void {
  const now = performance.now();
  if (now - lastChange > TOGETHER) past.push(state);
  lastChange = now;
  if (past.length > 200) past.shift();
  future.length = 0;
  go(allowed({ ...state, ...changes }));
}

function go(to: State): void {
  state = to;
  place();
  void request();
}

function travel(from: State[], to: State[]): void {
  const next = from.pop();
  if (next === undefined) return;
  to.push(state);
  lastChange = Number.NEGATIVE_INFINITY;
  go(next);
}

function useData(text: string): void {
  const problem = element("data-problem");
  try {
    change({ data: pairsToText(readPairs(text)) });
    problem.textContent = "";
  } catch (error) {
    problem.textContent = (error as Error).message;
  }
}

/** The result and what it is of, as JSON. */
function jsonOf(now: Solved): string {
  const { state: of, exact, plan, descent } = now;
  const said = Object.fromEntries(Object.entries(facts).map(([name, textOf]) => [name, textOf(now)]));
  const steps = descent === undefined ? {} : { descent: { ...plan, rows: descent.toRows() } };
  const plain = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify({ state: of, said, flow: exact.toRows(), ...steps }, plain, 1)}\n`;
}

const exports: Readonly<Record<string, (of: Solved) => void>> = {
  "save-json": (of) => save("network.json", jsonOf(of), "application/json"),
  "save-csv": ({ exact }) => save("trajectory.csv", csvOf(exact.toRows()), "text/csv"),
  "save-svg": () => {
    const picture = element("trajectory").querySelector("svg");
    if (picture !== null) save("trajectory.svg", svgOf(picture), "image/svg+xml");
  },
  "save-program": (of) => save("network.ts", programText(of), "text/plain"),
};

function buildSliders(): void {
  for (const { group, name, min, max, step } of sliders) {
    const row = Object.assign(document.createElement("label"), { htmlFor: name, className: "slider" });
    const input = Object.assign(document.createElement("input"), {
      type: "range",
      id: name,
      min: String(min),
      max: String(max),
      step: String(step),
    });
    const output = Object.assign(document.createElement("output"), { id: `${name}-value` });
    output.setAttribute("for", name);
    row.append(Object.assign(document.createElement("span"), { id: `${name}-label` }), output, input);
    element(`${group satisfies (typeof groups)[number]}-sliders`).append(row);
    input.addEventListener("input", () => {
      element<HTMLSelectElement>("preset").value = "";
      change({ [name]: Number(input.value) });
    });
  }
}

/** The choices of every list, by their names in the state. */
const choices: Readonly<Record<"activation" | "loss", Readonly<Record<string, string>>>> = {
  activation: { linear: "linear", relu: "ReLU", leaky: "leaky ReLU", abs: "absolute value |z|" },
  loss: Object.fromEntries(losses.map((name) => [name, name])),
};

function buildChoices(): void {
  for (const start of ["seed", "angle"] as const) element(`start-${start}`).addEventListener("change", () => change({ start }));
  for (const [id, names] of Object.entries(choices)) {
    const select = element<HTMLSelectElement>(id);
    for (const value of Object.keys(names)) select.append(Object.assign(document.createElement("option"), { value }));
    select.addEventListener("change", () => change({ [id]: select.value }));
  }
  const each = element<HTMLInputElement>("decayEach");
  each.addEventListener("change", () => change({ decayEach: each.checked, decayW: state.decayU }));
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
    if (select.value !== "" && preset !== undefined) change({ ...preset.state, data: state.data });
  });
  for (const { words, state: to } of tour) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Show" });
    button.setAttribute("aria-label", `Show: ${words}`);
    button.addEventListener("click", () => change({ ...initialState, ...to }));
    const item = document.createElement("li");
    item.append(`${words} `, button);
    element("tour").append(item);
  }
}

function buildButtons(): void {
  element("undo").addEventListener("click", () => travel(past, future));
  element("redo").addEventListener("click", () => travel(future, past));
  element("reset").addEventListener("click", () => change(initialState));
  element("keep").addEventListener("click", () => {
    kept = kept === undefined ? state : undefined;
    go(state);
  });
  addEventListener("keydown", (event) => {
    const isText = event.target instanceof HTMLTextAreaElement;
    if (isText || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (event.shiftKey) travel(future, past);
    else travel(past, future);
  });
  for (const [id, act] of Object.entries(exports)) element(id).addEventListener("click", () => shown !== undefined && act(shown));
  element("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(element("program").textContent ?? "");
      element("copied").textContent = "copied";
    } catch {
      element("copied").textContent = "the browser does not allow it; select the text";
    }
  });
  element("use-data").addEventListener("click", () => useData(element<HTMLTextAreaElement>("data").value));
  element("forget-data").addEventListener("click", () => change({ data: "" }));
  const upload = element<HTMLInputElement>("upload");
  upload.addEventListener("change", async () => {
    const text = await upload.files?.[0]?.text();
    if (text === undefined) return;
    element<HTMLTextAreaElement>("data").value = text.slice(0, 100_000);
    useData(text);
  });
}

buildSliders();
buildChoices();
buildButtons();
// Long lines scroll by the keyboard too.
element("program").tabIndex = 0;
for (const media of [dark, narrow, wide]) media.addEventListener("change", () => void request());
addEventListener("resize", () => void request());
addEventListener("hashchange", () => {
  if (location.hash === written) return;
  written = location.hash;
  kept = keptFrom(location.hash);
  change(fromHash(location.hash));
});
place();
void request();
