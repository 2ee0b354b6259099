/**
 * Every page of the documentation site on a phone: none scrolls sideways, nothing stands on the console, and
 * what is wider than the screen scrolls in a box of its own that the keyboard reaches.
 *
 *     npm run test:site [-- folder for screenshots]
 *
 * Needs the site in docs/api, and Chromium at /usr/bin/chromium, or where CHROMIUM says.
 */
import { readdirSync } from "node:fs";
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

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"],
});
const faults: string[] = [];
try {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  for (const name of pages) {
    await page.goto(pathToFileURL(join(site, name)).href, { waitUntil: "domcontentloaded" });
    await page.waitForLoadState("load");
    faults.push(...(await faultsOf(page)).map((fault) => `${name} ${fault}`));
    if (screenshots !== undefined && (name.startsWith("documents") || name === "index.html"))
      await page.screenshot({ path: join(screenshots, `${name.replaceAll("/", "-")}.png`), fullPage: true });
  }
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
console.log(`site: ${pages.length} pages on a phone, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
