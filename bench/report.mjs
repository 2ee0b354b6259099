/**
 * Runs every benchmark and puts what they print into docs/performance.md, docs/reliability.md and docs/papers.md.
 *
 *     npm run bench:report              all of them
 *     npm run bench:report -- bench:size    these alone
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const wanted = process.argv.slice(2);

for (const path of ["docs/performance.md", "docs/reliability.md", "docs/papers.md"]) {
  let page = readFileSync(path, "utf8");
  for (const [, name] of page.matchAll(/```text (\S+)\n/g)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`npm run ${name}`);
    const printed = execFileSync("npm", ["run", "--silent", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trimEnd();
    const block = new RegExp(`\`\`\`text ${name}\\n[\\s\\S]*?\`\`\``);
    page = page.replace(block, () => `\`\`\`text ${name}\n${printed}\n\`\`\``);
  }
  writeFileSync(path, page);
}
