import { type Hex, ZERO_ADDRESS } from "./bytes.ts";
import { checkAggregates, checkLeaves, checkMoney, type Epoch, equal, type Step } from "./checks.ts";
import { findDifference, findTwice } from "./compare.ts";
import { deriveEpoch, type Derived, type Progress } from "./epoch.ts";
import { DifferenceError } from "./errors.ts";
import { rootOf } from "./merkle.ts";
import { readOpening } from "./opening.ts";
import type { Report } from "./report.ts";
import { type AmountRow, cutShards, digestShards, digestStage, POOL, ROLE_OPENING, type Rows, type Stage, STAGES } from "./stages.ts";

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
  const root = rootOf(rows.leaves);
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
