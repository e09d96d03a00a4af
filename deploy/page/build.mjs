// Bundles what runs: `node build.mjs` the command line and the page, `node build.mjs tests` the tests.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MOST_BYTES = 150_000;
const NODE = { bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "warning" };

/** The command line, and the readers of a live network that the Python tests start. */
async function buildCommands() {
  await build({ ...NODE, entryPoints: ["verify/cli.ts"], outfile: "verify/dist/verify.mjs", minify: true });
  await build({ ...NODE, entryPoints: ["tests/devnet.ts", "tests/wallets.ts"], outdir: "build", outExtension: { ".js": ".mjs" }, packages: "external" });
}

async function buildPage() {
  const folder = "build/site";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entryPoints = { page: "src/main.tsx", worker: "src/checks/worker.ts", "page-style": "src/page.css" };
  await build({ bundle: true, format: "esm", platform: "browser", target: ["es2022"], minify: true, legalComments: "linked", logLevel: "warning", jsx: "automatic", jsxImportSource: "preact", entryPoints, outdir: folder });
  renameSync(`${folder}/page-style.css`, `${folder}/page.css`);
  copyFileSync("src/index.html", `${folder}/index.html`);
  const first = ["index.html", "page.css", "page.js"].reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}/${name}`)).length, 0);
  if (first > MOST_BYTES) throw new Error(`the first view has ${first} bytes in gzip: at most ${MOST_BYTES}`);
}

async function buildTests() {
  rmSync("build/tests", { recursive: true, force: true });
  const files = ["verify/tests", "tests"].flatMap((folder) => listTests(folder));
  await build({ ...NODE, entryPoints: files, outdir: "build/tests", outExtension: { ".js": ".mjs" }, packages: "external", jsx: "automatic", jsxImportSource: "preact", sourcemap: "inline", entryNames: "[name]" });
}

function listTests(folder) {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".test.ts")).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

process.chdir(import.meta.dirname);
if (process.argv[2] === "tests") {
  await Promise.all([buildCommands(), buildPage()]);
  await buildTests();
}
else await Promise.all([buildCommands(), buildPage()]);
