/** The explorer: sliders on one side, what the exact solution says on the other, as one drags. */
import { Chart } from "./charts.ts";
import { pairsToText, readPairs } from "./data.ts";
import { csvOf, save, svgOf } from "./files.ts";
import { presets, tour } from "./presets.ts";
import { facts, picturesOf, type Solved, solved } from "./solved.ts";
import { angleOf, fromHash, initialState, losses, power, programOf, type State, sliders, toHash, widthOf } from "./state.ts";

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
/** A second network to compare with; none if undefined. */
let kept: State | undefined;
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
  const size = { theme, width: panelWidth(broad, 2), height: narrow.matches ? 110 : 170 } as const;
  const small = { theme, width: panelWidth(element("regime"), 1), height: 220 } as const;
  const { trajectory, ...others } = picturesOf(now, other, { size, small, isNarrow: narrow.matches });
  await Promise.all([
    charts.trajectory.show({ ...trajectory, columns: 2 }),
    ...(["regime", "mechanisms", "plane"] as const).map((name) => charts[name].show(others[name])),
  ]);
  tell(now, other);
  element("program").textContent = programOf(state, now.plan);
  durations.push(performance.now() - began);
  const sorted = durations.slice(-101).sort((a, b) => a - b);
  element("redraw").textContent = sorted[sorted.length >> 1]!.toFixed(1);
}

/** The words for a reader who does not know the verdicts of the library. */
const verdicts: Readonly<Record<string, string>> = {
  kernel: "lazy: a kernel machine",
  "feature-learning": "rich: it learns features",
  static: "static: nothing moves",
  undetermined: "undetermined",
};

function tell(now: Solved, other: Solved | undefined): void {
  for (const [name, textOf] of Object.entries(facts)) {
    element(`say-${name}`).textContent = textOf(now);
    const beside = document.getElementById(`kept-${name}`);
    if (beside !== null) beside.textContent = other === undefined ? "" : textOf(other);
  }
  element("say-regime").dataset["verdict"] = now.found.regime;
  element("say-words").textContent = verdicts[now.found.regime] ?? now.found.regime;
  element("kept-words").textContent =
    other === undefined ? "" : `kept network: ${verdicts[other.found.regime] ?? other.found.regime}`;
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
  history.replaceState(null, "", `#${toHash(state)}`);
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
function wordsOf(name: (typeof sliders)[number]["name"], logarithmic: boolean): string {
  if (name === "width") return String(widthOf(state));
  if (name === "angle") return String(angleOf(state));
  if (name === "step") return `${(10 ** state.step).toPrecision(3)} × largest stable`;
  return show(state[name], logarithmic);
}

/** Puts the controls where the state is. */
function place(): void {
  for (const { name, logarithmic } of sliders) {
    element<HTMLInputElement>(name).value = String(state[name]);
    const value = wordsOf(name, logarithmic);
    element(`${name}-value`).textContent = value;
    element(name).setAttribute("aria-valuetext", value);
  }
  for (const start of ["seed", "angle"] as const) element<HTMLInputElement>(`start-${start}`).checked = state.start === start;
  element<HTMLInputElement>("angle").disabled = state.start !== "angle";
  element<HTMLInputElement>("seed").disabled = state.start !== "seed";
  element<HTMLInputElement>("strength").disabled = state.data !== "";
  element<HTMLSelectElement>("loss").value = state.loss;
  element<HTMLButtonElement>("undo").disabled = past.length === 0;
  element<HTMLButtonElement>("redo").disabled = future.length === 0;
  element<HTMLButtonElement>("forget-data").disabled = state.data === "";
  element("data-now").textContent =
    state.data === "" ? "built-in data" : `your data, ${state.data.split(";").length} rows, scaled to mean 0 and variance 1`;
  element("keep").textContent = kept === undefined ? "Keep, to compare" : "Stop comparing";
}

/** Moves of one slider that follow each other closely are one change, which one undo takes back. */
const TOGETHER = 500;

function change(changes: Partial<State>): void {
  const now = performance.now();
  if (now - lastChange > TOGETHER) past.push(state);
  lastChange = now;
  if (past.length > 200) past.shift();
  future.length = 0;
  go({ ...state, ...changes });
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
function jsonOf({ state: of, exact, plan, descent }: Solved): string {
  const said = Object.fromEntries(Object.entries(facts).map(([name, textOf]) => [name, textOf(shown!)]));
  const trajectories = { flow: exact.toRows(), descent: { ...plan, rows: descent.toRows() } };
  const plain = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify({ state: of, said, ...trajectories }, plain, 1)}\n`;
}

const exports: Readonly<Record<string, (of: Solved) => void>> = {
  "save-json": (of) => save("network.json", jsonOf(of), "application/json"),
  "save-csv": ({ exact }) => save("trajectory.csv", csvOf(exact), "text/csv"),
  "save-svg": () => {
    const picture = element("trajectory").querySelector("svg");
    if (picture !== null) save("trajectory.svg", svgOf(picture), "image/svg+xml");
  },
  "save-program": ({ state: of, plan }) => save("network.ts", programOf(of, plan), "text/plain"),
};

function buildSliders(): void {
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
    element(name === "step" || name === "momentum" ? "training" : "sliders").append(row);
    input.addEventListener("input", () => {
      element<HTMLSelectElement>("preset").value = "";
      change({ [name]: Number(input.value) });
    });
  }
}

function buildChoices(): void {
  for (const start of ["seed", "angle"] as const) element(`start-${start}`).addEventListener("change", () => change({ start }));
  const loss = element<HTMLSelectElement>("loss");
  for (const name of losses) loss.append(Object.assign(document.createElement("option"), { value: name, textContent: name }));
  loss.addEventListener("change", () => change({ loss: loss.value as State["loss"] }));
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
for (const media of [dark, narrow]) media.addEventListener("change", () => void request());
addEventListener("resize", () => void request());
addEventListener("hashchange", () => {
  if (location.hash !== `#${toHash(state)}`) change(fromHash(location.hash));
});
place();
void request();
