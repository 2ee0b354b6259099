/**
 * Fills the public address into package.json, CITATION.cff and README.md before npm publishes
 * (`prepublishOnly`), and puts the relative links back into the README afterwards (`postpublish`, with
 * --restore). Without an address it stops the release.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fillAddress, publicAddress } from "./publicAddress.ts";

const at = (name: string): URL => new URL(`../${name}`, import.meta.url);
const saved = at("node_modules/.feature-learning-readme.md");

if (process.argv.includes("--restore")) {
  writeFileSync(at("README.md"), readFileSync(saved));
} else {
  const read = (name: string): string => readFileSync(at(name), "utf8");
  const files = { manifest: read("package.json"), readme: read("README.md"), citation: read("CITATION.cff") };
  try {
    const filled = fillAddress(publicAddress, files);
    writeFileSync(saved, files.readme);
    writeFileSync(at("package.json"), filled.manifest);
    writeFileSync(at("README.md"), filled.readme);
    writeFileSync(at("CITATION.cff"), filled.citation);
  } catch (error) {
    console.error(`not published: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
