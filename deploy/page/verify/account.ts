import { fromHex, type Hex, ZERO_HASH } from "./bytes.ts";
import { findDifference } from "./compare.ts";
import { DifferenceError, InputError } from "./errors.ts";
import { followProof } from "./merkle.ts";
import { readOpening } from "./opening.ts";
import { type App, bonusFactors, emissionFactors, gotSpare, readApp, returnRest, roleOfKind } from "./paper.ts";
import type { Published } from "./published.ts";
import { type Factor, floorOf } from "./root.ts";
import {
  addAmounts, type AggregateRow, type AmountRow, type LeafRow, MINER, ROLE_CORRECTION, ROLE_NAMES, ROLE_OPENING,
  ROLE_RETURNED, USER, withoutApp,
} from "./stages.ts";

/** What a reader knows of its own, and from the chain: nothing of it is the oracle's word. */
export interface Known {
  readonly account: Hex;
  /** What the emission is paid in: `token()` of the distributor. */
  readonly token: Hex;
  /** The apps whose bonus pools the account fed; those of its stored returns are added. */
  readonly depositedIn: readonly Hex[];
  readonly openingFile?: Uint8Array | undefined;
  /** The hash that the committee voted for, and the root that it executed, read from the chain. */
  readonly voted?: Hex | undefined;
  readonly root?: Hex | undefined;
  /** Proofs by token, as a claim sends them; null if none are at hand for this epoch. */
  readonly proofs: ReadonlyMap<Hex, readonly Hex[]> | null;
}

/** A number of a step: `token` says what it counts wei of. */
export interface Value { readonly name: string; readonly value: bigint | string; readonly token?: Hex }

/** One thing that was checked, with its numbers. `factors` are those of one amount, `scale` what they are applied to. */
export interface AccountStep {
  readonly title: string;
  readonly values: readonly Value[];
  readonly factors?: readonly Factor[];
}

/** What came out: the steps that passed, in order, and the difference that ended them, if one did. */
export interface AccountFinding {
  readonly steps: readonly AccountStep[];
  readonly amounts: readonly AmountRow[];
  readonly difference: DifferenceError | null;
}

/** Check what one account is paid in an epoch, down to the vote, from few shards. `before`: null for the first epoch. */
export async function myAmount(known: Known, now: Published, before: Published | null): Promise<AccountFinding> {
  const steps: AccountStep[] = [];
  const amounts: AmountRow[] = [];
  try {
    for await (const step of check(known, now, before, amounts)) steps.push(step);
  } catch (error) {
    if (error instanceof DifferenceError) return { steps, amounts, difference: error };
    throw error;
  }
  return { steps, amounts, difference: null };
}

async function* check(known: Known, now: Published, before: Published | null, amounts: AmountRow[]): AsyncGenerator<AccountStep> {
  yield checkReports(known, now, before);
  const shard = firstByte(known.account);
  const stored = (await now.rows("amounts", shard)).filter(({ account }) => account === known.account);
  const derived: AmountRow[] = [];
  for await (const [step, rows] of derive(known, now, stored)) {
    derived.push(...rows);
    yield step;
  }
  amounts.push(...addAmounts(derived));
  const wrong = findDifference("amounts", amounts, stored);
  if (wrong !== null) throw wrong;
  const leaves = await leavesOf(known.account, now);
  yield await checkLeaves(known, amounts, leaves, before);
  yield { title: "Files", values: now.fetched.map((name) => ({ name, value: "sha256 as the report says" })) };
  if (known.proofs !== null) for (const leaf of leaves) yield checkProof(known.proofs, now, leaf);
}

function checkReports(known: Known, now: Published, before: Published | null): AccountStep {
  const { report } = now;
  equal("report hash", known.voted ?? report.hash, report.hash);
  equal("root", known.root ?? report.root, report.root);
  equal("previous_report", report.previousReport, before?.report.hash ?? ZERO_HASH);
  return {
    title: "Report",
    values: [
      { name: "keccak256 of the report", value: report.hash },
      { name: "voted on chain", value: known.voted ?? "not asked" },
      { name: "root", value: report.root },
      { name: "report before", value: report.previousReport },
    ],
  };
}

