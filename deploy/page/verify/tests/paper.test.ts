import assert from "node:assert/strict";
import { test } from "node:test";

import { ZERO_ADDRESS } from "../bytes.ts";
import { deriveEpoch } from "../epoch.ts";
import type { Report } from "../report.ts";
import { type AggregateRow, APP, APP_MINER_STAKE, APP_TASKS, APP_WORK, type DepositRow, MINER, POOL, USER } from "../stages.ts";
import { readVector } from "./epochs.ts";

const ROLES = ["miner", "user", "returned"];

for (const file of ["allocation.json", "allocation_v2.json"]) {
  test(`deriveEpoch: every case of the paper in ${file} gives its amounts`, () => {
    let cases = 0;
    for (const { input, output } of readVector(file)) {
      if (!input.ruleset.startsWith("paper")) continue;
      const { report, aggregates, deposits } = readInput(input);
      const derived = deriveEpoch(report, { aggregates, deposits, token: ZERO_ADDRESS, opening: [] });
      const got = derived.amounts.map(({ token, account, app, role, amount }) => `${token} ${account} ${app} ${ROLES[role]} ${amount}`);
      const expected = [
        ...output.amounts.map((row: any) => ({ token: ZERO_ADDRESS, ...row })),
        ...(output.bonuses ?? []),
      ].filter((row) => row.amount !== "0").map((row) => `${row.token} ${row.account} ${row.app} ${row.role} ${row.amount}`);
      assert.deepEqual(got.sort(), expected.sort(), JSON.stringify(input).slice(0, 300));
      assert.equal(String(derived.distributed), output.distributed);
      assert.equal(String(report.pool - derived.distributed), output.remainder);
      cases += 1;
    }
    assert.ok(cases > 10, `${cases} cases`);
  });
}

/** The tables of a vector as the aggregates and the report of an epoch. */
function readInput(input: any): { report: Report; aggregates: AggregateRow[]; deposits: DepositRow[] } {
  const sum = (rows: any[], column: string): bigint => rows.reduce((total, row) => total + BigInt(row[column]), 0n);
  const of = (rows: any[], app: string) => rows.filter((row) => row.app === app);
  const aggregates: AggregateRow[] = [];
  const active = input.apps.filter(({ app }: any) => sum(of(input.miners, app), "work") > 0n || sum(of(input.users, app), "tasks") > 0n);
  for (const { app, circuit_work: size, user_stake: stake, miner_stake: minerStake = "0" } of active) {
    const [miners, users] = [of(input.miners, app), of(input.users, app)];
    const row = (kind: number, x: string | bigint, own: string | bigint, account = ZERO_ADDRESS) =>
      aggregates.push({ kind, app, account, x: BigInt(x), stake: BigInt(own) });
    row(APP, size, stake);
    for (const miner of miners) row(MINER, miner.work, miner.stake, miner.account);
    for (const user of users) row(USER, user.tasks, user.stake, user.account);
    row(APP_WORK, sum(miners, "work"), sum(miners, "stake"));
    row(APP_TASKS, sum(users, "tasks"), sum(users, "stake"));
    row(APP_MINER_STAKE, 0n, minerStake);
  }
  const deposits = new Map<string, DepositRow>();
  for (const { app, token, amount, from } of input.bonuses ?? []) {
    const known = deposits.get(app + token + from)?.deposited ?? 0n;
    deposits.set(app + token + from, { app, token, account: from, deposited: known + BigInt(amount), returned: 0n });
  }
  const pools = new Map([...deposits.values()].map(({ app, token }) => [app + token, { app, token }]));
  for (const { app, token } of pools.values()) {
    const deposited = [...deposits.values()].filter((row) => row.app === app && row.token === token).reduce((total, row) => total + row.deposited, 0n);
    aggregates.push({ kind: POOL, app, account: token, x: deposited, stake: 0n });
  }
  const { a, b, c, d } = input.weights;
  const parameters = {
    a: BigInt(a), b: BigInt(b), c: BigInt(c), d: BigInt(d),
    usage_unit: BigInt(input.usage_unit),
    work: sum(input.miners, "work"),
    usage: BigInt(input.usage_unit) * sum(input.users, "tasks"),
    total_cs: sum(active, "circuit_work"),
    active_app_staking: sum(active, "user_stake"),
    total_app_staking: BigInt(input.total_app_staking ?? 0),
    total_staking: BigInt(input.total_staking ?? 0),
    spare: null,
  };
  const report = { ruleset: input.ruleset, residual: input.residual, pool: BigInt(input.pool), parameters, corrections: [], opening: [] };
  return { report: report as unknown as Report, aggregates, deposits: [...deposits.values()] };
}
