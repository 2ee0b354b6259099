/**
 * The explorer in a real browser: sliders change the numbers that the library predicts, presets show the
 * verdict they name, the address keeps the state, the program reproduces what is on screen, the keyboard
 * works, a phone has room.
 *
 *     npm run test:explorer [-- folder for screenshots]
 *
 * Needs Chromium at /usr/bin/chromium, or where CHROMIUM says.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { exactFlow, mechanisms, plateau, regime } from "feature-learning";
import { chromium, type Page } from "playwright-core";
import { presets } from "../docs/explorer/presets.ts";
import { fromHash, initialState, problemOf, type State, toHash } from "../docs/explorer/state.ts";

const root = resolve(import.meta.dirname, "..");
const screenshots = process.argv[2];
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
let passed = 0;

function expectSame(found: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

async function check(what: string, body: () => Promise<void>): Promise<void> {
  await body();
  passed++;
  console.log(`  passed  ${what}`);
}

const server = createServer((request, response) => {
  const path = join(root, "docs", "api", new URL(request.url!, "http://localhost").pathname);
  try {
    const body = readFileSync(path);
    response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream").end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0);
const address = `http://localhost:${(server.address() as AddressInfo).port}/explorer/index.html`;

const flags =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: flags.split(" "),
});

/** What the page says, once it has drawn what was asked of it. */
async function said(page: Page): Promise<Record<string, string>> {
  let before = "";
  for (;;) {
    await page.waitForTimeout(60);
    const now = await page.evaluate(() => document.documentElement.dataset["drawn"] ?? "0");
    if (now !== "0" && now === before) break;
    before = now;
  }
  return page.evaluate(() =>
    Object.fromEntries(
      Array.from(document.querySelectorAll("[id^=say-]"), (element) => [element.id.slice(4), element.textContent ?? ""]),
    ),
  );
}

/** What the library says of the same state. */
function predicted(state: State): Record<string, string> {
  const flow = exactFlow(problemOf(state));
  const [found, learned] = [regime(flow), mechanisms(flow)];
  return {
    regime: found.regime,
    kernelChange: found.kernelChange.toPrecision(6),
    dominant: learned.dominant,
    present: learned.present.join(", ") || "none",
    rate: flow.rate.toPrecision(6),
    plateau: plateau(flow).toPrecision(6),
    output: flow.limit.output.toPrecision(6),
  };
}

async function expectPredicted(page: Page, state: State, what: string): Promise<void> {
  const { descent, ...numbers } = await said(page);
  expectSame(numbers, predicted(state), what);
  expectSame(descent, "completed", `${what}, descent`);
}

async function slide(page: Page, name: string, value: number): Promise<void> {
  await page.locator(`#${name}`).fill(String(value));
}

const folder = mkdtempSync(join(tmpdir(), "feature-learning-explorer-"));
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1500 } });
  const complaints: string[] = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));

  await page.goto(address);
  await check("the first page is what the library says", () => expectPredicted(page, initialState, "first state"));

  const moves: Partial<State> = {
    width: 3,
    scaleU: -1.5,
    scaleW: -3,
    seed: 7,
    outputScale: 0.3,
    rateU: -0.5,
    rateW: 0.25,
    strength: -1.2,
  };
  await check("every slider changes the numbers as the library predicts", async () => {
    let state = initialState;
    for (const [name, value] of Object.entries(moves) as [string, number][]) {
      state = { ...state, [name]: value };
      await slide(page, name, value);
      await expectPredicted(page, state, name);
      expectSame(fromHash(new URL(page.url()).hash), state, `address after ${name}`);
    }
    await page.locator("#start-angle").check();
    await slide(page, "angle", 135);
    await expectPredicted(page, { ...state, start: "angle", angle: 135 }, "angle");
    await slide(page, "width", 0);
    await expectPredicted(page, { ...state, start: "angle", angle: 135, width: 0 }, "angle at width 1");
  });

  await check(`all ${presets.length} examples show the verdict that they name`, async () => {
    for (const [i, preset] of presets.entries()) {
      await page.locator("#preset").selectOption(String(i));
      const found = await said(page);
      if (preset.regime !== undefined) expectSame(found["regime"], preset.regime, preset.label);
      if (preset.dominant !== undefined) expectSame(found["dominant"], preset.dominant, preset.label);
      await expectPredicted(page, preset.state, preset.label);
      if (screenshots !== undefined && preset.group !== "Parametrizations")
        await page.screenshot({ path: join(screenshots, `explorer-${i}.png`) });
    }
  });

  await check("an address that was shared shows the same network", async () => {
    const state = { ...initialState, start: "angle", angle: 100, width: 5, outputScale: -1 } as const;
    const other = await browser.newPage();
    await other.goto(`${address}#${toHash(state)}`);
    await expectPredicted(other, state, "shared address");
    await other.goto(`${address}#width=nonsense&scaleU=1e9&start=none`);
    await other.reload();
    await expectPredicted(other, initialState, "an address that cannot be");
    await other.close();
  });

  await check("the program reproduces what is on screen", async () => {
    for (const i of [0, 2]) {
      await page.locator("#preset").selectOption(String(i));
      const found = await said(page);
      const program = (await page.locator("#program").textContent())!;
      const file = join(folder, "program.mjs");
      writeFileSync(
        file,
        program.replace('"feature-learning"', JSON.stringify(pathToFileURL(join(root, "dist", "index.js")).href)),
      );
      const [kernel, learned, numbers] = execFileSync(process.execPath, [file], { encoding: "utf8" }).trim().split("\n");
      const [verdict, change] = kernel!.split(" ");
      expectSame([verdict, Number(change).toPrecision(6)], [found["regime"], found["kernelChange"]], "its regime");
      expectSame(learned!.split(" ").at(-1), found["dominant"], "its mechanism");
      expectSame(Number(numbers!.split(" ")[0]).toPrecision(6), found["rate"], "its rate");
    }
  });

  await check("the keyboard is enough", async () => {
    await page.goto(`${address}#`);
    await page.reload();
    await said(page);
    await page.locator("#width").focus();
    await page.keyboard.press("ArrowRight");
    await expectPredicted(page, { ...initialState, width: 2.1 }, "after an arrow key");
    await page.keyboard.press("Tab");
    expectSame(await page.evaluate(() => document.activeElement?.id), "scaleU", "the next stop");
  });

  await check("a phone has room for all of it", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await said(page);
    const room = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (room[0]! > room[1]!) throw new Error(`${room[0]} pixels on a screen of ${room[1]}`);
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, "explorer-phone.png"), fullPage: true });
  });

  await check("dark surroundings are dark", async () => {
    await page.setViewportSize({ width: 1400, height: 1500 });
    await page.emulateMedia({ colorScheme: "dark" });
    await said(page);
    const grounds = await page.evaluate(() => Array.from(document.querySelectorAll("svg"), (svg) => svg.style.backgroundColor));
    expectSame(grounds, Array(4).fill("rgb(13, 17, 23)"), "backgrounds");
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, "explorer-dark.png") });
    await page.emulateMedia({ colorScheme: "light" });
  });

  await check("nothing was said on the console", async () => expectSame(complaints, [], "console"));

  for (let i = 0; i <= 100; i++) {
    await slide(page, "scaleU", Number((-4 + i * 0.05).toFixed(2)));
    await page.waitForTimeout(20);
  }
  await said(page);
  console.log(`median redraw while dragging: ${await page.locator("#redraw").textContent()} ms`);
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`explorer: ${passed} passed`);
