/** The documentation site: guides, formulas, API, and the way to the explorer. */
import { katex } from "@mdit/plugin-katex";
import { OptionDefaults } from "typedoc";
import { categories, pages, site } from "./scripts/site.mjs";

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
  projectDocuments: Object.values(pages).flatMap((names) => Object.keys(names).map((name) => `docs/${name}.md`)),
  plugin: [site],
  customCss: "docs/site.css",
  markdownItLoader: (parser) => parser.use(katex),
  searchInDocuments: true,
  searchInComments: true,
  sort: ["source-order"],
  categorizeByGroup: false,
  categoryOrder: categories,
  navigation: { includeCategories: true, includeGroups: false },
  useFirstParagraphOfCommentAsSummary: true,
  excludeInternal: true,
  disableSources: true,
  highlightLanguages: [...OptionDefaults.highlightLanguages, "python", "bibtex"],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
};
