/** Documents as the API gives them, of a world of two settled epochs; names and symbols are as hostile as a chain's can be. */
import type { Hex } from "../verify/bytes.ts";
import type { Epoch } from "../verify/checks.ts";
import { buildTree, proofOf } from "../verify/merkle.ts";
import { ROLE_NAMES } from "../verify/stages.ts";

export const HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe";
export const DISTRIBUTOR: Hex = `0x${"d1".repeat(20)}`;
const TOKEN = { symbol: "<b>PZK</b>", decimals: 18 };
const DAY = 86_400;

/** What a test may set. */
export interface Scene { readonly rpc: string; readonly token: Hex; readonly now: number; readonly paid: ReadonlyMap<string, bigint> }

/** Return path -> document, without `v1/`; a path that is not there is 404. */
export function documentsOf([first, second]: readonly [Epoch, Epoch], scene: Scene): Record<string, unknown> {
  const token = { token: scene.token, ...TOKEN };
  const accounts = [...new Set(second.rows.leaves.map(({ account }) => account))];
  const apps = [...new Set([...first.rows.aggregates, ...second.rows.aggregates].map(({ app }) => app))];
  const rows = [openRow(scene, token), epochRow(second, scene, token), epochRow(first, scene, token)];
  return {
    network: networkOf(scene, token),
    epochs: { items: rows, next: null },
    "epochs/2": { ...rows[0], ...details(null) },
    "epochs/1": { ...rows[1], ...details(second) },
    "epochs/0": { ...rows[2], ...details(first) },
    apps: { items: apps.map((app, at) => appRow(app, at, token)), next: null },
    ...Object.fromEntries(apps.map((app, at) => [`apps/${app}`, appDocument(app, at, token, accounts)])),
    ...Object.fromEntries(["miners", "users", "apps"].map((board) => [`leaderboards/${board}`, { items: accounts.map((account, at) => ({ rank: at + 1, account, amount: String(10n ** 24n / BigInt(at + 1)), proofs: 900 - at, ...token })), next: null }])),
    parameters: { epoch: 2, in_force: [{ name: "weights a, b, c, d", value: "5000, 5000, 5000, 5000", from_epoch: 0, block: 3 }, { name: "ruleset", value: `0x${Buffer.from("paper-v2").toString("hex").padEnd(64, "0")}`, from_epoch: 0, block: 3 }, { name: "emission", value: "1000000000000000000000000", from_epoch: 0, block: 3 }, { name: "residual", value: "1", from_epoch: 0, block: 3 }], coming: [{ name: "emission", value: "2000000000000000000000000", from_epoch: 5, block: 90 }] },
    committee: { members: accounts.slice(0, 3).map((member) => ({ member, votes: 2, dissents: 0, missed: 0, last_epoch: 1 })), quorum: 2, epochs: [{ epoch: 1, report_hash: second.report.hash, agree: 2, dissent: accounts.slice(0, 1).map((member) => ({ member, report_hash: first.report.hash })) }] },
    anomalies: { items: [{ kind: "single miner", epoch: 1, account: accounts[0], app: apps[0], text: `all proofs of ${HOSTILE} by one miner` }], next: null },
    simulate: simulation(second, accounts, token),
    ...Object.fromEntries(accounts.flatMap((account) => Object.entries(accountDocuments(account, second, scene)))),
  };
}

type Named = { readonly token: Hex; readonly symbol: string; readonly decimals: number };

function networkOf(scene: Scene, token: Named) {
  return {
    name: "devnet", chain_id: 31337, contracts: { distributor: DISTRIBUTOR }, ...token, genesis: 1000, length_seconds: DAY, first: 0,
    epoch: { open: 2, ends_at: scene.now + 5 * 3600 + 61 }, newest: { settled: 1, proposed: 1, active: 1 }, as_of: { block: 120, timestamp: scene.now },
    rpc: [scene.rpc], explorer: null, currency: { name: "Ether", symbol: "ETH", decimals: 18 }, disagreement: null,
  };
}

function openRow(scene: Scene, token: Named) {
  return {
    epoch: 2, begins: scene.now - DAY + 5 * 3600, ends: scene.now + 5 * 3600 + 61, status: "open", ...token, pool: null, distributed: null, remainder: null,
    ruleset: null, residual: null, voided: null, proofs: 41, miners: 5, users: 7, apps: 2, leaves: null, root: null, report_hash: null, active_at: null, chain: "none",
  };
}

function epochRow({ report, rows }: Epoch, scene: Scene, token: Named) {
  return {
    epoch: report.epoch === 0n ? 0 : 1, begins: scene.now - 2 * DAY, ends: scene.now - DAY, status: "active", ...token, pool: String(report.pool), distributed: String(report.distributed), remainder: String(report.remainder),
    ruleset: report.ruleset, residual: report.residual, voided: report.voided, proofs: 12, miners: 3, users: 4, apps: 1, leaves: rows.leaves.length, root: report.root, report_hash: report.hash, active_at: scene.now - 3600, chain: "same",
  };
}

