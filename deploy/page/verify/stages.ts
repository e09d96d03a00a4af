import { compareBytes, concat, type Hex, sha256, toHex, toInteger, toWord, fromHex, ZERO_ADDRESS } from "./bytes.ts";
import { DifferenceError } from "./errors.ts";

/** The stages whose rows can be digested in shards; `events` is a digest alone. */
export const STAGES = ["aggregates", "deposits", "amounts", "leaves"] as const;
export type Stage = (typeof STAGES)[number];

/** Kinds of rows of the aggregates. */
export const APP = 0, MINER = 1, USER = 2, APP_WORK = 3, APP_TASKS = 4, POOL = 5, APP_MINER_STAKE = 6;
/** Roles of rows of the amounts. */
export const ROLE_MINER = 0, ROLE_USER = 1, ROLE_RETURNED = 2, ROLE_CORRECTION = 3, ROLE_OPENING = 4;
export const ROLE_NAMES = ["miner", "user", "bonus returned", "correction", "opening"] as const;

export interface AggregateRow { readonly kind: number; readonly app: Hex; readonly account: Hex; readonly x: bigint; readonly stake: bigint }
export interface DepositRow { readonly app: Hex; readonly token: Hex; readonly account: Hex; readonly deposited: bigint; readonly returned: bigint }
export interface AmountRow { readonly token: Hex; readonly account: Hex; readonly app: Hex; readonly role: number; readonly amount: bigint }
export interface LeafRow { readonly account: Hex; readonly token: Hex; readonly cumulative: bigint }
export interface Rows { aggregates: AggregateRow; deposits: DepositRow; amounts: AmountRow; leaves: LeafRow }

/** The columns of each stage and their widths in bytes: 1 a small number, 20 an address, 32 a number. */
export const LAYOUTS: { readonly [S in Stage]: readonly (readonly [keyof Rows[S] & string, number])[] } = {
  aggregates: [["kind", 1], ["app", 20], ["account", 20], ["x", 32], ["stake", 32]],
  deposits: [["app", 20], ["token", 20], ["account", 20], ["deposited", 32], ["returned", 32]],
  amounts: [["token", 20], ["account", 20], ["app", 20], ["role", 1], ["amount", 32]],
  leaves: [["account", 20], ["token", 20], ["cumulative", 32]],
};

/** Return how many bytes a row of a stage has. */
export function rowWidth(stage: Stage): number {
  return LAYOUTS[stage].reduce((sum, [, width]) => sum + width, 0);
}

/** Return a row as the bytes that are digested. */
export function encodeRow<S extends Stage>(stage: S, row: Rows[S]): Uint8Array {
  return concat(
    LAYOUTS[stage].map(([column, width]) => {
      const value = row[column] as Hex | bigint | number;
      if (width === 1) return Uint8Array.of(value as number);
      return width === 20 ? fromHex(value as Hex) : toWord(value as bigint);
    }),
  );
}

/** Return the row of such bytes; they must have the stage's width. */
export function decodeRow<S extends Stage>(stage: S, bytes: Uint8Array): Rows[S] {
  const row: Record<string, Hex | bigint | number> = {};
  let at = 0;
  for (const [column, width] of LAYOUTS[stage]) {
    const field = bytes.subarray(at, at + width);
    row[column] = width === 1 ? (field[0] as number) : width === 20 ? toHex(field) : toInteger(field);
    at += width;
  }
  return row as unknown as Rows[S];
}

/** Return a row for people: `column value, ..`. */
export function describeRow<S extends Stage>(stage: S, row: Rows[S]): string {
  return LAYOUTS[stage].map(([column]) => `${column} ${String(row[column])}`).join(", ");
}

/** Return the shard of a row: the first byte of the app for rows of apps, pools and deposits, else of the account. */
export function shardOf<S extends Stage>(stage: S, row: Rows[S]): number {
  const byApp = stage === "deposits" || (stage === "aggregates" && ![MINER, USER].includes((row as AggregateRow).kind));
  const address = byApp ? (row as AggregateRow | DepositRow).app : (row as AmountRow | LeafRow).account;
  return fromHex(address.slice(0, 4) as Hex)[0] as number;
}

/** A stage cut into its 256 shards: rows ascending as bytes inside each. */
export type Shards = readonly (readonly Uint8Array[])[];

/** Return the shards of rows in any order. */
export function cutShards<S extends Stage>(stage: S, rows: readonly Rows[S][]): Shards {
  const shards: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  for (const row of rows) (shards[shardOf(stage, row)] as Uint8Array[]).push(encodeRow(stage, row));
  for (const shard of shards) shard.sort(compareBytes);
  return shards;
}

/** The digest of a shard without rows. */
export const EMPTY_SHARD = sha256(new Uint8Array(0));

/** Return the sha256 of each of the 256 shards. */
export function digestShards(shards: Shards): Uint8Array[] {
  return shards.map((shard) => (shard.length === 0 ? EMPTY_SHARD : sha256(concat(shard))));
}

/** Return the digest of a stage: the sha256 of its 256 shards' sha256es. */
export function digestStage(digests: readonly Uint8Array[]): Hex {
  return toHex(sha256(concat(digests)));
}

/** Return the rows of a shard's bytes; DifferenceError unless they have the width, the shard and the order of a shard. */
export function readShard<S extends Stage>(stage: S, shard: number, bytes: Uint8Array): Rows[S][] {
  const width = rowWidth(stage);
  const name = shardName(stage, shard);
  if (bytes.length % width !== 0) {
    throw new DifferenceError(name, `rows of ${width} bytes`, `${bytes.length} bytes`);
  }
  const rows: Rows[S][] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const row = decodeRow(stage, bytes.subarray(at, at + width));
    const where = `row ${rows.length}`;
    if (shardOf(stage, row) !== shard) throw new DifferenceError(name, "rows of this shard", describeRow(stage, row), where);
    if (at > 0 && compareBytes(bytes.subarray(at - width, at), bytes.subarray(at, at + width)) >= 0) {
      throw new DifferenceError(name, "rows ascending, each once", describeRow(stage, row), where);
    }
    rows.push(row);
  }
  return rows;
}

/** Return the path of a stage's 256 digests, and of one of its shards, in a bundle, an export and the API. */
export const digestsName = (stage: Stage): string => `shards/${stage}.bin`;
export const shardName = (stage: Stage, shard: number): string => `shards/${stage}/${toHex(Uint8Array.of(shard)).slice(2)}.bin`;

/** Return the key of an amount: what one row of the amounts is for. */
export const amountKey = (row: Pick<AmountRow, "token" | "account" | "app" | "role">): string =>
  `${row.token}${row.account}${row.app}${row.role}`;

/** Return amounts with rows of one key added up and rows of 0 left out, ascending by key. */
export function addAmounts(rows: readonly AmountRow[]): AmountRow[] {
  const sums = new Map<string, AmountRow>();
  for (const row of rows) {
    const key = amountKey(row);
    sums.set(key, { ...row, amount: row.amount + (sums.get(key)?.amount ?? 0n) });
  }
  return [...sums].filter(([, row]) => row.amount > 0n).sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}

/** Return a row of the amounts that belongs to no app. */
export const withoutApp = (token: Hex, account: Hex, role: number, amount: bigint): AmountRow => ({ token, account, app: ZERO_ADDRESS, role, amount });
