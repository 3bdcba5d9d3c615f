/** What a build leaves behind besides Vite's own files: the service worker's list, compressed copies, and the hashes
 * of the sources it was made from (a test holds `dist` to them). */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
const SOURCES = [
  "src",
  "public",
  "make",
  "index.html",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "vite.config.ts",
];
const COMPRESSED = /\.(html|js|css|json|svg|webmanifest|wasm)$/;
const NOT_CACHED = /(^sw\.js$|^sources\.json$|\.(br|gz)$)/;

function files(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return [path];
  }
}

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Path → SHA-256 of everything that a build depends on; tests are not shipped. */
function sources(): Record<string, string> {
  const all = SOURCES.flatMap((name) => files(join(ROOT, name))).filter((path) => !path.endsWith(".test.ts"));
  return Object.fromEntries(all.map((path) => [relative(ROOT, path), sha256(readFileSync(path))]));
}

/** Fills the service worker's gaps: which files, and a version that changes when one of them does. */
function listed(): void {
  const cached = files(DIST)
    .map((path) => relative(DIST, path))
    .filter((path) => !NOT_CACHED.test(path));
  const version = sha256(cached.map((path) => sha256(readFileSync(join(DIST, path)))).join()).slice(0, 16);
  const worker = join(DIST, "sw.js");
  const text = readFileSync(worker, "utf8");
  const paths = cached.map((path) => (path === "index.html" ? "/" : `/${path}`));
  writeFileSync(worker, text.replace("__FILES__", JSON.stringify(paths)).replace("__VERSION__", version));
}

function compressed(): void {
  for (const path of files(DIST).filter((path) => COMPRESSED.test(path))) {
    const data = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
  }
}

export function shipped(): Plugin {
  return {
    name: "shipped",
    apply: "build",
    closeBundle() {
      listed();
      compressed();
      writeFileSync(join(DIST, "sources.json"), `${JSON.stringify(sources(), null, 1)}\n`);
    },
  };
}
