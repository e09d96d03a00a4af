import type { Hex } from "./bytes.ts";
import type { Report } from "./report.ts";
import { type Factor, WHOLE } from "./root.ts";
import {
  type AggregateRow, APP, APP_MINER_STAKE, APP_TASKS, APP_WORK, MINER, POOL, ROLE_MINER, ROLE_USER,
} from "./stages.ts";

/** What the rules read of a report: of an epoch without one, as in the tests' vectors, the same by hand. */
export type Rule = Pick<Report, "ruleset" | "residual" | "pool" | "parameters">;

/** What the aggregates say of one app. A pool is what was deposited of a token and what of it returns. */
export interface App {
  readonly app: Hex;
  readonly isActive: boolean;
  readonly size: bigint;
  readonly userStake: bigint;
  readonly minerStake: bigint;
  readonly work: bigint;
  readonly minersWithRow: bigint;
  readonly tasks: bigint;
  readonly usersWithRow: bigint;
  readonly pools: ReadonlyMap<Hex, { readonly deposited: bigint; readonly rest: bigint }>;
}

const KINDS_OF_AN_APP = [APP, APP_WORK, APP_TASKS, APP_MINER_STAKE];

/** Return an app from the aggregates of its shard; RangeError if some of its rows are missing or there twice. */
export function readApp(app: Hex, rows: readonly AggregateRow[]): App {
  const own = rows.filter((row) => row.app === app);
  const found = KINDS_OF_AN_APP.map((kind) => own.filter((row) => row.kind === kind));
  const counts = found.map((of) => of.length).join("");
  if (counts !== "1111" && counts !== "0000") {
    throw new RangeError(`app ${app}: one row of each of the kinds ${KINDS_OF_AN_APP.join(", ")}, or none`);
  }
  const [circuit, work, tasks, minerStake] = found.map(([row]) => row);
  return {
    app,
    isActive: circuit !== undefined,
    size: circuit?.x ?? 0n,
    userStake: circuit?.stake ?? 0n,
    minerStake: minerStake?.stake ?? 0n,
    work: work?.x ?? 0n,
    minersWithRow: work?.stake ?? 0n,
    tasks: tasks?.x ?? 0n,
    usersWithRow: tasks?.stake ?? 0n,
    pools: new Map(own.filter((row) => row.kind === POOL).map((row) => [row.account, { deposited: row.x, rest: row.stake }])),
  };
}

/** Return the five factors by which a row's share of the emission is made; its scale is the pool. */
export function emissionFactors(rule: Rule, app: App, role: number, x: bigint, stake: bigint): Factor[] {
  const { parameters: p } = rule;
  const isFirst = isPaperOne(rule);
  const isMiner = role === ROLE_MINER;
  const ofRole = isMiner ? app.minerStake : app.userStake;
  return [
    { name: isMiner ? "miners' part of the pool" : "users' part of the pool", over: isMiner ? p.work : p.usage, under: p.work + p.usage, bps: WHOLE },
    { name: "app's circuit", over: app.size, under: p.total_cs, bps: p.a },
    { name: "app's user stake", over: app.userStake, under: isFirst ? p.total_app_staking : p.active_app_staking, bps: p.b },
    { name: isMiner ? "own work" : "own tasks", over: x, under: isMiner ? app.work : app.tasks, bps: p.c },
    { name: "own stake", over: stake, under: isFirst ? p.total_staking : ofRole, bps: p.d },
  ];
}

/** Return the three factors by which a row's share of a bonus pool of its app is made; its scale is what was deposited. */
export function bonusFactors(rule: Rule, app: App, role: number, x: bigint, stake: bigint): Factor[] {
  const { parameters: p } = rule;
  const isMiner = role === ROLE_MINER;
  const usage = p.usage_unit * app.tasks;
  const [participants, all] = isMiner ? [app.minersWithRow, app.minerStake] : [app.usersWithRow, app.userStake];
  return [
    { name: isMiner ? "miners' part of the bonus" : "users' part of the bonus", over: isMiner ? app.work : usage, under: app.work + usage, bps: WHOLE },
    { name: isMiner ? "own work" : "own tasks", over: x, under: isMiner ? app.work : app.tasks, bps: p.c },
    { name: "own stake", over: stake, under: isPaperOne(rule) ? participants : all, bps: p.d },
  ];
}

function isPaperOne(rule: Rule): boolean {
  if (rule.ruleset === "") throw new RangeError("a voided epoch has no ruleset");
  return rule.ruleset === "paper-v1";
}

/** A participant's row with the floor of its share of the emission. */
export interface Floor { readonly app: Hex; readonly account: Hex; readonly role: number; readonly amount: bigint }

/** Spare wei are given to the largest scaled amounts first, ties by (account, app, role). */
function compareSpare(left: Floor, right: Floor): number {
  if (left.amount !== right.amount) return left.amount > right.amount ? -1 : 1;
  const [one, other] = [left, right].map((row) => `${row.account}${row.app}${row.role}`) as [string, string];
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Return the floors scaled to the whole pool, and the last row that got one of the spare wei. */
export function normalize(pool: bigint, floors: readonly Floor[]): { amounts: Floor[]; last: Floor | null } {
  const sum = floors.reduce((total, row) => total + row.amount, 0n);
  if (sum === 0n) return { amounts: [...floors], last: null };
  const scaled = floors.map((row) => ({ ...row, amount: (pool * row.amount) / sum })).sort(compareSpare);
  let spare = pool - scaled.reduce((total, row) => total + row.amount, 0n);
  let last: Floor | null = null;
  const amounts = scaled.map((row) => {
    if (spare === 0n) return row;
    spare -= 1n;
    last = row;
    return { ...row, amount: row.amount + 1n };
  });
  return { amounts, last };
}

/** Return whether a row with this scaled amount got a spare wei: it does not come after the last that got one. */
export function gotSpare(rule: Rule, row: Floor): boolean {
  const { spare } = rule.parameters;
  return spare !== null && compareSpare(row, spare) <= 0;
}

/** A depositor's part of a pool. */
export interface Part { readonly account: Hex; readonly deposited: bigint }

/** Return what of a pool's rest returns to each depositor: rest * part / pool, spare wei to the largest parts. */
export function returnRest(rest: bigint, parts: readonly Part[]): Map<Hex, bigint> {
  const pool = parts.reduce((sum, part) => sum + part.deposited, 0n);
  const ordered = [...parts].sort((left, right) =>
    left.deposited !== right.deposited ? (left.deposited > right.deposited ? -1 : 1) : left.account < right.account ? -1 : 1);
  const floors = ordered.map((part) => (rest * part.deposited) / pool);
  let spare = rest - floors.reduce((sum, floor) => sum + floor, 0n);
  return new Map(ordered.map(({ account }, at) => {
    const extra = spare > 0n ? 1n : 0n;
    spare -= extra;
    return [account, (floors[at] as bigint) + extra];
  }));
}

/** The role that a row of kind 1 or 2 is paid in. */
export const roleOfKind = (kind: number): number => (kind === MINER ? ROLE_MINER : ROLE_USER);
