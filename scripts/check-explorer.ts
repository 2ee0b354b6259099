/**
 * The explorer in a real browser: sliders change the numbers that the library predicts, presets show the
 * verdict they name, the address keeps the state, the program reproduces what is on screen, the keyboard
 * works, a phone has room.
 *
 *     npm run test:explorer [-- folder for screenshots]
 *
 * It draws 200 random states; STATES=2000 asks for more. Needs Chromium at /usr/bin/chromium, or where
 * CHROMIUM says.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { mechanisms, plateau, regime, solve } from "feature-learning";
import { chromium, type Page } from "playwright-core";
import { fromHash, toHash } from "../docs/explorer/hash.ts";
import { presets } from "../docs/explorer/presets.ts";
import { problemOf } from "../docs/explorer/problem.ts";
import { facts, solved } from "../docs/explorer/solved.ts";
import { INFINITE, initialState, type State } from "../docs/explorer/state.ts";
import { randomStates } from "../test/docs/randomStates.ts";

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

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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
  const flow = solve(problemOf(state), { rtol: 1e-6, maxSteps: 5000 });
  const [found, learned, end] = [regime(flow), mechanisms(flow), flow.at(Number.POSITIVE_INFINITY)];
  const digits = (value: number): string => value.toPrecision(6);
  return {
    regime: found.regime,
    kernelChange: digits(found.kernelChange),
    dominant: learned.dominant,
    present: learned.present.join(", ") || "none",
    rate: "rate" in flow ? digits(flow.rate) : "",
    plateau: "rate" in flow ? digits(plateau(flow)) : "",
    output: "output" in end ? digits(end.output as number) : "",
  };
}

async function expectPredicted(page: Page, state: State, what: string): Promise<void> {
  const { descent, words, sides, slopes, events, ...numbers } = await said(page);
  expectSame(numbers, predicted(state), what);
  expectSame([sides, slopes, events], ["", "", ""], what);
  if (!/^step size [^ ]+: completed$/.test(descent!)) throw new Error(`${what}: the descent is said to be ${descent}`);
  if (words === "") throw new Error(`${what}: no words for the verdict`);
}

/** Everything that the page says is what its own modules say outside of the browser. */
async function expectFacts(page: Page, state: State, what: string): Promise<void> {
  const { words, ...texts } = await said(page);
  const now = solved(state);
  expectSame(texts, Object.fromEntries(Object.keys(texts).map((name) => [name, facts[name]!(now)])), what);
}

async function slide(page: Page, name: string, value: number): Promise<void> {
  await page.locator(`#${name}`).fill(String(value));
}

