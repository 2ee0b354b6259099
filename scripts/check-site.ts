/**
 * The documentation site in a real browser. On a phone no page scrolls sideways, no page writes to the
 * console, and anything wider than the screen scrolls in a box that the keyboard reaches. On the guides and
 * on samples of the API, axe finds nothing serious, on a desktop in light and on a phone in dark; with
 * screenshots, in all four.
 *
 *     npm run test:site [-- folder for screenshots]
 *
 * Needs the site in docs/api, and Chromium at /usr/bin/chromium, or where CHROMIUM says.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";

const site = resolve(import.meta.dirname, "../docs/api");
const screenshots = process.argv[2];
const pages = readdirSync(site, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".html") && !/^(?:explorer|media|assets)\b/.test(name),
);
if (pages.length < 100) throw new Error(`${pages.length} pages in docs/api; run npm run docs first`);

/** What is wrong with a page, in words. */
async function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth;
    const faults: string[] = wide > innerWidth ? [`is ${wide} pixels wide`] : [];
    for (const box of document.querySelectorAll<HTMLElement>("table, .katex-display, pre")) {
      let around: HTMLElement | null = box;
      while (around !== null && around.tabIndex < 0) around = around.parentElement;
      if (box.getBoundingClientRect().width > innerWidth && around === null)
        faults.push(`a ${box.tagName} has no box to scroll in`);
    }
    return faults;
  });
}

/** The pages that people read, and one page of each kind of the API. */
const read = pages.filter((name) =>
  /^(?:documents|index|modules|hierarchy|(?:functions|interfaces|classes|types|variables)\/feature-learning\.(?:regime|network|Snapshot|FeatureLearningError|Loss|parametrizations)\b)/.test(
    name,
  ),
);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe calls serious or critical, with the first place where it was found. */
async function inaccessible(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id} at ${nodes.length} places, first ${nodes.map(({ target }) => target).slice(0, 3)}`);
  });
}

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"],
});
const faults: string[] = [];

/** Every page once at one size and in one colour scheme. */
async function visit(
  names: readonly string[],
  { device, colorScheme, width, height }: Look,
  examine: (page: Page) => Promise<string[]>,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const written: string[] = [];
  page.on("console", (message) => message.type() === "error" && written.push(message.text()));
  page.on("pageerror", (error) => written.push(error.message));
  for (const name of names) {
    await page.goto(pathToFileURL(join(site, name)).href, { waitUntil: "load" });
    const found = [...(await examine(page)), ...written.splice(0).map((text) => `writes "${text}"`)];
    faults.push(...found.map((fault) => `${name} (${device}, ${colorScheme}): ${fault}`));
    if (screenshots !== undefined && read.includes(name)) {
      const file = `${name.replaceAll("/", "-").replace(".html", "")}-${device}-${colorScheme}.png`;
      await page.screenshot({ path: join(screenshots, file), fullPage: true });
    }
  }
  await page.close();
}

interface Look {
  readonly device: string;
  readonly colorScheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}
const phone: Look = { device: "phone", colorScheme: "light", width: 390, height: 844 };
const desktop: Look = { device: "desktop", colorScheme: "light", width: 1440, height: 900 };
/** Every size and every colour scheme once; with screenshots, every pair of them. */
const looks: readonly Look[] = [
  desktop,
  { ...phone, colorScheme: "dark" },
  ...(screenshots === undefined ? [] : [phone, { ...desktop, colorScheme: "dark" as const }]),
];

/** The figure of the first guide answers the keyboard, and is a picture where there is no script. */
async function firstFigure(): Promise<string[]> {
  const address = pathToFileURL(join(site, "documents/What_is_feature_learning_.html")).href;
  const page = await browser.newPage();
  await page.goto(address);
  const verdicts: string[] = [];
  for (const key of ["Home", "End"]) {
    await page.locator("#initial-scale").press(key);
    verdicts.push((await page.locator(".lazy-or-rich p").textContent()) ?? "");
  }
  await page.close();
  const plain = await browser.newPage({ javaScriptEnabled: false });
  await plain.goto(address);
  const isPicture = await plain.locator('img[src*="lazy-and-rich-"]').first().isVisible();
  await plain.close();
  return [
    ...(/ rich/.test(verdicts[0]!) && / lazy/.test(verdicts[1]!) ? [] : [`first figure says ${verdicts.join(" and ")}`]),
    ...(isPicture ? [] : ["first figure: no picture without scripts"]),
  ];
}

try {
  faults.push(...(await firstFigure()));
  await visit(pages, phone, faultsOf);
  for (const look of looks) await visit(read, look, inaccessible);
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
console.log(
  `site: ${pages.length} pages on a phone, ${read.length} of them through axe in ${looks.length} looks, ${faults.length} faults`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
