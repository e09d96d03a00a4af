import { ZERO_ADDRESS } from "./bytes.ts";
import { findDifference } from "./compare.ts";
import { type Derived, readApps } from "./epoch.ts";
import { DifferenceError } from "./errors.ts";
import type { App } from "./paper.ts";
import { isFirst } from "./published.ts";
import type { Report } from "./report.ts";
import { type AggregateRow, type AmountRow, APP_MINER_STAKE, describeRow, type LeafRow, MINER, POOL, type Rows, type Stage, USER } from "./stages.ts";

/** A whole epoch: its report and every row of its stages, in the order of their files. */
export interface Epoch {
  readonly report: Report;
  readonly rows: { readonly [S in Stage]: readonly Rows[S][] };
}

/** A check that passed, with what it found. */
export interface Step { readonly name: string; readonly detail: string }

/** Check the sums among the aggregates, and what the report says of them. */
export function checkAggregates({ report, rows: { aggregates } }: Epoch): Step {
  const { parameters: p } = report;
  const apps = [...readApps(aggregates).values()].filter(({ isActive }) => isActive);
  for (const [at, row] of aggregates.entries()) {
    const wrong = wrongShape(row, report.voided);
    if (wrong !== null) throw new DifferenceError("aggregates", wrong, describeRow("aggregates", row), `row ${at}`);
  }
  const labor = sumBy(aggregates, ({ kind, app }) => `${kind}${app}`, ({ x }) => x);
  const stakes = sumBy(aggregates, ({ kind, app }) => `${kind}${app}`, ({ stake }) => stake);
  const of = (sums: ReadonlyMap<string, bigint>, kind: number, app: App) => sums.get(`${kind}${app.app}`) ?? 0n;
  for (const app of apps) {
    equal(`app_work of app ${app.app}`, app.work, of(labor, MINER, app));
    equal(`stake of the miners with a proof in app ${app.app}`, app.minersWithRow, of(stakes, MINER, app));
    equal(`app_num of app ${app.app}`, app.tasks, of(labor, USER, app));
    equal(`stake of the users with a task in app ${app.app}`, app.usersWithRow, of(stakes, USER, app));
    atMost(`stake of the miners with a proof in app ${app.app}`, app.minersWithRow, app.minerStake);
    atMost(`stake of the users with a task in app ${app.app}`, app.usersWithRow, app.userStake);
  }
  const all = (read: (app: App) => bigint) => apps.reduce((sum, app) => sum + read(app), 0n);
  equal("parameters work", p.work, all((app) => app.work));
  equal("parameters usage", p.usage, all((app) => app.tasks) * p.usage_unit);
  equal("parameters total_cs", p.total_cs, all((app) => app.size));
  equal("parameters active_app_staking", p.active_app_staking, all((app) => app.userStake));
  atMost("active_app_staking", p.active_app_staking, p.total_app_staking);
  atMost("stakes in active apps", p.total_app_staking + all((app) => app.minerStake), p.total_staking);
  for (const name of ["ruleset", "residual"] as const) {
    const isAsIs = (report[name] === "") === report.voided;
    if (!isAsIs) throw new DifferenceError(name, report.voided ? "none in a voided epoch" : "one of the paper's", `"${report[name]}"`);
  }
  if (!report.voided) {
    equal("parameters a + b", 10_000n, p.a + p.b);
    equal("parameters c + d", 10_000n, p.c + p.d);
  }
  return { name: "sums of the aggregates", detail: `${apps.length} apps, work ${p.work}, usage ${p.usage}` };
}

/** Return what a row should be if it is of no form that the rules know; null if it is. */
function wrongShape({ kind, account, x }: AggregateRow, voided: boolean): string | null {
  if (kind > APP_MINER_STAKE) return `a kind up to ${APP_MINER_STAKE}`;
  if (voided && kind !== POOL) return "bonus pools alone in a voided epoch";
  if (![MINER, USER, POOL].includes(kind) && account !== ZERO_ADDRESS) return "no account in a row of an app";
  return kind === APP_MINER_STAKE && x !== 0n ? "x 0 in a row of miners' stakes" : null;
}

