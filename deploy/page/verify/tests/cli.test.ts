import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { FOLDER } from "./epochs.ts";

const COMMAND = join(process.cwd(), "verify/dist/verify.mjs");
const kept = (epoch: number): string => join(FOLDER, `world/epochs/0000000${epoch}`);
const published = (epoch: number): string => join(FOLDER, `published/${epoch}`);
const drafts = mkdtempSync(join(tmpdir(), "pozk-verify-"));
after(() => rmSync(drafts, { recursive: true }));

function run(...words: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

/** Return a copy of a published bundle with one file replaced. */
function forged(name: string, change: (bytes: Buffer) => Uint8Array): string {
  const folder = mkdtempSync(join(drafts, "bundle-"));
  cpSync(published(1), folder, { recursive: true });
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name))));
  return folder;
}

test("verify: bundles as they are kept and as they are published are sound", () => {
  const opening = join(FOLDER, "opening");
  for (const place of [kept, published]) {
    const { status, out } = run(place(0), place(1), "--opening", opening);
    assert.equal(status, 0, out);
    assert.match(out, /epoch 0: sound\n[^]*leaves: those of epoch 0 plus the amounts[^]*epoch 1: sound\n$/);
  }
  const document = JSON.parse(run(kept(1), "--before", kept(0), "--json").out);
  assert.deepEqual([document.epochs[0].epoch, document.epochs[0].ok, document.epochs[0].stage], [1, true, null]);
});

test("verify: a row of another epoch's table is a difference, named, with exit code 1", () => {
  const folder = forged("amounts.parquet", () => readFileSync(join(published(0), "amounts.parquet")));
  const { status, out } = run(folder);
  assert.equal(status, 1);
  assert.match(out, /^epoch 1 differs: amounts, row 0 \(token 0x[0-9a-f]{40}, account .*, role [0-9]\): expected .*, got .*\n$/);
});

test("verify: a shard that is not the report's is named where it is asked to name a row", () => {
  const folder = forged("shards/amounts.bin", (bytes) => bytes.subarray(1));
  cpSync(join(published(0), "amounts.parquet"), join(folder, "amounts.parquet"));
  const { status, out } = run(folder);
  assert.equal(status, 1);
  assert.match(out, /shards\/amounts.bin: expected 8192 bytes, got 8191 bytes/);
});

test("verify: wrong input is one line and exit code 2", () => {
  const wrong: [string[], RegExp][] = [
    [[], /no bundle is named/],
    [[drafts], /no bundle is there/],
    [["--unknown", published(1)], /Unknown option/],
    [[published(1), "--voted", "0x12"], /--voted is no hash/],
    [[published(0), published(1), "--voted", `0x${"00".repeat(32)}`], /--voted is for one bundle/],
    [[published(1), "--opening", join(drafts, "none")], /opening balances cannot be read: got ENOENT/],
    [[published(0), "--before", published(1)], /--before is not the epoch before/],
    [[forged("report.json", () => Buffer.from("{"))], /not a report that can be read/],
    [[forged("leaves.parquet", () => Buffer.from("PAR1"))], /a table cannot be read/],
    [[forged("leaves.parquet", (bytes) => bytes.subarray(0, bytes.length / 2))], /a table cannot be read/],
  ];
  for (const [words, message] of wrong) {
    const { status, out, err } = run(...words);
    assert.equal(status, 2, `${words.join(" ")}: ${out}${err}`);
    assert.match(err, message);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
  assert.match(run("--help").out, /Exit code/);
  assert.equal(run(published(1), "--voted", `0x${"00".repeat(32)}`).status, 1);
});

test("verify: npx finds the command in its folder", () => {
  assert.match(execFileSync("npx", ["--offline", "./verify", "--help"], { encoding: "utf8" }), /^verify BUNDLE/);
});
