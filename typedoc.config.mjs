/** The documentation site: guides, formulas, API, and the way to the explorer. */
import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { katex } from "@mdit/plugin-katex";
import { Converter, JSX, OptionDefaults, ReflectionKind, RendererEvent } from "typedoc";

/** The style sheet and fonts of formulas, of the very version that sets them. */
const formulas = dirname(
  createRequire(createRequire(import.meta.url).resolve("@mdit/plugin-katex")).resolve("katex/dist/katex.min.css"),
);

const guides = {
  "getting-started": "Getting started",
  data: "Data and initial weights",
  theory: "Theory",
  solvers: "Which solver",
  verbs: "Every verb on every flow",
  phases: "Phase diagram",
  mechanisms: "Mechanisms",
  relu: "ReLU networks",
  gradients: "Gradients",
  design: "Inverse design",
  papers: "Which paper is which",
  "from-pytorch": "From PyTorch",
  analyze: "Analyze your own network",
  command: "The command, from any language",
  plots: "Plots",
  performance: "Performance",
  reliability: "Reliability",
  claims: "Claims",
  architecture: "How the code is built",
  "results/deep-mnist": "Deep networks on MNIST",
  references: "References",
};

/** Pages are named as their guides are, and the explorer is a click away from all of them. */
function site(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const page of context.project.getReflectionsByKind(ReflectionKind.Document)) page.name = guides[page.name] ?? page.name;
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    for (const part of ["katex.min.css", "fonts"])
      cpSync(`${formulas}/${part}`, `${outputDirectory}/assets/katex/${part}`, { recursive: true });
  });
  app.renderer.hooks.on("head.end", (context) =>
    JSX.createElement("link", { rel: "stylesheet", href: context.relativeURL("assets/katex/katex.min.css") }),
  );
  // Wide formulas and tables of text scroll by themselves.
  app.renderer.hooks.on("head.end", () =>
    JSX.createElement(
      "style",
      null,
      ".katex-display { overflow: auto hidden; } pre:has(code.text) { white-space: pre; overflow: auto; }",
    ),
  );
  app.renderer.hooks.on("sidebar.begin", (context) =>
    JSX.createElement(
      "p",
      null,
      JSX.createElement("a", { href: context.relativeURL("explorer/index.html") }, "Explorer: try it in the browser"),
    ),
  );
}

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  entryPoints: [
    "src/index.ts",
    "src/networks/index.ts",
    "src/sweep/index.ts",
    "src/plot/index.ts",
    "src/parallel/index.ts",
    "src/ndarray/index.ts",
  ],
  tsconfig: "tsconfig.json",
  out: "docs/api",
  name: "feature-learning",
  readme: "README.md",
  projectDocuments: Object.keys(guides).map((name) => `docs/${name}.md`),
  plugin: [site],
  markdownItLoader: (parser) => parser.use(katex),
  searchInDocuments: true,
  searchInComments: true,
  sort: ["source-order"],
  excludeInternal: true,
  disableSources: true,
  highlightLanguages: [...OptionDefaults.highlightLanguages, "python"],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
};