/** Check pool, distributed, remainder and totals, by the rows and by what the rules give. */
export function checkMoney({ report, rows }: Epoch, derived: Derived): Step {
  const { pool, distributed, remainder, parameters, voided } = report;
  equal("pool", voided ? 0n : parameters.emission, pool);
  equal("parameters floors", parameters.floors, derived.floors);
  equal("distributed", distributed, derived.distributed);
  equal("remainder", remainder, pool - derived.distributed);
  equal("parameters spare", show(parameters.spare), show(derived.spare));
  const paid = sumBy(rows.amounts, ({ token }) => token, ({ amount }) => amount);
  const owed = sumBy(rows.leaves, ({ token }) => token, ({ cumulative }) => cumulative);
  equal("tokens of the totals", [...owed.keys()].sort().join(" "), report.totals.map(({ token }) => token).join(" "));
  for (const { token, amount, cumulative } of report.totals) {
    equal(`totals amount of token ${token}`, amount, paid.get(token) ?? 0n);
    equal(`totals cumulative of token ${token}`, cumulative, owed.get(token) ?? 0n);
  }
  return { name: "totals", detail: `pool ${pool}, distributed ${distributed}, remainder ${remainder}` };
}

/** Check that the leaves are the leaves before plus the amounts; without those before, at least the amounts. */
export function checkLeaves({ report, rows }: Epoch, before: Epoch | undefined): Step {
  if (before === undefined && !isFirst(report)) return checkAtLeast(rows);
  if (before !== undefined) {
    equal("epoch of the bundle before", report.epoch - 1n, before.report.epoch);
    equal("previous_report", report.previousReport, before.report.hash);
    if (rows.leaves.length === before.rows.leaves.length && rows.amounts.length === 0) equal("root", before.report.root, report.root);
  }
  const key = (row: AmountRow | LeafRow): string => `${row.account}${row.token}`;
  const grown = new Map((before?.rows.leaves ?? []).map((row) => [key(row), row]));
  for (const row of rows.amounts) {
    const cumulative = (grown.get(key(row))?.cumulative ?? 0n) + row.amount;
    grown.set(key(row), { account: row.account, token: row.token, cumulative });
  }
  const wrong = findDifference("leaves", [...grown.values()], rows.leaves);
  if (wrong !== null) throw wrong;
  return { name: "leaves", detail: before === undefined ? "the amounts of the first epoch" : `those of epoch ${before.report.epoch} plus the amounts` };
}

function checkAtLeast({ amounts, leaves }: Epoch["rows"]): Step {
  const key = (row: AmountRow | LeafRow): string => `${row.account} in token ${row.token}`;
  const owed = new Map(leaves.map((row) => [key(row), row.cumulative]));
  for (const [who, amount] of sumBy(amounts, key, (row) => row.amount)) atMost(`amounts of account ${who}`, amount, owed.get(who) ?? 0n);
  return { name: "leaves", detail: "each at least the epoch's amounts; the leaves before were not at hand" };
}

const show = (spare: Derived["spare"]): string => (spare === null ? "nobody" : `account ${spare.account}, app ${spare.app}, role ${spare.role}, amount ${spare.amount}`);

function sumBy<Row>(rows: readonly Row[], key: (row: Row) => string, amount: (row: Row) => bigint): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0n) + amount(row));
  return sums;
}

/** Throw DifferenceError unless both are the same: `told` is what the report says, `found` what its rows give. */
export function equal(step: string, told: bigint | string, found: bigint | string): void {
  if (told !== found) throw new DifferenceError(step, String(told), String(found));
}

function atMost(step: string, part: bigint, whole: bigint): void {
  if (part > whole) throw new DifferenceError(step, `at most ${whole}`, String(part));
}

