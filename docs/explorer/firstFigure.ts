/** Puts the interactive figure in the place of the picture of a lazy and a rich network, on the site. */
import { type Curves, curvesOf, sentenceOf, UNTIL } from "./lazyOrRich.ts";

/** The initial scales of the two networks of the picture; the slider goes a little further. */
const [LAZY, RICH] = [0.078, 0.0017] as const;

/** Common logarithms of the initial scale. */
const SLIDER = { min: -3, max: -0.8, step: 0.01, value: -2.1 } as const;

/** One panel, in units of its drawing. */
interface Panel {
  readonly title: string;
  readonly value: (curves: Curves, i: number) => number;
  /** From 0, the bottom, to 1, the top. */
  readonly height: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  readonly hasBand: boolean;
}

const BOX = { left: 46, right: 350, top: 36, bottom: 200 } as const;

const panels: readonly Panel[] = [
  {
    title: "Loss",
    value: ({ loss }, i) => loss[i]!,
    height: (value) => value / 1.05,
    ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, text: String(value) })),
    hasBand: false,
  },
  {
    title: "Kernel over its start",
    value: ({ kernel }, i) => kernel[i]!,
    height: (value) => (Math.log10(value) + 0.3) / 3.5,
    ticks: [1, 10, 100, 1000].map((value) => ({ value, text: `${value}×` })),
    hasBand: true,
  },
];

const x = (t: number): string => (BOX.left + (t / UNTIL) * (BOX.right - BOX.left)).toFixed(1);

function y(panel: Panel, value: number): string {
  return (BOX.bottom - panel.height(value) * (BOX.bottom - BOX.top)).toFixed(1);
}

function pathOf(panel: Panel, curves: Curves): string {
  return `M${curves.t.map((t, i) => `${x(t)} ${y(panel, panel.value(curves, i))}`).join("L")}`;
}

/** Axes, band, and the two networks of the picture as thin lines. */
function frameOf(panel: Panel, lazy: Curves, rich: Curves): string {
  const band = panel.hasBand
    ? `<rect class="band" x="${BOX.left}" width="${BOX.right - BOX.left}" y="${y(panel, 1.1)}" height="${Number(y(panel, 0.9)) - Number(y(panel, 1.1))}"/>` +
      `<text x="${BOX.right}" y="${y(panel, 0.9)}" dy="1.2em" text-anchor="end">band: lazy, within 10 %</text>`
    : "";
  const rows = panel.ticks.map(
    ({ value, text }) =>
      `<path class="grid" d="M${BOX.left} ${y(panel, value)}H${BOX.right}"/><text x="${BOX.left - 6}" y="${y(panel, value)}" dy="0.35em" text-anchor="end">${text}</text>`,
  );
  const columns = Array.from(
    { length: UNTIL + 1 },
    (_, t) => `<text x="${x(t)}" y="${BOX.bottom + 16}" text-anchor="middle">${t}</text>`,
  );
  const others = [lazy, rich].map((curves) => `<path class="other" d="${pathOf(panel, curves)}"/>`);
  return [
    `<text class="title" x="${BOX.left}" y="20">${panel.title}</text>`,
    band,
    ...rows,
    ...columns,
    `<text x="${(BOX.left + BOX.right) / 2}" y="${BOX.bottom + 36}" text-anchor="middle">time, in half-lives of the loss</text>`,
    ...others,
    `<path class="this"/>`,
  ].join("");
}

const STYLE = `
.lazy-or-rich { max-width: 50rem; margin: 1rem 0; padding: 0.8rem 1rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.5rem; }
.lazy-or-rich .panels { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; }
.lazy-or-rich svg { flex: 1 1 17rem; min-width: 0; max-width: 100%; font-size: 13px; }
.lazy-or-rich text { fill: currentColor; opacity: 0.8; }
.lazy-or-rich .title { font-size: 14px; font-weight: 600; opacity: 1; }
.lazy-or-rich .grid { stroke: currentColor; opacity: 0.15; }
.lazy-or-rich .band { fill: currentColor; opacity: 0.18; }
.lazy-or-rich path:not(.grid) { fill: none; stroke: currentColor; stroke-linejoin: round; }
.lazy-or-rich .other { stroke-width: 1.5; stroke-dasharray: 4 3; opacity: 0.6; }
.lazy-or-rich path.this { stroke-width: 3.5; }
.lazy-or-rich[data-verdict="rich"] path.this { stroke: #b858a9; }
.lazy-or-rich label { display: block; font-weight: 600; }
.lazy-or-rich input { display: block; width: 100%; min-height: 2rem; margin: 0.2rem 0; accent-color: #b858a9; }
.lazy-or-rich p { min-height: 1.6em; margin: 0.3rem 0; }
@media (max-width: 48rem) { .lazy-or-rich p { min-height: 4.8em; } }
.lazy-or-rich .ends { display: flex; justify-content: space-between; font-weight: 400; font-size: 0.85em; opacity: 0.8; }
`;

function figure(): HTMLElement {
  const [lazy, rich] = [curvesOf(LAZY), curvesOf(RICH)];
  const box = document.createElement("figure");
  box.className = "lazy-or-rich";
  const drawings = panels.map(
    (panel) =>
      `<svg viewBox="0 0 360 244" role="img" aria-label="${panel.title} against time">${frameOf(panel, lazy, rich)}</svg>`,
  );
  box.innerHTML = `<style>${STYLE}</style>
    <label for="initial-scale">Drag the initial scale of the weights</label>
    <input type="range" id="initial-scale" min="${SLIDER.min}" max="${SLIDER.max}" step="${SLIDER.step}" value="${SLIDER.value}">
    <span class="ends"><span>0.001: small</span><span>0.16: large</span></span>
    <p role="status"></p>
    <div class="panels">${drawings.join("")}</div>
    <figcaption>Thick: the network with this initial scale, of width 1,000. Dashed: a lazy and a rich one. All learn the body mass of penguins from the length of their flippers.</figcaption>`;
  const input = box.querySelector("input")!;
  const lines = Array.from(box.querySelectorAll("path.this"));
  const draw = (): void => {
    const scale = 10 ** Number(input.value);
    const curves = curvesOf(scale);
    const sentence = sentenceOf(scale, curves);
    for (const [i, panel] of panels.entries()) lines[i]!.setAttribute("d", pathOf(panel, curves));
    box.dataset["verdict"] = curves.isLazy ? "lazy" : "rich";
    box.querySelector("p")!.textContent = sentence;
    input.setAttribute("aria-valuetext", sentence);
  };
  input.addEventListener("input", draw);
  draw();
  return box;
}

document.querySelector('img[src*="lazy-and-rich-"]')?.closest("picture, .scroll")?.replaceWith(figure());
