/** A bundled page in Chromium, under a strict content security policy. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

let browser;

/**
 * What the page of `folder`/page.js writes to the console first; `unsafe` allows it to make code from text.
 */
export async function saidInChromium(folder, unsafe) {
  const { chromium } = await import("playwright-core");
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await (await browser).newPage();
  const said = [];
  const spoken = new Promise((resolve) => {
    page.on("console", (message) => resolve(said.push(message.text())));
    page.on("pageerror", (error) => resolve(said.push(error.message)));
    setTimeout(resolve, 20_000).unref();
  });
  const policy = `default-src 'none'; script-src http://localhost${unsafe ? " 'unsafe-eval'" : ""}`;
  await page.route("**/*", (route) => {
    const file = join(folder, new URL(route.request().url()).pathname);
    const isScript = file.endsWith(".js");
    if (isScript && !existsSync(file)) return route.abort();
    const body = isScript ? readFileSync(file, "utf8") : `<script type="module" src="/page.js"></script>`;
    const contentType = isScript ? "text/javascript" : "text/html";
    return route.fulfill({ body, contentType, headers: { "content-security-policy": policy } });
  });
  await page.goto("http://localhost/");
  await spoken;
  await page.close();
  return said.join("\n");
}

/** Ends the browser, where one was started. */
export async function closeChromium() {
  await (await browser)?.close();
}
