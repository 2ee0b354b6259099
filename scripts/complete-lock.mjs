/**
 * Completes package-lock.json after `npm install`: npm leaves out optional packages of other platforms that the registry in use does not
 * carry, and `npm ci` then refuses the lock. Their version is their parent's, their platform is in their name.
 */
import { readFileSync, writeFileSync } from "node:fs";

const path = "package-lock.json";
const lock = JSON.parse(readFileSync(path, "utf8"));

function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const os = words.find((word) =>
    /^(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows)$/.test(word),
  );
  const cpu = words.find((word) => /^(arm64|aarch64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el)$/.test(word));
  return {
    ...(os ? { os: [os === "windows" ? "win32" : os] } : {}),
    ...(cpu ? { cpu: [cpu === "aarch64" ? "arm64" : cpu] } : {}),
    ...(name.includes("musl") ? { libc: ["musl"] } : os === "linux" ? { libc: ["glibc"] } : {}),
  };
}

for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${parent}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (lock.packages[nested] || lock.packages[top]?.version === version || parent === "") continue;
    lock.packages[lock.packages[top] ? nested : top] = {
      version: version.replace(/^[~^]/, ""),
      ...platformOf(name),
      dev: true,
      license: "MIT",
      optional: true,
    };
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
