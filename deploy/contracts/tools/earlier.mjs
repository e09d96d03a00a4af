// The contracts of an earlier commit, compiled by today's compiler and settings.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const contracts = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Builds the sources of a commit and returns the folder of its artifacts; undefined where its history is not at hand. */
export function buildEarlier(commit) {
  const folder = mkdtempSync(join(tmpdir(), "pozk-contracts-"));
  try {
    const archive = execFileSync("git", ["archive", commit, "src"], { cwd: contracts, maxBuffer: 1e8, stdio: ["ignore", "pipe", "pipe"] });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
  } catch (error) {
    console.error(`no contracts of ${commit}: ${error.message.split("\n")[0]}`);
    return undefined;
  }
  execFileSync("node", [join(contracts, "build.mjs"), folder], { stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, "out");
}