async function* derive(known: Known, now: Published, stored: readonly AmountRow[]): AsyncGenerator<[AccountStep, AmountRow[]]> {
  const { report } = now;
  const rows = await now.rows("aggregates", firstByte(known.account));
  const own = rows.filter(({ kind, account }) => account === known.account && (kind === MINER || kind === USER));
  const returns = stored.filter(({ role }) => role === ROLE_RETURNED).map(({ app }) => app);
  for (const address of [...new Set([...own.map(({ app }) => app), ...known.depositedIn, ...returns])].sort()) {
    const app = await appOf(now, address);
    for (const row of own.filter((one) => one.app === address)) {
      yield emission(known, now, app, row);
      for (const token of app.pools.keys()) yield bonus(known, now, app, row, token);
    }
    for (const token of app.pools.keys()) yield* returned(known, now, app, token);
  }
  const corrections = report.corrections.filter(({ account }) => account === known.account);
  for (const { token, amount } of corrections) yield plain(known, token, ROLE_CORRECTION, amount);
  const kept = stored.filter(({ role }) => role === ROLE_OPENING);
  const openings = known.openingFile === undefined ? kept : readOpening(report, known.openingFile, []);
  for (const { token, account, amount } of openings) {
    if (account === known.account) yield plain(known, token, ROLE_OPENING, amount);
  }
}

async function appOf(now: Published, address: Hex): Promise<App> {
  const rows = await now.rows("aggregates", firstByte(address));
  try {
    return readApp(address, rows);
  } catch (error) {
    throw new DifferenceError("aggregates", (error as Error).message, "other rows");
  }
}

function emission(known: Known, { report }: Published, app: App, row: AggregateRow): [AccountStep, AmountRow[]] {
  const role = roleOfKind(row.kind);
  if (!app.isActive) throw new DifferenceError("aggregates", `rows of app ${app.app}`, "none");
  if (report.voided) throw new DifferenceError("aggregates", "bonus pools alone in a voided epoch", `a row of app ${app.app}`);
  const factors = emissionFactors(report, app, role, row.x, row.stake);
  const floor = exactFloor(report.pool, factors, app.app);
  const values: Value[] = [
    { name: "pool", value: report.pool, token: known.token },
    { name: "floor of the product", value: floor, token: known.token },
  ];
  let amount = floor;
  if (report.residual === "normalize" && report.parameters.floors > 0n) {
    const scaled = (report.pool * floor) / report.parameters.floors;
    amount = scaled + (gotSpare(report, { account: known.account, app: app.app, role, amount: scaled }) ? 1n : 0n);
    values.push({ name: `scaled: pool * floor // ${report.parameters.floors}`, value: scaled, token: known.token });
    values.push({ name: "spare wei", value: amount - scaled, token: known.token });
  }
  values.push({ name: "amount", value: amount, token: known.token });
  const title = `Emission as ${ROLE_NAMES[role]} in app ${app.app}`;
  return [{ title, values, factors }, [{ token: known.token, account: known.account, app: app.app, role, amount }]];
}

function bonus(known: Known, { report }: Published, app: App, row: AggregateRow, token: Hex): [AccountStep, AmountRow[]] {
  const role = roleOfKind(row.kind);
  const deposited = app.pools.get(token)?.deposited ?? 0n;
  const factors = bonusFactors(report, app, role, row.x, row.stake);
  const amount = exactFloor(deposited, factors, app.app);
  const values = [{ name: "bonus pool", value: deposited, token }, { name: "floor of the product", value: amount, token }];
  const title = `Bonus as ${ROLE_NAMES[role]} in app ${app.app}`;
  return [{ title, values, factors }, [{ token, account: known.account, app: app.app, role, amount }]];
}

