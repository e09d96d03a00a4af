// What the compiler does not see: no amount becomes a floating point number, nothing is written into the page as HTML.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lintFile } from "./lint-rules.mjs";

const FOLDERS = ["verify", "src", "tests"];

process.chdir(import.meta.dirname);
const found = FOLDERS.flatMap(listSources).flatMap((file) => lintFile(file, readFileSync(file, "utf8")));
for (const fault of found) console.error(fault);
process.exitCode = found.length > 0 ? 1 : 0;

function listSources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
