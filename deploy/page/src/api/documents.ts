/** The documents of the API; deploy/page/README.md describes them. Amounts are decimal strings until `amountOf`. */
import type { Token } from "./money.ts";

export type Address = `0x${string}`;
export interface Items<Row> { readonly items: readonly Row[]; readonly next: string | null }

/** The block that a chain's answer is of. */
export interface Moment { readonly block: number; readonly timestamp: number }

export interface Network extends Token {
  readonly name: string;
  readonly chain_id: number;
  readonly contracts: { readonly distributor: Address } & Readonly<Record<string, Address>>;
  readonly genesis: number;
  readonly length_seconds: number;
  readonly first: number;
  readonly epoch: { readonly open: number; readonly ends_at: number };
  readonly newest: { readonly settled: number | null; readonly proposed: number | null; readonly active: number | null };
  readonly as_of: Moment | null;
  readonly trouble?: string | null;
  readonly rpc: readonly string[];
  readonly explorer: string | null;
  readonly currency: { readonly name: string; readonly symbol: string; readonly decimals: number };
  readonly disagreement: { readonly epoch: number; readonly text: string } | null;
}

export interface EpochRow extends Token {
  readonly epoch: number;
  readonly begins: number;
  readonly ends: number;
  readonly status: "open" | "ended" | "settled" | "proposed" | "active" | "vetoed";
  readonly pool: string | null;
  readonly distributed: string | null;
  readonly remainder: string | null;
  readonly ruleset: string | null;
  readonly residual: string | null;
  readonly voided: boolean | null;
  readonly proofs: number;
  readonly miners: number;
  readonly users: number;
  readonly apps: number;
  readonly leaves: number | null;
  readonly root: string | null;
  readonly report_hash: string | null;
  readonly active_at: number | null;
  readonly chain: "same" | "other" | "none";
}

export interface EpochDocument extends EpochRow {
  readonly stages: Readonly<Record<string, { readonly count: string; readonly sha256: string }>> | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly votes: readonly { readonly member: Address; readonly report_hash: string; readonly root: string; readonly agrees: boolean | null }[];
  readonly quorum: number | null;
  readonly distribution: readonly { readonly account: Address; readonly amount: string }[];
  readonly gini: readonly [string, string] | null;
  readonly top_ten_share: readonly [string, string] | null;
  readonly files: readonly string[];
}

export interface AccountToken extends Token {
  readonly entitled: string;
  readonly paid: string | null;
  readonly claimable: string | null;
  readonly claimable_next: string | null;
}

export interface AccountDocument {
  readonly account: Address;
  /** Null where the chain could not be asked, as is all that only the chain knows. */
  readonly as_of: Moment | null;
  readonly epoch: number | null;
  readonly root: string | null;
  readonly active: boolean;
  readonly is_contract: boolean | null;
  readonly recipient: Address | null;
  readonly tokens: readonly AccountToken[];
  /** The call that pays what is claimable now; null with the reason. */
  readonly claim: { readonly to: Address; readonly data: string; readonly gas: string | null } | null;
  readonly reason: string | null;
}

export interface ProofToken extends Token { readonly cumulative: string; readonly proof: readonly `0x${string}`[] }
export interface ProofDocument { readonly account: Address; readonly epoch: number | null; readonly root: string | null; readonly tokens: readonly ProofToken[] }

export interface HistoryRow extends Token { readonly epoch: number; readonly app: Address | null; readonly role: string; readonly amount: string }
export interface ClaimRow extends Token { readonly block: number; readonly timestamp: number; readonly tx_hash: string; readonly amount: string; readonly cumulative: string; readonly to: Address }

export interface Factor { readonly name: string; readonly of: string; readonly numerator: string; readonly denominator: string; readonly exponent: readonly [string, string]; readonly share: string; readonly power: string }
export interface ExplainedAmount extends Token { readonly app: Address; readonly role: string; readonly scale: string; readonly scale_meaning: string; readonly factors: readonly Factor[]; readonly value: string; readonly floor: string; readonly amount: string }
interface TokenAmount extends Token { readonly amount: string }
export interface ExplainDocument extends Token {
  readonly account: Address;
  readonly epoch: number;
  readonly amounts: readonly ExplainedAmount[];
  readonly nothing: readonly { readonly app: Address; readonly role: string; readonly reasons: readonly { readonly code: string; readonly text: string }[] }[];
  readonly corrections: readonly TokenAmount[];
  readonly opening: readonly TokenAmount[];
}

export interface AppRow extends Token {
  readonly app: Address;
  readonly name: string;
  readonly scheme: number;
  readonly gates: string;
  readonly alpha_milli: number | null;
  readonly approved: boolean;
  readonly proofs: number;
  readonly miners: number;
  readonly users: number;
  readonly work: string;
  readonly user_stake: string;
  readonly miner_stake: string;
}
export interface AppDocument extends AppRow {
  readonly epochs: readonly { readonly epoch: number; readonly proofs: number; readonly work: string; readonly miners: number; readonly users: number; readonly amount: string }[];
  readonly participants: readonly { readonly account: Address; readonly role: string; readonly proofs: number; readonly stake: string }[];
  readonly prove_seconds: { readonly median: number; readonly p90: number } | null;
  readonly missed_deadlines: number;
}

export interface LeaderRow extends Token { readonly rank: number; readonly account: Address; readonly amount: string; readonly proofs: number }
export interface ParameterRow { readonly name: string; readonly value: string; readonly from_epoch: number; readonly block: number }
export interface ParametersDocument { readonly epoch: number; readonly in_force: readonly ParameterRow[]; readonly coming: readonly ParameterRow[] }
export interface CommitteeDocument {
  readonly members: readonly { readonly member: Address; readonly votes: number; readonly dissents: number; readonly missed: number; readonly last_epoch: number | null }[];
  /** Null where the chain could not be asked, which has who is a member. */
  readonly quorum: number | null;
  readonly trouble?: string | null;
  readonly epochs: readonly { readonly epoch: number; readonly report_hash: string | null; readonly agree: number; readonly dissent: readonly { readonly member: Address; readonly report_hash: string }[] }[];
}
export interface Summary { readonly ruleset: string; readonly residual: string; readonly pool: string; readonly distributed: string; readonly remainder: string; readonly accounts: number; readonly paid_share: readonly [string, string]; readonly gini: readonly [string, string]; readonly top_ten_share: readonly [string, string] }
export interface SimulateDocument extends Token {
  readonly epoch: number;
  readonly open: boolean;
  readonly before: Summary;
  readonly after: Summary;
  readonly rulesets: Readonly<Record<string, string>>;
  readonly accounts: readonly { readonly account: Address; readonly before: string; readonly after: string }[];
  readonly warnings: readonly string[];
}
export interface AnomalyRow { readonly kind: string; readonly epoch: number | null; readonly account: Address | null; readonly app: Address | null; readonly text: string }