/** The lines that a program prints. */
function outputOf(program: string): string[] {
  const file = join(folder, "program.mjs");
  writeFileSync(file, program.replace('"feature-learning"', JSON.stringify(pathToFileURL(join(root, "dist", "index.js")).href)));
  return execFileSync(process.execPath, [file], { encoding: "utf8" }).trim().split("\n");
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
    step: -1.5,
    momentum: 0.5,
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
      await expectFacts(page, preset.state, preset.label);
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
    // Entered while the page is still drawing another one.
    await other.evaluate(
      async (hash) => {
        location.hash = "#width=7";
        await new Promise((resolve) => setTimeout(resolve, 5));
        location.hash = hash;
      },
      `#${toHash(state)}`,
    );
    await expectPredicted(other, state, "an address entered while drawing");
    await other.close();
  });

  await check("the program reproduces what is on screen", async () => {
    for (const i of [0, 2, presets.findIndex(({ label }) => label.startsWith("ten layers"))]) {
      await page.locator("#preset").selectOption(String(i));
      const found = await said(page);
      const program = (await page.locator("#program").textContent())!;
      const [kernel, learned, numbers] = outputOf(program);
      const [verdict, change] = kernel!.split(" ");
      expectSame([verdict, Number(change).toPrecision(6)], [found["regime"], found["kernelChange"]], "its regime");
      expectSame(learned!.split(" ").at(-1), found["dominant"], "its mechanism");
      expectSame(Number(numbers!.split(" ")[0]).toPrecision(6), found["rate"], "its rate");
    }
  });

  await check("programs of other networks run and print the verdict on screen", async () => {
    for (const preset of presets.filter(({ group }) => group === "Beyond two linear layers")) {
      await page.locator("#preset").selectOption(String(presets.indexOf(preset)));
      const found = await said(page);
      const [kernel, learned, end, steps] = outputOf((await page.locator("#program").textContent())!);
      const [verdict, change] = kernel!.split(" ");
      expectSame(verdict, found["regime"], preset.label);
      // Where the page integrates, the program has the closed form.
      const error = Math.abs(Number(change) / Number(found["kernelChange"]) - 1);
      if (!(error < 1e-4)) throw new Error(`${preset.label}: kernel change ${change}, not ${found["kernelChange"]}`);
      expectSame(learned!.split(" ").at(-1), found["dominant"], preset.label);
      if (end === undefined || /NaN|undefined/.test(end)) throw new Error(`${preset.label}: ${end}`);
      expectSame(steps?.startsWith("completed"), found["descent"] === "" ? undefined : true, `${preset.label}: its steps`);
    }
  });

  await check("what cannot be combined is out of reach, with the reason", async () => {
    await page.goto(`${address}#activation=relu`);
    await said(page);
    expectSame(await page.locator("#depth").isDisabled(), true, "depth with a kink");
    expectSame(
      await page.locator("label:has(#depth)").getAttribute("title"),
      "A network with a kink at 0 is solved with two layers.",
      "tooltip",
    );
    expectSame(await page.locator("#loss option[value=huber]").isDisabled(), true, "huber with a kink");
    await page.locator("#activation").selectOption("linear");
    await slide(page, "depth", INFINITE);
    await expectFacts(page, { ...initialState, depth: INFINITE, start: "angle" }, "infinite depth");
    expectSame(await page.locator("#step").isDisabled(), true, "steps of infinitely many layers");
    expectSame(await page.locator("#plane").isVisible(), false, "angle of layers that are numbers");
    await slide(page, "depth", 4);
    await page.locator("#start-seed").check();
    await slide(page, "decayU", -1);
    await expectFacts(page, { ...initialState, depth: 4, decayU: -1 }, "four layers that decay");
    expectSame(await page.locator("#depth").getAttribute("max"), "20", "depth of layers that decay");
    await slide(page, "depth", 2);
    await page.locator("#decayEach").check();
    await slide(page, "decayW", -1.5);
    await expectFacts(page, { ...initialState, decayU: -1, decayEach: true, decayW: -1.5 }, "a decay for each layer");
  });

  await check("the keyboard is enough", async () => {
    await page.goto(`${address}#`);
    await page.reload();
    await said(page);
    await page.locator("#width").focus();
    await page.keyboard.press("ArrowRight");
    await expectPredicted(page, { ...initialState, width: 2.1 }, "after an arrow key");
    await page.keyboard.press("Tab");
    expectSame(await page.evaluate(() => document.activeElement?.id), "outputScale", "the next stop");
  });

  await check("a phone has room for all of it", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await said(page);
    const room = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (room[0]! > room[1]!) throw new Error(`${room[0]} pixels on a screen of ${room[1]}`);
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, "explorer-phone.png"), fullPage: true });
  });

  await check("axe finds nothing serious, light and dark, with every kind of network", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const hash of ["kept=width%3D3", "activation=relu", `depth=Infinity&start=angle`, "decayU=-1"]) {
        await page.goto(`${address}#${hash}`);
        await page.reload();
        await said(page);
        await page.evaluate(axe);
        const serious = await page.evaluate(async () => {
          const { violations } = await (window as unknown as { axe: typeof import("axe-core") }).axe.run();
          return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id);
        });
        expectSame(serious, [], `#${hash}, ${colorScheme}`);
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
  });

  await check("dark surroundings are dark", async () => {
    await page.setViewportSize({ width: 1400, height: 1500 });
    await page.emulateMedia({ colorScheme: "dark" });
    await said(page);
    const grounds = await page.evaluate(() => Array.from(document.querySelectorAll("svg"), (svg) => svg.style.backgroundColor));
    expectSame(grounds, Array(5).fill("rgb(13, 17, 23)"), "backgrounds");
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, "explorer-dark.png") });
    await page.emulateMedia({ colorScheme: "light" });
  });

  await check(
    "data of one's own are learned, shared by the address, and refused with a reason where they cannot be",
    async () => {
      await page.setViewportSize({ width: 1400, height: 1500 });
      await page.goto(`${address}#`);
      await page.reload();
      await said(page);
      await page.locator("details:has(#data) summary").click();
      await page.locator("#data").fill("flipper,mass\n181,3750\n186;3800\n195\t3250\n210 4300\n");
      await page.locator("#use-data").click();
      const state = { ...initialState, data: "181,3750;186,3800;195,3250;210,4300" };
      await expectPredicted(page, state, "own data");
      expectSame(fromHash(new URL(page.url()).hash), state, "address of own data");
      for (const [text, reason] of [
        ["1,2\n3,four", "Row 2 of the data"],
        ["1,2", "at least two rows"],
        ["1,2\n1,3", "All values of x are the same"],
      ]) {
        await page.locator("#data").fill(text!);
        await page.locator("#use-data").click();
        const said = await page.locator("#data-problem").textContent();
        if (!said!.includes(reason!)) throw new Error(`${JSON.stringify(text)} was refused with ${said}`);
      }
      await expectPredicted(page, state, "after data that cannot be");
      for (const loss of ["huber", "half-mse"] as const) {
        await page.locator("#loss").selectOption(loss);
        await expectPredicted(page, { ...state, loss }, loss);
      }
      await page.locator("#loss").selectOption("logistic");
      await said(page);
      const problem = await page.locator("#problem").textContent();
      if (!/cannot be shown: .*logistic/.test(problem!)) throw new Error(`targets that are no labels: ${problem}`);
      await page.locator("#loss").selectOption("mse");
      await expectPredicted(page, state, "after a loss that cannot be");
      expectSame(await page.locator("#problem").isVisible(), false, "message that is over");
    },
  );

  await check("undo, redo and the comparison of two networks", async () => {
    await page.goto(`${address}#`);
    await page.reload();
    await said(page);
    await slide(page, "width", 4);
    await page.waitForTimeout(600);
    await slide(page, "scaleU", -1);
    await said(page);
    await page.keyboard.press("Control+z");
    await expectPredicted(page, { ...initialState, width: 4 }, "undone once");
    await page.locator("#undo").click();
    await expectPredicted(page, initialState, "undone twice");
    await page.locator("#redo").click();
    await expectPredicted(page, { ...initialState, width: 4 }, "redone");
    await page.locator("#keep").click();
    await slide(page, "width", 1);
    await expectPredicted(page, { ...initialState, width: 1 }, "beside the kept one");
    const kept = await page.evaluate(() => document.getElementById("kept-kernelChange")!.textContent);
    expectSame(kept, predicted({ ...initialState, width: 4 })["kernelChange"], "kept network");
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, "explorer-compared.png") });
    await page.locator("#keep").click();
  });

  await check("a step too large for the minimum catapults, a larger one diverges", async () => {
    for (const [step, outcome] of [
      [0.12, /the loss rises to .* times its start/],
      [0.6, /diverges/],
    ] as const) {
      await page.goto(`${address}#width=6&scaleU=0&scaleW=0&outputScale=-3&step=${step}`);
      const { descent } = await said(page);
      if (!outcome.test(descent!)) throw new Error(`step ${step}: ${descent}`);
      if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, `explorer-step-${step}.png`) });
    }
  });

  await check("every file that is saved holds what is on screen", async () => {
    await page.goto(`${address}#width=3`);
    await said(page);
    const expected: Readonly<Record<string, RegExp>> = {
      "save-json": /"width": 3/,
      "save-csv": /^t,.*loss/,
      "save-svg": /^<svg[^>]*xmlns=/,
      "save-program": /from "feature-learning";/,
    };
    for (const [id, pattern] of Object.entries(expected)) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator(`#${id}`).click()]);
      const text = readFileSync((await download.path())!, "utf8");
      if (!pattern.test(text)) throw new Error(`${id}: ${text.slice(0, 200)}`);
      if (id === "save-json") JSON.parse(text);
    }
  });

  await check("an address that once broke the page is drawn, and the page goes on after it", async () => {
    await page.goto(`${address}#width=4.7&scaleU=-8&scaleW=-7.25&start=angle&angle=0`);
    await said(page);
    expectSame(await page.locator("#problem").isVisible(), false, "message");
    await slide(page, "scaleU", -2);
    await said(page);
    expectSame((await said(page))["kernelChange"] === "", false, "numbers after it");
  });

  const count = Number(process.env["STATES"] ?? 200);
  await check(`${count} random states are drawn, or refused by the integrator with its reason`, async () => {
    for (const hash of randomStates(count).map(toHash)) {
      const message = await page.evaluate(async (to) => {
        const before = document.documentElement.dataset["drawn"];
        location.hash = `${to}&again=${before}`;
        const began = performance.now();
        while (document.documentElement.dataset["drawn"] === before && performance.now() - began < 20_000)
          await new Promise((resolve) => setTimeout(resolve, 5));
        return document.documentElement.dataset["drawn"] === before
          ? "not drawn"
          : document.getElementById("problem")!.textContent;
      }, hash);
      const isRefused =
        /loss=(?:huber|logistic)|activation=(?:leaky|abs)/.test(hash) &&
        /^This network cannot be shown: solve: stopped at/.test(String(message));
      if (message !== "" && !isRefused) throw new Error(`#${hash}: ${message}`);
    }
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
