import { printable } from "../../verify/errors.ts";

/** What amounts count base units of. Symbol and decimals come from the chain: null where the token has none. */
export interface Token { readonly token: string; readonly symbol: string | null; readonly decimals: number | null }

/** An amount for the eye: `1,234` and `5600`, cut after some places, never rounded up; `isCut` where digits were left out. Less than
 * the last place is `<0` and `0001`. */
export interface Shown { readonly whole: string; readonly fraction: string; readonly isCut: boolean }

const PLACES = 4;

/** Return the integer of a decimal string from the wire; RangeError for anything else. */
export function amountOf(text: unknown): bigint {
  if (typeof text !== "string" || !/^-?[0-9]{1,100}$/.test(text)) throw new RangeError(`not an amount: ${printable(String(text), 40)}`);
  return BigInt(text);
}

/** Return an amount in tokens with all of its digits, `1234.000000000000000001`. */
export function inTokens(amount: bigint, decimals: number | null): string {
  if (decimals === null || decimals === 0) return amount.toString();
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${digits.slice(0, -decimals)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Return an amount cut for a column: all of one token have as many places, so that they align at the point. */
export function show(amount: bigint, decimals: number | null, places: number = PLACES): Shown {
  const [whole = "0", fraction = ""] = inTokens(amount, decimals).split(".");
  const kept = decimals === null || decimals === 0 ? "" : fraction.slice(0, places).padEnd(places, "0");
  const isCut = fraction.length > places;
  if (isCut && whole === "0" && /^0*$/.test(kept)) return { whole: "<0", fraction: `${"0".repeat(places - 1)}1`, isCut: false };
  return { whole: group(whole), fraction: kept, isCut };
}

/** Return the base units of a number of tokens that somebody typed; RangeError for anything else. */
export function fromTokens(text: string, decimals: number | null): bigint {
  const match = /^([0-9][0-9,]*)(?:\.([0-9]+))?$/.exec(text.trim());
  const fraction = match?.[2] ?? "";
  if (match === null || fraction.length > (decimals ?? 0)) throw new RangeError(`expected a number with at most ${decimals ?? 0} decimals, got ${printable(text, 40)}`);
  return BigInt((match[1] as string).replaceAll(",", "") + fraction.padEnd(decimals ?? 0, "0"));
}

/** Return digits in groups of three. */
export function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Return milli-gates as gates, `1,234.5 M`. */
export function gates(milli: bigint): string {
  const [[unit, size]] = ([["T", 10n ** 15n], ["G", 10n ** 12n], ["M", 10n ** 9n], ["k", 10n ** 6n], ["", 10n ** 3n]] as const).filter(([, least]) => milli >= least || least === 1000n) as [[string, bigint]];
  const tenths = (milli * 10n) / size;
  return `${group((tenths / 10n).toString())}${tenths % 10n === 0n ? "" : `.${tenths % 10n}`}${unit === "" ? "" : ` ${unit}`}`;
}

/** Return a fraction as percent with two places, `12.34 %`; of nothing `0.00 %`. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return "0.00 %";
  const hundredths = (part * 10_000n) / whole;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")} %`;
}
