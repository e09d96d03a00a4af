import { type Hex, ZERO_ADDRESS } from "./bytes.ts";
import { findDifference, findTwice } from "./compare.ts";
import { deriveEpoch, type Derived, type Progress, readApps } from "./epoch.ts";
import { DifferenceError } from "./errors.ts";
import { rootOf } from "./merkle.ts";
import { readOpening } from "./opening.ts";
import { isFirst } from "./published.ts";
import type { Report } from "./report.ts";
import {
  type AmountRow, cutShards, digestShards, digestStage, type LeafRow, MINER, POOL, ROLE_OPENING, type Rows, type Stage,
  STAGES, USER,
} from "./stages.ts";

/** A whole epoch: its report and every row of its stages, in the order of their files. */
export interface Epoch {
  readonly report: Report;
  readonly rows: { readonly [S in Stage]: readonly Rows[S][] };
}

export interface Beside {
  /** The epoch before, if it is at hand: then its leaves plus the amounts must give the leaves. */
  readonly before?: Epoch | undefined;
  /** The network's file of opening balances, if it is at hand. */
  readonly openingFile?: Uint8Array | undefined;
  /** The hash that the committee voted for, if it is known. */
  readonly voted?: Hex | undefined;
  /** The rows of a stage as its proven shards have them, null where there are none: they tell which row is wrong. */
  readonly shards?: ((stage: Stage) => Promise<readonly Rows[Stage][] | null>) | undefined;
  readonly progress?: Progress | undefined;
}

/** A check that passed, with what it found. */
export interface Step { readonly name: string; readonly detail: string }

/** What came out: the steps that passed, in order, and the difference that ended them, if one did. */
export interface Finding { readonly report: Report; readonly steps: readonly Step[]; readonly difference: DifferenceError | null }

/** Recompute an epoch and compare everything that its report says and its files hold. */
export async function verifyEpoch(epoch: Epoch, beside: Beside = {}): Promise<Finding> {
  const steps: Step[] = [];
  try {
    for await (const step of check(epoch, beside)) steps.push(step);
  } catch (error) {
    if (error instanceof DifferenceError) return { report: epoch.report, steps, difference: error };
    throw error;
  }
  return { report: epoch.report, steps, difference: null };
}

async function* check(epoch: Epoch, beside: Beside): AsyncGenerator<Step> {
  const { report, rows } = epoch;
  yield checkVote(report, beside.voted);
  const wrong = STAGES.filter((stage) => !hasDigest(epoch, stage));
  if (wrong.length > 0) throw await blame(epoch, wrong, beside);
  for (const stage of STAGES) {
    const twice = findTwice(stage, rows[stage]);
    if (twice !== null) throw twice;
    yield { name: stage, detail: `${rows[stage].length} rows, sha256 ${report.stages[stage].sha256}` };
  }
  yield checkAggregates(epoch);
  const derived = derive(epoch, beside);
  yield checkRows(epoch, derived);
  yield checkMoney(epoch, derived);
  yield checkLeaves(epoch, beside.before);
  const root = rows.leaves.length === 0 ? report.root : rootOf(rows.leaves);
  equal("root", report.root, root);
  yield { name: "tree", detail: `${rows.leaves.length} leaves, root ${root}` };
}

function checkVote(report: Report, voted: Hex | undefined): Step {
  if (voted !== undefined) equal("report hash", voted, report.hash);
  return { name: "report", detail: `keccak256 ${report.hash}${voted === undefined ? "" : ", as voted"}` };
}

function hasDigest({ report, rows }: Epoch, stage: Stage): boolean {
  const { count, sha256 } = report.stages[stage];
  return count === BigInt(rows[stage].length) && digestStage(digestShards(cutShards(stage, rows[stage]))) === sha256;
}

/** Name the row for which a stage has another digest: by its proven shards, else by what the rules give. */
async function blame(epoch: Epoch, wrong: readonly Stage[], beside: Beside): Promise<DifferenceError> {
  const [stage] = wrong as [Stage];
  const proven = (await beside.shards?.(stage)) ?? null;
  const named = proven !== null ? findDifference(stage, proven, epoch.rows[stage]) : blameByRules(epoch, stage, beside);
  if (named !== null) return named;
  const { count, sha256 } = epoch.report.stages[stage];
  const got = digestStage(digestShards(cutShards(stage, epoch.rows[stage])));
  return new DifferenceError(stage, `${count} rows, sha256 ${sha256}`, `${epoch.rows[stage].length} rows, sha256 ${got}`);
}

function blameByRules(epoch: Epoch, stage: Stage, beside: Beside): DifferenceError | null {
  try {
    checkAggregates(epoch);
    if (stage === "leaves") checkLeaves(epoch, beside.before);
    else if (stage !== "aggregates") checkRows(epoch, derive(epoch, beside));
  } catch (error) {
    if (error instanceof DifferenceError) return error;
    throw error;
  }
  return null;
}

