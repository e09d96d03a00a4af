import type { Hex } from "./bytes.ts";
import { DifferenceError } from "./errors.ts";
import { type App, bonusFactors, emissionFactors, type Floor, normalize, readApp, returnRest, roleOfKind } from "./paper.ts";
import type { Report } from "./report.ts";
import { floorOf } from "./root.ts";
import {
  addAmounts, type AggregateRow, type AmountRow, APP, type DepositRow, MINER, POOL, ROLE_CORRECTION, ROLE_OPENING,
  ROLE_RETURNED, USER, withoutApp,
} from "./stages.ts";

/** What an epoch's amounts are computed from, beside its report. */
export interface Inputs {
  readonly aggregates: readonly AggregateRow[];
  readonly deposits: readonly DepositRow[];
  /** What the emission is paid in. */
  readonly token: Hex;
  /** The opening balances that the report names, as amounts; none in most epochs. */
  readonly opening: readonly AmountRow[];
}

/** What the rules give for an epoch. `pools` and `deposits` are the rows as the rules give them. */
export interface Derived {
  readonly amounts: readonly AmountRow[];
  readonly pools: readonly AggregateRow[];
  readonly deposits: readonly DepositRow[];
  readonly floors: bigint;
  readonly distributed: bigint;
  readonly spare: Floor | null;
}

/** Called now and then with how many of the rows of participants are done. */
export type Progress = (done: number, all: number) => void;

const PROGRESS_EVERY = 500;

/** Return all amounts of an epoch, recomputed from its aggregates, deposits and report. */
export function deriveEpoch(report: Report, inputs: Inputs, progress: Progress = () => undefined): Derived {
  const apps = readApps(inputs.aggregates);
  const participants = inputs.aggregates.filter(({ kind }) => kind === MINER || kind === USER);
  const floors: Floor[] = [];
  const bonuses: AmountRow[] = [];
  participants.forEach((row, done) => {
    const [app, role] = [appOf(apps, row), roleOfKind(row.kind)];
    const amount = floorOf(report.pool, emissionFactors(report, app, role, row.x, row.stake));
    floors.push({ app: row.app, account: row.account, role, amount });
    for (const [token, pool] of app.pools) {
      const bonus = floorOf(pool.deposited, bonusFactors(report, app, role, row.x, row.stake));
      bonuses.push({ token, account: row.account, app: row.app, role, amount: bonus });
    }
    if (done % PROGRESS_EVERY === 0) progress(done, participants.length);
  });
  progress(participants.length, participants.length);
  const emission = report.residual === "normalize" ? normalize(report.pool, floors) : { amounts: floors, last: null };
  const returned = returnDeposits(apps, bonuses, inputs.deposits);
  return {
    ...returned,
    floors: sum(floors),
    distributed: sum(emission.amounts),
    spare: emission.last,
    amounts: addAmounts([
      ...emission.amounts.map((row) => ({ ...row, token: inputs.token })),
      ...bonuses,
      ...returned.deposits.map((row) => ({ ...row, role: ROLE_RETURNED, amount: row.returned })),
      ...report.corrections.map(({ token, account, amount }) => withoutApp(token, account, ROLE_CORRECTION, amount)),
      ...inputs.opening.map(({ token, account, amount }) => withoutApp(token, account, ROLE_OPENING, amount)),
    ]),
  };
}

/** Return every app of the aggregates. */
export function readApps(aggregates: readonly AggregateRow[]): Map<Hex, App> {
  const rows = new Map<Hex, AggregateRow[]>();
  for (const row of aggregates) {
    if (row.kind === MINER || row.kind === USER) continue;
    const found = rows.get(row.app);
    if (found === undefined) rows.set(row.app, [row]);
    else found.push(row);
  }
  return new Map([...rows].map(([app, own]) => [app, readAppOf(app, own)]));
}

function readAppOf(app: Hex, rows: readonly AggregateRow[]): App {
  try {
    return readApp(app, rows);
  } catch (error) {
    throw new DifferenceError("aggregates", (error as Error).message, `kinds ${rows.map(({ kind }) => kind).join(", ")}`);
  }
}

function appOf(apps: ReadonlyMap<Hex, App>, row: AggregateRow): App {
  const app = apps.get(row.app);
  if (app?.isActive) return app;
  throw new DifferenceError("aggregates", `a row of kind ${APP} of app ${row.app}`, "none");
}

/** What no bonus took goes back to the depositors of its pool. */
function returnDeposits(
  apps: ReadonlyMap<Hex, App>, bonuses: readonly AmountRow[], deposits: readonly DepositRow[],
): { pools: AggregateRow[]; deposits: DepositRow[] } {
  const parts = groupBy(deposits, ({ app, token }) => `${app}${token}`);
  const paid = groupBy(bonuses, ({ app, token }) => `${app}${token}`);
  const pools: AggregateRow[] = [];
  const rows: DepositRow[] = [];
  for (const { app, pools: own } of apps.values()) {
    for (const token of own.keys()) {
      const of = parts.get(`${app}${token}`) ?? [];
      const deposited = of.reduce((total, part) => total + part.deposited, 0n);
      const rest = deposited - sum(paid.get(`${app}${token}`) ?? []);
      pools.push({ kind: POOL, app, account: token, x: deposited, stake: rest });
      const back = deposited === 0n ? new Map<Hex, bigint>() : returnRest(rest, of);
      for (const part of of) rows.push({ ...part, returned: back.get(part.account) ?? 0n });
    }
  }
  return { pools, deposits: rows };
}

function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

const sum = (rows: readonly { readonly amount: bigint }[]): bigint => rows.reduce((total, row) => total + row.amount, 0n);
