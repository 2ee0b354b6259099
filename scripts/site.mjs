/**
 * What the documentation site adds to what TypeDoc makes: the order of the guides, the API grouped by task,
 * links from citations, arXiv numbers and function names, the way to the explorer, and boxes in which wide
 * tables and formulas scroll.
 */
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Comment, CommentTag, Converter, JSX, PageEvent, ReflectionKind, RendererEvent } from "typedoc";

/** The style sheet and fonts of formulas, of the very version that sets them. */
const formulas = dirname(
  createRequire(createRequire(import.meta.url).resolve("@mdit/plugin-katex")).resolve("katex/dist/katex.min.css"),
);

/** Every page with its title, in the order of reading. A test compares titles, order and links. */
export const pages = JSON.parse(readFileSync(new URL("pages.json", import.meta.url), "utf8"));

/** The task that the names of a file serve; the first that fits. */
const tasks = [
  [/^src\/(?:model\/(?:.*[tT]ask|network|preprocessing|problem|loss|schedule|warmup|cosine)|layers)/, "Describe a problem"],
  [/^src\/initial/, "Draw initial weights"],
  [/^src\/(?:exact\/sensitivities|design)/, "Design and differentiate"],
  [/^src\/(?:exact|integrate|flow\/(?:solve|chain|withSchedule))/, "Solve it"],
  [/^src\/flow/, "Ask a solution"],
  [/^src\/regimes/, "Lazy or rich?"],
  [/^src\/mechanisms/, "By which mechanism?"],
  [/^src\/descent/, "Take discrete steps"],
  [/^src\/(?:door|model)/, "Types and errors"],
];

export const categories = [...Object.keys(pages), "API", ...tasks.map(([, task]) => task), "Other"];

const names = Object.assign({}, ...Object.values(pages));
const keys = Array.from(readFileSync("docs/references.md", "utf8").matchAll(/^\| ([A-Z]\w+\d{4}) /gm), ([, key]) => key);
const CITATION = new RegExp(`\\b(${keys.join("|")})\\b`, "g");

function categorise(reflection, category) {
  reflection.comment ??= new Comment();
  reflection.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
}

/** Text outside of links, code and other markup that must stay as it is, changed piece by piece. */
function outside(html, change) {
  let inside = 0;
  return html.replace(
    /<(\/?)(a|code|pre|script|style|svg|h1|h2|h3|nav|annotation)\b[^>]*>|<[^>]*>|[^<]+/g,
    (piece, closing, tag) => {
      if (tag !== undefined) inside += closing ? -1 : 1;
      return piece.startsWith("<") || inside > 0 ? piece : change(piece);
    },
  );
}

const INDEX = String.raw`(?:\{[^{}]*\}|max|out|in|yx|η[uw]|[\p{L}\d])`;
const SUBSCRIPT = new RegExp(`((?<![A-Za-z_])[A-Za-z]|[Α-Ωα-ω‖²)])_(${INDEX})`, "gu");
const SUPERSCRIPT = new RegExp(
  String.raw`(?<=[\p{L}\p{N})])\^(\{[^{}]*\}|\([^()]*\)|[−±]?(?:[½⅓⅔]|[\p{L}\d]+(?:_${INDEX})?))`,
  "gu",
);
const bare = (text) => text.replace(/^[{(](.*)[)}]$/, "$1");

/** Indices and exponents of plain text, η_u and κ^c_d, as they are set in formulas. */
function typeset(text) {
  const index = (piece) => piece.replace(SUBSCRIPT, (_, base, below) => `${base}<sub>${bare(below)}</sub>`);
  return index(text.replace(SUPERSCRIPT, (_, above) => `<sup>${index(bare(above))}</sup>`));
}

/** Inline code that is the name of something exported, or a call of it, becomes a link. */
function linkNames(html, addressOf) {
  return html.replace(/<a\b[\s\S]*?<\/a>|<pre\b[\s\S]*?<\/pre>|<code>(\w+)(\([^<]*\))?<\/code>/g, (code, name) => {
    const address = name === undefined ? undefined : addressOf(name);
    return address === undefined ? code : `<a href="${address}">${code}</a>`;
  });
}

const box = 'class="scroll" tabindex="0" role="region"';

/** The same picture for light and for dark surroundings, in a box in which it scrolls on a phone. */
function inBothThemes(light, dark, alt) {
  const image = (source, theme) => `<img class="figure-${theme}" src="${source}" alt="${alt}">`;
  return `<span ${box} aria-label="figure">${image(light, "light")}${image(dark, "dark")}</span>`;
}

/** Pictures that have a dark variant get it; the colours of others are inverted. */
function darken(html, assets) {
  return html
    .replace(
      /<picture>\s*<source[^>]*srcset="([^"]*)">\s*<img src="([^"]*)"[^>]*alt="([^"]*)"[^>]*>\s*<\/picture>/g,
      (_, dark, light, alt) => inBothThemes(light, dark, alt),
    )
    .replace(/<img src="([^"]*media\/([\w-]+)\.svg)" alt="([^"]*)"[^>]*>/g, (image, light, name, alt) =>
      existsSync(`docs/figures/dark/${name}.svg`)
        ? inBothThemes(light, `${assets}/figures/${name}.svg`, alt)
        : `<span ${box} aria-label="figure">${image.replace("<img ", '<img class="figure-inverted" ')}</span>`,
    );
}