/** The sums among the aggregates, and what the report says of them. */
function checkAggregates({ report, rows: { aggregates } }: Epoch): Step {
  const { parameters: p } = report;
  const apps = [...readApps(aggregates).values()].filter(({ isActive }) => isActive);
  if (report.voided) {
    const stray = aggregates.find(({ kind }) => kind !== POOL);
    if (stray !== undefined) throw new DifferenceError("aggregates", "bonus pools alone in a voided epoch", `a row of kind ${stray.kind}`);
  }
  for (const app of apps) {
    const own = (kind: number) => aggregates.filter((row) => row.kind === kind && row.app === app.app);
    const [miners, users] = [own(MINER), own(USER)];
    equal(`app_work of app ${app.app}`, total(miners.map(({ x }) => x)), app.work);
    equal(`stake of the miners with a proof in app ${app.app}`, total(miners.map(({ stake }) => stake)), app.minersWithRow);
    equal(`app_num of app ${app.app}`, total(users.map(({ x }) => x)), app.tasks);
    equal(`stake of the users with a task in app ${app.app}`, total(users.map(({ stake }) => stake)), app.usersWithRow);
    atMost(`stake of the miners with a proof in app ${app.app}`, app.minersWithRow, app.minerStake);
    atMost(`stake of the users with a task in app ${app.app}`, app.usersWithRow, app.userStake);
  }
  const of = (read: (app: (typeof apps)[number]) => bigint) => total(apps.map(read));
  equal("parameters work", p.work, of((app) => app.work));
  equal("parameters usage", p.usage, of((app) => app.tasks) * p.usage_unit);
  equal("parameters total_cs", p.total_cs, of((app) => app.size));
  equal("parameters active_app_staking", p.active_app_staking, of((app) => app.userStake));
  atMost("active_app_staking", p.active_app_staking, p.total_app_staking);
  atMost("stakes in active apps", p.total_app_staking + of((app) => app.minerStake), p.total_staking);
  if (!report.voided) {
    equal("parameters a + b", 10_000n, p.a + p.b);
    equal("parameters c + d", 10_000n, p.c + p.d);
  }
  return { name: "sums of the aggregates", detail: `${apps.length} apps, work ${p.work}, usage ${p.usage}` };
}

function derive(epoch: Epoch, beside: Beside): Derived {
  const { report, rows } = epoch;
  const stored = rows.amounts.filter(({ role }) => role === ROLE_OPENING);
  const opening = readOpening(report, beside.openingFile, stored);
  const { aggregates, deposits } = rows;
  return deriveEpoch(report, { aggregates, deposits, opening, token: tokenOf(epoch, opening) }, beside.progress);
}

/** What the emission is paid in is the token whose total holds more than bonuses, corrections and opening balances. */
function tokenOf({ report, rows }: Epoch, opening: readonly AmountRow[]): Hex {
  const rest = new Map(report.totals.map(({ token, amount }) => [token, amount]));
  const take = (token: Hex, amount: bigint) => rest.set(token, (rest.get(token) ?? 0n) - amount);
  for (const { kind, account: token, x } of rows.aggregates) if (kind === POOL) take(token, x);
  for (const { token, amount } of [...report.corrections, ...opening]) take(token, amount);
  const [found, ...others] = [...rest].filter(([, amount]) => amount !== 0n);
  if (found === undefined) {
    equal("distributed", 0n, report.distributed);
    return ZERO_ADDRESS;
  }
  equal(`totals of token ${others[0]?.[0] ?? found[0]}`, others.length > 0 ? 0n : report.distributed, others[0]?.[1] ?? found[1]);
  return found[0];
}

function checkRows({ rows }: Epoch, derived: Derived): Step {
  const pools = rows.aggregates.filter(({ kind }) => kind === POOL);
  const wrong =
    findDifference("amounts", derived.amounts, rows.amounts) ??
    findDifference("deposits", derived.deposits, rows.deposits) ??
    findDifference("aggregates", derived.pools, pools, "bonus pools");
  if (wrong !== null) throw wrong;
  return { name: "amounts recomputed", detail: `${derived.amounts.length} amounts, each as the rules give it` };
}

function checkMoney({ report, rows }: Epoch, derived: Derived): Step {
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

/** Leaves are the leaves before plus the amounts; without those before, at least the amounts. */
function checkLeaves({ report, rows }: Epoch, before: Epoch | undefined): Step {
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

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** `told` is what the report says, `found` what its rows give. */
function equal(step: string, told: bigint | string, found: bigint | string): void {
  if (told !== found) throw new DifferenceError(step, String(told), String(found));
}

function atMost(step: string, part: bigint, whole: bigint): void {
  if (part > whole) throw new DifferenceError(step, `at most ${whole}`, String(part));
}

