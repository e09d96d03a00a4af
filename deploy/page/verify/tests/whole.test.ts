import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex } from "../bytes.ts";
import type { Epoch } from "../checks.ts";
import { encodeCanonical, readReport } from "../report.ts";
import { cutShards, digestShards, digestStage, type Rows, type Stage, STAGES } from "../stages.ts";
import { verifyEpoch } from "../whole.ts";
import { COUNT, type Emitted, readEpochs } from "./epochs.ts";

type Numbers = { [S in Stage]: keyof Rows[S] };
const NUMBERS: Numbers = { aggregates: "x", deposits: "returned", amounts: "amount", leaves: "cumulative" };

/** Return an epoch with one wei more in a row; `honestly`: with a report that has the digest of its rows. */
function plant<S extends Stage>(epoch: Epoch, stage: S, at: number, honestly: boolean): Epoch {
  const rows = epoch.rows[stage].map((row, place) => (place === at ? { ...row, [NUMBERS[stage]]: (row[NUMBERS[stage]] as bigint) + 1n } : row));
  const forged = { ...epoch, rows: { ...epoch.rows, [stage]: rows } };
  if (!honestly) return forged;
  const document = JSON.parse(new TextDecoder().decode(epoch.report.bytes));
  document.stages[stage].sha256 = digestStage(digestShards(cutShards(stage, rows as Rows[S][])));
  return { ...forged, report: readReport(new TextEncoder().encode(encodeCanonical(document)), "forged") };
}

const some: Emitted[] = [];

test("verifyEpoch: every epoch that the Python settled is sound, of both rulesets and residuals", async () => {
  let before: Emitted | undefined;
  let amounts = 0;
  const kinds = new Set<string>();
  for (const emitted of readEpochs()) {
    const { epoch, openingFile } = emitted;
    const last = before?.seed === emitted.seed ? before.epoch : undefined;
    const { difference } = await verifyEpoch(epoch, { before: last, openingFile, voted: epoch.report.hash });
    assert.equal(difference, null, `seed ${emitted.seed}, epoch ${epoch.report.epoch}: ${difference?.message}`);
    kinds.add(`${epoch.report.ruleset} ${epoch.report.residual}`);
    amounts += epoch.rows.amounts.length;
    if (some.length < 10 && STAGES.every((stage) => epoch.rows[stage].length > 1)) some.push(emitted);
    before = emitted;
  }
  assert.ok(BigInt(amounts) > 3n * COUNT, `${amounts} amounts`);
  assert.equal(kinds.size, 5); // voided epochs have neither
});

for (const honestly of [false, true]) {
  test(`verifyEpoch: one wei more in any row is found${honestly ? ", also where the report has its digest" : " and its row named"}`, async () => {
    let planted = 0;
    for (const { epoch, openingFile } of some) {
      for (const stage of STAGES) {
        const shards = async (of: Stage) => epoch.rows[of];
        for (const at of epoch.rows[stage].keys()) {
          const { difference } = await verifyEpoch(plant(epoch, stage, at, honestly), { openingFile, shards: honestly ? undefined : shards });
          assert.ok(difference !== null, `${stage} row ${at}`);
          if (!honestly || stage === "amounts" || stage === "deposits") {
            assert.equal(difference.step, stage);
            assert.match(difference.message, new RegExp(`row ${at} \\(.*expected .* [0-9]+, got .* [0-9]+`));
          }
          planted += 1;
        }
      }
    }
    assert.ok(planted > 100, `${planted} rows`);
  });
}

test("verifyEpoch: a wei in a bundle without shards is named by what the rules give", async () => {
  for (const { epoch, openingFile } of some) {
    for (const stage of ["amounts", "deposits"] as const) {
      const { difference } = await verifyEpoch(plant(epoch, stage, 1, false), { openingFile });
      assert.match(difference?.message ?? "", new RegExp(`^${stage}, row 1 `));
    }
  }
});

test("verifyEpoch: a row left out, and one there twice, are named", async () => {
  const [{ epoch }] = some as [Emitted];
  for (const stage of STAGES) {
    const rows: readonly Rows[Stage][] = epoch.rows[stage];
    const shards = async (of: Stage) => epoch.rows[of];
    const without = await verifyEpoch({ ...epoch, rows: { ...epoch.rows, [stage]: rows.slice(1) } }, { shards });
    assert.match(without.difference?.message ?? "", /expected .*, got no such row/);
    const twice = await verifyEpoch({ ...epoch, rows: { ...epoch.rows, [stage]: [...rows, rows[0]] } }, { shards });
    assert.match(twice.difference?.message ?? "", new RegExp(`row ${rows.length} .*each row once`));
  }
});

test("verifyEpoch: each number of the report that is off by one is found", async () => {
  let found = 0;
  for (const { epoch, openingFile } of some) {
    const document = JSON.parse(new TextDecoder().decode(epoch.report.bytes));
    const { a: _a, b: _b, emission, alpha: _alpha, spare: _spare, ...numbers } = document.parameters;
    for (const name of Object.keys(numbers)) {
      if (epoch.report.voided || (name.startsWith("total_") && (name !== "total_cs" || epoch.report.pool === 0n))) continue;
      const parameters = { ...document.parameters, [name]: String(BigInt(document.parameters[name]) + 1n) };
      found += await isFound({ ...document, parameters }, name);
    }
    for (const name of ["distributed", "remainder", "pool"]) found += await isFound({ ...document, [name]: String(BigInt(document[name]) + 1n) }, name);
    found += await isFound({ ...document, voided: epoch.report.voided ? "0" : "1" }, "voided");
    for (const name of ["ruleset", "residual"]) found += await isFound({ ...document, [name]: "" }, name, epoch.report.voided);
    for (const name of ["root", "previous_report"]) found += await isFound({ ...document, [name]: toHex(new Uint8Array(32).fill(7)) }, name, name !== "root");
    for (const member of ["amount", "cumulative"]) {
      const totals = document.totals.map((row: any, at: number) => (at > 0 ? row : { ...row, [member]: String(BigInt(row[member]) + 1n) }));
      found += await isFound({ ...document, totals }, `totals ${member}`);
    }
    assert.notEqual(emission, undefined);

    async function isFound(forged: any, name: string, mayPass = false): Promise<number> {
      const report = readReport(new TextEncoder().encode(encodeCanonical(forged)), "forged");
      const { difference } = await verifyEpoch({ ...epoch, report }, { openingFile });
      assert.ok(mayPass || difference !== null, `epoch ${epoch.report.epoch}: ${name}`);
      return difference === null ? 0 : 1;
    }
  }
  assert.ok(found > 50, `${found} differences`);
});

test("verifyEpoch: another hash than the voted one, and leaves that do not follow, are found", async () => {
  const epochs = [...readEpochs()].slice(0, 2).map(({ epoch }) => epoch) as [Epoch, Epoch];
  const voted = toHex(new Uint8Array(32));
  assert.match((await verifyEpoch(epochs[0], { voted })).difference?.message ?? "", /^report hash: expected 0x00/);
  const [first, second] = epochs;
  const forged = plant(first, "leaves", 0, false);
  assert.match((await verifyEpoch(second, { before: forged })).difference?.message ?? "", /^leaves/);
  assert.match((await verifyEpoch(second, { before: second })).difference?.message ?? "", /^epoch of the bundle before/);
});
