import assert from "node:assert/strict";
import { test } from "node:test";

import { type AccountFinding, type Known, myAmount } from "../account.ts";
import { fromHex, type Hex, toHex } from "../bytes.ts";
import type { Epoch } from "../checks.ts";
import { buildTree, proofOf } from "../merkle.ts";
import type { Published } from "../published.ts";
import { MINER, USER } from "../stages.ts";
import { type Emitted, readEpochs, serve, TOKEN_OF_WORLDS } from "./epochs.ts";

const EPOCHS = 30;

interface Step { readonly emitted: Emitted; readonly before: Epoch | null }

function* readSteps(): Generator<Step> {
  let last: Emitted | undefined;
  let count = 0;
  for (const emitted of readEpochs()) {
    if ((count += 1) > EPOCHS) return;
    yield { emitted, before: last?.seed === emitted.seed ? last.epoch : null };
    last = emitted;
  }
}

const accountsOf = ({ rows }: Epoch): Hex[] => [
  ...new Set([
    ...rows.leaves.map(({ account }) => account),
    ...rows.deposits.map(({ account }) => account),
    ...rows.aggregates.filter(({ kind }) => kind === MINER || kind === USER).map(({ account }) => account),
  ]),
];

function knownOf(account: Hex, { epoch, openingFile }: Emitted): Known {
  const { rows, report } = epoch;
  const tree = buildTree(rows.leaves);
  const own = rows.leaves.filter((leaf) => leaf.account === account);
  return {
    account,
    token: TOKEN_OF_WORLDS,
    depositedIn: rows.deposits.filter((row) => row.account === account).map(({ app }) => app),
    openingFile,
    voted: report.hash,
    root: report.root,
    proofs: new Map(own.map((leaf) => [leaf.token, proofOf(tree, leaf) ?? []])),
  };
}

async function check(account: Hex, { emitted, before }: Step, now?: Published): Promise<AccountFinding> {
  return myAmount(knownOf(account, emitted), now ?? (await serve(emitted.epoch)), before === null ? null : await serve(before));
}

test("myAmount: everybody in small epochs finds all of its amounts, from its own shards and those of its apps alone", async () => {
  let found = 0;
  for (const step of readSteps()) {
    const { rows } = step.emitted.epoch;
    for (const account of accountsOf(step.emitted.epoch)) {
      const now = await serve(step.emitted.epoch);
      const { amounts, difference, steps } = await check(account, step, now);
      assert.equal(difference, null, `seed ${step.emitted.seed}, account ${account}: ${difference?.message}`);
      assert.equal(amounts.length, rows.amounts.filter((row) => row.account === account).length);
      const apps = rows.aggregates.filter((row) => row.account === account).map(({ app }) => app);
      const deposited = rows.deposits.filter((row) => row.account === account).map(({ app }) => app);
      const allowed = new Set([account, ...apps, ...deposited].map((address) => `${address.slice(2, 4)}.bin`));
      for (const name of now.fetched) assert.ok(name.split("/").length === 2 || allowed.has(name.split("/")[2] as string), name);
      assert.ok(steps.filter(({ title }) => title === "Merkle proof").length === rows.leaves.filter((row) => row.account === account).length);
      found += amounts.length;
    }
  }
  assert.ok(found > 80, `${found} amounts`);
});

/** Each forgery changes the files of an epoch; the message names what was forged. */
const FORGERIES: readonly [string, (files: Map<string, Uint8Array>, shard: string) => void, RegExp][] = [
  ["a digest file cut short", (files) => files.set("shards/amounts.bin", (files.get("shards/amounts.bin") as Uint8Array).subarray(1)), /^shards\/amounts.bin: expected 8192 bytes, got 8191 bytes/],
  ["a digest changed", (files) => flip(files, "shards/leaves.bin"), /^shards\/leaves.bin: expected sha256 0x/],
  ["a shard changed", (files, shard) => flip(files, `shards/amounts/${shard}.bin`), /^shards\/amounts\/[0-9a-f]{2}.bin: expected sha256 0x/],
  ["a shard cut short", (files, shard) => files.set(`shards/leaves/${shard}.bin`, new Uint8Array(5)), /^shards\/leaves\/[0-9a-f]{2}.bin: expected sha256/],
];

function flip(files: Map<string, Uint8Array>, name: string): void {
  const bytes = Uint8Array.from(files.get(name) as Uint8Array);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  files.set(name, bytes);
}

for (const [what, forge, message] of FORGERIES) {
  test(`myAmount: ${what} is refused and named`, async () => {
    const step = [...readSteps()].find(({ emitted }) => emitted.epoch.rows.amounts.length > 3) as Step;
    const account = step.emitted.epoch.rows.amounts[0]?.account as Hex;
    const now = await serve(step.emitted.epoch, (files) => forge(files, account.slice(2, 4)));
    assert.match((await check(account, step, now)).difference?.message ?? "", message);
  });
}

test("myAmount: another vote, root, proof, or epoch before is refused", async () => {
  const step = [...readSteps()].find(({ emitted, before }) => before !== null && emitted.epoch.rows.leaves.length > 2) as Step;
  const { epoch } = step.emitted;
  const account = epoch.rows.leaves[0]?.account as Hex;
  const known = knownOf(account, step.emitted);
  const other = toHex(new Uint8Array(32).fill(9));
  const before = await serve(step.before as Epoch);
  const difference = async (changed: Partial<Known>, past: Published | null = before) =>
    (await myAmount({ ...known, ...changed }, await serve(epoch), past)).difference?.message ?? "";
  assert.equal(await difference({}), "");
  assert.match(await difference({ voted: other }), /^report hash/);
  assert.match(await difference({ root: other }), /^root/);
  assert.match(await difference({ proofs: new Map([...(known.proofs ?? [])].map(([token]) => [token, [other]])) }), /^Merkle proof/);
  assert.match(await difference({}, null), /^previous_report/);
  assert.match(await difference({}, await serve(epoch)), /^previous_report/);
  assert.equal(fromHex(account).length, 20);
});
