/** The documents of a network of the deployed PoZK contracts, below `/v1/shadow`; amounts are of the token on top. */
import type { Address } from "./documents.ts";
import type { Token } from "./money.ts";

export interface ShadowCollect {
  readonly app: Address;
  readonly role: string;
  readonly account: Address;
  readonly paid: string;
  readonly rule: string;
  readonly difference: string;
  readonly state: "equal" | "different" | "undetermined";
  readonly block: number;
  readonly log_index: number;
  readonly transaction: string;
  readonly pool: string;
  readonly labor: string;
  readonly labor_total: string;
  readonly stake: string;
  readonly stake_total: string;
  readonly exponent: readonly [string, string];
}

export interface ShadowOwed { readonly app: Address; readonly role: string; readonly account: Address; readonly amount: string; readonly pool: string; readonly blocked: string | null; readonly state: string }

export interface ShadowPool {
  readonly block: number;
  readonly log_index: number;
  readonly n: string;
  readonly alpha: readonly [string, string];
  readonly phi: string;
  readonly transferred: string | null;
  readonly miners: string;
  readonly players: string;
}

export interface ShadowAppRow {
  readonly app: Address;
  readonly work: string;
  readonly stake: string;
  readonly labor: string;
  readonly pools: readonly ShadowPool[];
  readonly paid: string;
  readonly owed: string;
  readonly returned: string;
  readonly labors: readonly { readonly role: string; readonly account: Address; readonly labor: string; readonly stake: string }[];
}

export interface ShadowEpoch { readonly epoch: number; readonly work: string; readonly stake: string; readonly apps: readonly ShadowAppRow[]; readonly collects: readonly ShadowCollect[]; readonly owed: readonly ShadowOwed[] }
export interface ShadowExtra extends Token { readonly epoch: number; readonly app: Address; readonly account: Address | null; readonly amount: string }

interface Known extends Token { readonly as_of: number }
export interface ShadowTotals {
  readonly collects: number;
  readonly equal: number;
  readonly different: number;
  readonly undetermined: number;
  readonly pools_different: number;
  readonly paid: string;
  readonly rule: string;
  readonly returned: string;
  readonly owed: string;
  readonly blocked: string;
}
export interface ShadowNetwork extends Known {
  readonly current_epoch: number;
  readonly vesting: string | null;
  readonly totals: ShadowTotals;
  readonly accounts: readonly { readonly account: Address; readonly owed: string; readonly blocked: string }[];
  readonly epochs: readonly Pick<ShadowEpoch, "epoch" | "work" | "stake">[];
}
export interface ShadowAccountDocument extends Known { readonly epochs: readonly ShadowEpoch[]; readonly accounts: ShadowNetwork["accounts"]; readonly extras: readonly ShadowExtra[] }
export interface ShadowAppDocument extends Known { readonly app: Address; readonly epochs: readonly Pick<ShadowEpoch, "epoch" | "apps" | "collects" | "owed">[] }
export interface ShadowEpochDocument extends ShadowEpoch, Token {}
