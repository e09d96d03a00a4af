#!/usr/bin/env node
// The solc package under the command line that forge and slither expect: `--version`, or standard JSON from stdin.
// Their own compilers would have to be downloaded; this one came with npm ci.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import solc from "solc";

function findImport(path) {
  for (const folder of [".", "node_modules"]) {
    try {
      return { contents: readFileSync(resolve(folder, path), "utf8") };
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  return { error: `${path}: not found here nor in node_modules` };
}

if (process.argv.includes("--version")) {
  const version = solc.version().replace(/\.Emscripten\.clang$/, ".Linux.g++");
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`);
} else {
  process.stdout.write(solc.compile(readFileSync(0, "utf8"), { import: findImport }));
}