function details(epoch: Epoch | null) {
  if (epoch === null) return { stages: null, parameters: null, totals: null, votes: [], quorum: 2, distribution: [], gini: null, top_ten_share: null, files: [] };
  const { report, rows } = epoch;
  const document = JSON.parse(new TextDecoder().decode(report.bytes));
  const paid = [...rows.amounts].sort((left, right) => (left.amount > right.amount ? -1 : 1));
  return {
    stages: document.stages, parameters: document.parameters, totals: [],
    votes: rows.leaves.slice(0, 3).map(({ account }, at) => ({ member: account, report_hash: report.hash, root: report.root, agrees: at < 2 })),
    quorum: 2, distribution: paid.map(({ account, amount }) => ({ account, amount: String(amount) })), gini: ["412", "1000"], top_ten_share: ["9", "10"], files: ["report.json", "amounts.parquet", "shards/leaves.bin"],
  };
}

function appRow(app: Hex, at: number, token: Named) {
  return { app, name: at === 0 ? HOSTILE : `circuit ${at}`, scheme: at % 3, gates: String(871_616 + at), alpha_milli: 1000, approved: true, proofs: 320, miners: 4, users: 6, work: "278917120000", user_stake: "4132433699241603994439", miner_stake: "21514673093621804912260", ...token };
}

function appDocument(app: Hex, at: number, token: Named, accounts: readonly Hex[]) {
  return {
    ...appRow(app, at, token),
    epochs: [0, 1].map((epoch) => ({ epoch, proofs: 100, work: "10000", miners: 3, users: 4, amount: String(BigInt(epoch + 1) * 10n ** 22n) })),
    participants: accounts.map((account, place) => ({ account, role: place % 2 === 0 ? "miner" : "user", proofs: 9 + place, stake: "5000000000000000000" })),
    prove_seconds: { median: 42, p90: 95 }, missed_deadlines: 1,
  };
}

function simulation({ report }: Epoch, accounts: readonly Hex[], token: Named) {
  const summary = { ruleset: "paper-v1", residual: "rollover", pool: "1000000000000000000000000", distributed: "220000000000000000000000", remainder: "780000000000000000000000", accounts: accounts.length, paid_share: ["22", "100"], gini: ["41", "100"], top_ten_share: ["9", "10"] };
  return {
    ...token, epoch: 2, open: true, reference_block: 120, before: summary, after: { ...summary, distributed: "240000000000000000000000" }, rulesets: { "paper-v1": "the paper's words." }, sweep: [],
    accounts: accounts.map((account) => ({ account, before: "1000000000000000000000", after: "1500000000000000000001" })), warnings: [`self-dealing pays in this world: see ${report.hash.slice(0, 10)}`],
  };
}

function accountDocuments(account: Hex, epoch: Epoch, scene: Scene): Record<string, unknown> {
  const { rows, report } = epoch;
  const tree = buildTree(rows.leaves);
  const leaves = rows.leaves.filter((leaf) => leaf.account === account);
  const named = (token: Hex) => ({ token, symbol: token === scene.token ? TOKEN.symbol : null, decimals: token === scene.token ? 18 : null });
  const paidOf = (token: Hex): bigint => scene.paid.get(account + token) ?? 0n;
  const tokens = leaves.map(({ token, cumulative }) => ({ ...named(token), entitled: String(cumulative), paid: String(paidOf(token)), claimable: String(cumulative - paidOf(token)), claimable_next: String(cumulative) }));
  const amounts = rows.amounts.filter((row) => row.account === account);
  return {
    [`accounts/${account}`]: { account, as_of: { block: 120, timestamp: scene.now }, epoch: 1, root: report.root, active: true, is_contract: false, recipient: account, tokens, claim: tokens.every(({ claimable }) => claimable === "0") ? null : { to: DISTRIBUTOR, data: "0x", gas: "90000" }, reason: tokens.every(({ claimable }) => claimable === "0") ? "everything up to epoch 1 is paid" : null },
    [`accounts/${account}/proof`]: { account, epoch: 1, root: report.root, tokens: leaves.map((leaf) => ({ ...named(leaf.token), cumulative: String(leaf.cumulative), proof: proofOf(tree, leaf) })) },
    [`accounts/${account}/history`]: { items: amounts.flatMap((row) => [1, 0].map((of) => ({ epoch: of, ...named(row.token), app: row.role > 2 ? null : row.app, role: ROLE_NAMES[row.role], amount: String(row.amount / BigInt(2 - of)) }))), next: null },
    [`accounts/${account}/claims`]: { items: [], next: null },
    [`accounts/${account}/epochs/1`]: explanation(account, amounts[0]?.app ?? account, { token: scene.token, ...TOKEN }),
    [`accounts/${account}/epochs/open`]: explanation(account, amounts[0]?.app ?? account, { token: scene.token, ...TOKEN }),
  };
}

function explanation(account: Hex, app: Hex, token: Named) {
  const factors = [{ name: "own work", of: "work of the app", numerator: "853572000", denominator: "6560872000", exponent: ["1", "2"], share: "0.13", power: "0.36069431" }];
  return { ...token, account, epoch: 1, amounts: [{ ...token, app, role: "miner", scale: "1000000000000000000000000", scale_meaning: "emission of the epoch", factors, value: "1.5", floor: "1", amount: "1186938163178914310705" }], nothing: [], corrections: [], opening: [] };
}