/** A TypeDoc plugin. */
export function site(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const page of project.getReflectionsByKind(ReflectionKind.Document)) {
      const path = page.name;
      const [category] = Object.entries(pages).find(([, within]) => path in within) ?? ["Other"];
      page.frontmatter["category"] = category;
      page.name = (names[path] ?? path).replaceAll("`", "");
    }
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      categorise(module, "API");
      for (const child of module.children ?? []) {
        const file = project.getSymbolIdFromReflection(child)?.packagePath ?? "";
        const [, task] = tasks.find(([pattern]) => pattern.test(file)) ?? [];
        if (task !== undefined) for (const of of child.signatures ?? [child]) categorise(of, task);
      }
    }
  });
  app.renderer.on(PageEvent.END, (page) => {
    const { router } = app.renderer;
    const to = (url) => router.baseRelativeUrl(page.model, url);
    let html = page.contents
      .replace(/<table\b/g, `<div ${box} aria-label="table"><table`)
      .replace(/<\/table>/g, "</table></div>")
      .replace(/<span class="katex-display">/g, '<span class="katex-display" tabindex="0" role="region" aria-label="formula">')
      .replace(/<pre\b/g, '<pre tabindex="0"')
      .replace('<div class="col-content">', '<div class="col-content" role="main">')
      // A disclosure is a button, and a button must not hold a link: headings that fold lose their permalink.
      .replace(/<summary\b[\s\S]*?<\/summary>/g, (summary) => summary.replace(/<a\b[^>]*tsd-anchor-icon[\s\S]*?<\/a>/, ""))
      .replace(/(href=")[^"]*media\/index\.html/g, `$1${to("explorer/index.html")}`);
    html = darken(html, to("assets"));
    if (page.model.isDocument?.() || page.model.isProject?.()) {
      const references = page.project.getReflectionsByKind(ReflectionKind.Document).find(({ name }) => name === "References");
      const bibliography = to(router.getFullUrl(references));
      if (page.model === references) html = html.replace(/<td>([A-Z]\w+\d{4})<\/td>/g, (_, key) => `<td id="${key}">${key}</td>`);
      else html = outside(html, (text) => text.replace(CITATION, (key) => `<a href="${bibliography}#${key}">${key}</a>`));
      html = outside(html, (text) =>
        text.replace(/arXiv:(\d{4}\.\d{4,5})/g, (number, id) => `<a href="https://arxiv.org/abs/${id}">${number}</a>`),
      );
      html = outside(html, typeset);
      html = linkNames(html, (name) => {
        const found = page.project
          .getReflectionsByKind(
            ReflectionKind.ExportContainer |
              ReflectionKind.ClassOrInterface |
              ReflectionKind.SomeType |
              ReflectionKind.Function |
              ReflectionKind.Variable,
          )
          .find((reflection) => reflection.name === name && reflection.parent?.kindOf(ReflectionKind.Module));
        return found === undefined ? undefined : to(router.getFullUrl(found));
      });
    }
    if (page.model.isDocument?.() && page.model.name === names["what-is-feature-learning"])
      html = html.replace("</body>", `<script src="${to("explorer/first-figure.js")}"></script></body>`);
    page.contents = html;
  });
  // A folder of the navigation must not be a link too: the link becomes its first entry.
  app.renderer.on(RendererEvent.BEGIN, () => {
    const { theme } = app.renderer;
    const build = theme.buildNavigation.bind(theme);
    const unlink = (entry) => {
      if (entry.children === undefined) return entry;
      const { path, ...folder } = entry;
      const self = path === undefined ? [] : [{ ...folder, path, children: undefined, text: `${entry.text}: overview` }];
      return { ...folder, children: [...self, ...entry.children.map(unlink)] };
    };
    theme.buildNavigation = (project) => build(project).map(unlink);
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    for (const part of ["katex.min.css", "fonts"])
      cpSync(`${formulas}/${part}`, `${outputDirectory}/assets/katex/${part}`, { recursive: true });
    if (existsSync("docs/figures/dark")) cpSync("docs/figures/dark", `${outputDirectory}/assets/figures`, { recursive: true });
    rmSync(`${outputDirectory}/media/index.html`, { force: true });
  });
  app.renderer.hooks.on("head.end", (context) =>
    JSX.createElement("link", { rel: "stylesheet", href: context.relativeURL("assets/katex/katex.min.css") }),
  );
  app.renderer.hooks.on("sidebar.begin", (context) =>
    JSX.createElement(
      "p",
      null,
      JSX.createElement("a", { href: context.relativeURL("explorer/index.html") }, "Explorer: try it in the browser"),
    ),
  );
}
