import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { InputError } from "../errors.ts";
import { readTable } from "../parquet.ts";
import { FOLDER } from "./epochs.ts";

const TABLES = join(FOLDER, "tables");
const load = (name: string) => readTable("leaves", new Uint8Array(readFileSync(join(TABLES, `${name}.parquet`))), name);

test("readTable: every wei up to 10^38 - 1, however the file is compressed and cut", async () => {
  for (const name of ["zstd", "snappy", "none", "groups"]) {
    const rows = await load(name);
    assert.deepEqual(rows.map(({ cumulative }) => cumulative), [0n, 1n, 2n ** 53n + 1n, 10n ** 18n, 10n ** 38n - 1n], name);
    assert.deepEqual(rows.map(({ account }) => account), [0, 1, 2, 3, 4].map((row) => `0x${`0${row}`.repeat(20)}`));
  }
  assert.deepEqual(await load("empty"), []);
});

test("readTable: columns that are no amounts or addresses, and what is no Parquet, are refused in one line", async () => {
  const wrong = readdirSync(TABLES).filter((name) => name.startsWith("wrong-"));
  assert.equal(wrong.length, 7);
  for (const name of wrong) await assert.rejects(load(name.replace(".parquet", "")), (error: Error) => error instanceof InputError && !error.message.includes("\n"), name);
  const whole = readFileSync(join(TABLES, "zstd.parquet"));
  for (const size of [0, 4, 11, whole.length - 1, whole.length >> 1]) {
    await assert.rejects(readTable("leaves", new Uint8Array(whole.subarray(0, size)), "cut"), InputError, `${size} bytes`);
  }
});
