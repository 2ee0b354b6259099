/** Pictures that follow their numbers: a plot of the same form gets new data, one of another form is made anew. */
import type { PlotSpec } from "feature-learning/plot";
import { Error as ErrorLevel, parse, View } from "vega";
import { compile } from "vega-lite";

/** Where one plot stands. */
export class Chart {
  readonly #place: HTMLElement;
  #form = "";
  #view: View | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  async show(spec: PlotSpec): Promise<void> {
    const form = JSON.stringify({ ...spec, datasets: Object.keys(spec.datasets), description: "" });
    if (form !== this.#form) {
      this.#view?.finalize();
      this.#view = new View(parse(compile(spec).spec), { container: this.#place, renderer: "svg", logLevel: ErrorLevel });
      this.#form = form;
    } else {
      for (const [name, rows] of Object.entries(spec.datasets)) this.#view?.data(name, rows);
    }
    await this.#view?.runAsync();
    const svg = this.#place.querySelector("svg");
    svg?.setAttribute("role", "img");
    svg?.setAttribute("aria-label", spec.description);
  }
}
