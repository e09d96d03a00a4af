/** Documents of a network of the deployed contracts, as `pozk serve` gives them. */
import type { Hex } from "../verify/bytes.ts";
import { HOSTILE } from "./documents.ts";

const TOKEN = { token: `0x${"70".repeat(20)}`, symbol: "<b>POZK</b>", decimals: 18 };
export const PLAYER: Hex = `0x${"22".repeat(20)}`;
export const SHADOWED: Hex = `0x${"a1".repeat(20)}`;
const MINER: Hex = `0x${"11".repeat(20)}`;
const wei = (tokens: number): string => `${tokens}000000000000000123`;

/** Return path -> document, without `v1/`. */
export function shadowDocuments(): Record<string, unknown> {
  const accounts = [{ account: PLAYER, owed: wei(1834), blocked: wei(34) }, { account: MINER, owed: wei(77), blocked: "0" }];
  const totals = { collects: 2, equal: 1, different: 1, undetermined: 0, pools_different: 0, paid: wei(5120), rule: wei(5119), returned: wei(3), owed: wei(1911), blocked: wei(34) };
  return {
    shadow: { ...TOKEN, ruleset: "pozk-v1", as_of: 812, current_epoch: 5, vesting: "file vesting.csv", totals, exact: { worst: "9", beyond_bound: 0, distribution: {} }, epochs: [3, 2].map((epoch) => ({ epoch, work: "900000", stake: wei(4000) })), accounts, extras: [] },
    [`shadow/accounts/${PLAYER}`]: { ...TOKEN, as_of: 812, epochs: [epochOf(2, [PLAYER])], accounts: [accounts[0]], extras: [{ epoch: 3, app: SHADOWED, account: PLAYER, amount: wei(12), ...TOKEN, symbol: null }] },
    [`shadow/accounts/${MINER}`]: { ...TOKEN, as_of: 812, epochs: [], accounts: [], extras: [] },
    [`shadow/apps/${SHADOWED}`]: { ...TOKEN, as_of: 812, app: SHADOWED, epochs: [epochOf(2, [PLAYER, MINER])] },
    "shadow/epochs/2": { ...TOKEN, ...epochOf(2, [PLAYER, MINER]) },
  };
}

function epochOf(epoch: number, of: readonly Hex[]) {
  const pool = { block: 700, log_index: 3, n: wei(500_000), alpha: ["3", "10"], phi: wei(8000), transferred: wei(8000), miners: wei(6000), players: wei(2000) };
  const labors = of.map((account) => ({ role: account === MINER ? "miner" : "player", account, labor: "4", stake: wei(900) }));
  const collect = { app: SHADOWED, role: "miner", account: MINER, paid: wei(5120), rule: wei(5119), difference: "1", state: "different", block: 702, log_index: 1, transaction: `0x${"7e".repeat(32)}`, pool: wei(6000), labor: "4", labor_total: "11", stake: wei(900), stake_total: wei(1500), exponent: ["1", "3"] };
  return {
    epoch, work: "900000", stake: wei(4000), apps: [{ app: SHADOWED, work: "900000", stake: wei(4000), labor: "11", pools: [pool], paid: wei(5120), owed: wei(1834), returned: "0", labors }],
    collects: of.includes(MINER) ? [collect] : [], owed: [{ app: SHADOWED, role: "player", account: PLAYER, amount: wei(1834), pool: "opened", blocked: `the last of its pool ${HOSTILE}`, state: "determined" }],
  };
}
