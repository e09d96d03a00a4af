// Bundles what runs: `node build.mjs` the command line and the page, `node build.mjs tests` the tests.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const NODE = { bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "warning" };

async function buildCommand() {
  await build({ ...NODE, entryPoints: ["verify/cli.ts"], outfile: "verify/dist/verify.mjs", minify: true });
}

async function buildTests() {
  rmSync("build/tests", { recursive: true, force: true });
  const files = ["verify/tests", "tests"].flatMap((folder) => listTests(folder));
  await build({ ...NODE, entryPoints: files, outdir: "build/tests", outExtension: { ".js": ".mjs" }, packages: "external", sourcemap: "inline", entryNames: "[name]" });
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
  await buildCommand();
  await buildTests();
}
else await buildCommand();
