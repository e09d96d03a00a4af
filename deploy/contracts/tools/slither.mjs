// Runs slither and holds its findings against SLITHER.md: every (detector, place) found must be answered there, and
// every answer must still be about something found. SLITHER names the program.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, "cache/slither.json");

function runSlither() {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const path = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const options = { cwd: root, env: { ...process.env, PATH: path }, stdio: "ignore" };
  try {
    execFileSync(process.env.SLITHER ?? "slither", [".", "--filter-paths", "node_modules|generated|test", "--json", report], options);
  } catch (error) {
    if (error.code === "ENOENT") throw new Error("slither is not installed: pip install slither-analyzer", { cause: error });
    if (error.status === undefined) throw error; // it also exits with 255 where it found something
  }
  const { success, error, results } = JSON.parse(readFileSync(report, "utf8"));
  if (!success) throw new Error(`slither failed: ${error}`);
  return results.detectors ?? [];
}

/** Contract.function, or the contract or file where there is no function. */
function placeOf({ elements }) {
  const element = elements.find(({ type }) => ["function", "variable", "event"].includes(type)) ?? elements[0];
  const parent = element.type_specific_fields?.parent;
  const owner = parent?.type === "function" ? parent.type_specific_fields.parent : parent;
  const name = element.type === "function" || parent?.type !== "function" ? element.name : parent.name;
  return owner ? `${owner.name}.${name}` : name;
}

function answers() {
  const lines = readFileSync(join(root, "SLITHER.md"), "utf8").split("\n");
  const cells = lines.map((line) => line.match(/^\| `([a-z0-9-]+)` \| (.+?) \|/)).filter(Boolean);
  return new Set(cells.flatMap(([, detector, places]) => places.match(/`[^`]+`/g).map((place) => `${detector} ${place.slice(1, -1)}`)));
}

const found = new Set(runSlither().map((finding) => `${finding.check} ${placeOf(finding)}`));
const answered = answers();
const open = [...found].filter((finding) => !answered.has(finding)).sort();
const stale = [...answered].filter((finding) => !found.has(finding)).sort();
for (const finding of open) console.error(`not answered in SLITHER.md: ${finding}`);
for (const finding of stale) console.error(`answered in SLITHER.md but not found any more: ${finding}`);
console.log(`${found.size} findings, ${open.length} unanswered, ${stale.length} stale answers`);
process.exit(open.length + stale.length === 0 ? 0 : 1);