/** A report whose numbers make no sense is a difference, too. */
function exactFloor(scale: bigint, factors: readonly Factor[], app: Hex): bigint {
  const wrong = factors.find(({ over, under, bps }) => bps > 0n && over > under);
  if (wrong !== undefined) throw new DifferenceError(`${wrong.name} in app ${app}`, `at most ${wrong.under}`, String(wrong.over));
  return floorOf(scale, factors);
}

async function* returned(known: Known, now: Published, app: App, token: Hex): AsyncGenerator<[AccountStep, AmountRow[]]> {
  const rows = (await now.rows("deposits", firstByte(app.app))).filter((row) => row.app === app.app && row.token === token);
  const pool = app.pools.get(token) ?? { deposited: 0n, rest: 0n };
  equal(`deposits of the bonus pool of app ${app.app}`, pool.deposited, rows.reduce((sum, { deposited }) => sum + deposited, 0n));
  const back = returnRest(pool.rest, rows);
  const expected = rows.map((row) => ({ ...row, returned: back.get(row.account) ?? 0n }));
  const wrong = findDifference("deposits", expected, rows);
  if (wrong !== null) throw wrong;
  const own = expected.find(({ account }) => account === known.account);
  if (own === undefined) return;
  const values = [
    { name: "deposited by all", value: pool.deposited, token },
    { name: "returned to all", value: pool.rest, token },
    { name: "deposited", value: own.deposited, token },
    { name: "returned", value: own.returned, token },
  ];
  yield [
    { title: `Bonus returned from app ${app.app}`, values },
    [{ token, account: known.account, app: app.app, role: ROLE_RETURNED, amount: own.returned }],
  ];
}

function plain(known: Known, token: Hex, role: number, amount: bigint): [AccountStep, AmountRow[]] {
  const title = role === ROLE_CORRECTION ? "Correction by governance" : "Opening balance";
  return [{ title, values: [{ name: "amount", value: amount, token }] }, [withoutApp(token, known.account, role, amount)]];
}

async function leavesOf(account: Hex, epoch: Published): Promise<LeafRow[]> {
  return (await epoch.rows("leaves", firstByte(account))).filter((row) => row.account === account);
}

/** The leaf is the leaf before plus the amounts, token by token. */
async function checkLeaves(known: Known, amounts: readonly AmountRow[], leaves: readonly LeafRow[], before: Published | null): Promise<AccountStep> {
  const old = before === null ? [] : await leavesOf(known.account, before);
  const grown = new Map(old.map(({ token, cumulative }) => [token, cumulative]));
  for (const { token, amount } of amounts) grown.set(token, (grown.get(token) ?? 0n) + amount);
  const expected = [...grown].map(([token, cumulative]) => ({ account: known.account, token, cumulative }));
  const wrong = findDifference("leaves", expected, leaves);
  if (wrong !== null) throw wrong;
  const values = leaves.flatMap(({ token, cumulative }) => {
    const past = old.find((row) => row.token === token)?.cumulative ?? 0n;
    return [
      { name: "leaf before", value: past, token },
      { name: "amounts of this epoch", value: cumulative - past, token },
      { name: "leaf", value: cumulative, token },
    ];
  });
  return { title: "Leaf", values };
}

function checkProof(proofs: ReadonlyMap<Hex, readonly Hex[]>, { report }: Published, leaf: LeafRow): AccountStep {
  const proof = proofs.get(leaf.token);
  if (proof === undefined) throw new InputError(`a proof is not there: expected one for token ${leaf.token}`);
  equal(`Merkle proof of token ${leaf.token}`, report.root, followProof(leaf, proof));
  const values: Value[] = proof.map((value, at) => ({ name: `sibling ${at}`, value }));
  return { title: "Merkle proof", values: [{ name: "leaf", value: leaf.cumulative, token: leaf.token }, ...values, { name: "leads to root", value: report.root }] };
}

const firstByte = (address: Hex): number => fromHex(address.slice(0, 4) as Hex)[0] as number;

function equal(step: string, expected: bigint | string, got: bigint | string): void {
  if (expected !== got) throw new DifferenceError(step, String(expected), String(got));
}
