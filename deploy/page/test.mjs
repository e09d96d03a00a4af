// Builds the tests and what they read, small epochs settled by the Python, and runs them. EPOCHS and SEED set which.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const page = import.meta.dirname;
const root = join(page, "../..");
const folder = mkdtempSync(join(tmpdir(), "pozk-page-"));
const own = join(root, ".venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const { EPOCHS = "1000", SEED = "1" } = process.env;

try {
  execFileSync(process.execPath, [join(page, "build.mjs"), "tests"], { stdio: "inherit" });
  execFileSync(python, ["-m", "tests.settlement.emit_epochs", folder, EPOCHS, SEED], { cwd: root, stdio: "inherit" });
  const env = { ...process.env, POZK_EPOCHS: folder, POZK_VECTORS: join(root, "tests/vectors"), EPOCHS };
  const { status } = spawnSync(process.execPath, ["--test", join(page, "build/tests/")], { cwd: page, env, stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
