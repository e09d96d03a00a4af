import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { concat, fromHex, type Hex, sha256, toHex } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { encodeCanonical, readReport } from "../report.ts";
import { digestStage, STAGES } from "../stages.ts";
import { readVector } from "./epochs.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const { reports } = readVector("report_v2.json");

test("readReport: the reports of the vector have its hashes, and their shards the digests of their stages", () => {
  const empty = sha256(new Uint8Array(0));
  let stages = 0;
  for (const { document, report_hash: hash, shards } of reports) {
    const report = readReport(bytes(document), "the vector");
    assert.equal(report.hash, hash);
    if (shards === null) continue;
    for (const stage of STAGES) {
      const digests = Array.from({ length: 256 }, (_, shard) => {
        const digest = shards[stage]?.[toHex(Uint8Array.of(shard)).slice(2)] as Hex | undefined;
        return digest === undefined ? empty : fromHex(digest);
      });
      assert.equal(digestStage(digests), report.stages[stage].sha256);
      assert.equal(toHex(sha256(concat(digests))), report.stages[stage].sha256);
      stages += 1;
    }
  }
  assert.equal(stages, 8);
});

test("readReport: golden reports of both rulesets are canonical, each names the one before", () => {
  const folder = join(process.env["POZK_VECTORS"] as string, "../settlement/golden");
  const names = readdirSync(folder).sort();
  assert.equal(names.length, 12);
  let before = "";
  for (const name of names) {
    const report = readReport(new Uint8Array(readFileSync(join(folder, name))), name);
    if (report.epoch > 0n) assert.equal(report.previousReport, before);
    before = report.hash;
  }
});

test("readReport: anything else is refused in one line", () => {
  const document = reports[0].document as string;
  const parsed = JSON.parse(document);
  const wrong: [string, RegExp][] = [
    ["", /as JSON/],
    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, /got a deeper nesting/],
    [document.replace('"pool":', '"pool":"1","pool":'), /canonical/],
    [document.replace('"ruleset":"', '"ruleset":"\u00e9'), /ruleset as one of|canonical/],
    ["[]", /the report as an object/],
    [document.replace('"format":"2"', '"format":"1"'), /expected format 2, got 1/],
    [` ${document}`, /canonical/],
    [document.replace(/"pool":"[0-9]+"/, '"pool":5'), /strings, lists and objects, few deep, got 5/],
    [document.replace(/"pool":"[0-9]+"/, '"pool":"-5"'), /pool as a decimal number/],
    [document.replace(/"pool":"[0-9]+"/, '"pool":"05"'), /pool as a decimal number/],
    [document.replace(/"root":"0x/, '"root":"0X'), /root with a hash/],
    [encodeCanonical({ ...parsed, more: "1" }), /the report with the keys/],
    [encodeCanonical({ ...parsed, ruleset: "pozk-v1" }), /ruleset as one of/],
    [document.replace(/"voided":"0"/, '"voided":"2"'), /voided as one of/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => readReport(bytes(text), "here"), (error: Error) => {
      assert.ok(error instanceof InputError, error.message);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  }
});
