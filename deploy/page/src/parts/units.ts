import type { Token } from "../api/money.ts";
import { symbolOf } from "./basics.tsx";

const OF_TOKEN = /staking$|^emission$|^floors$/;

/** Whether a number of the formula is an amount, by its name in the specification. */
export const isAmount = (name: string): boolean => OF_TOKEN.test(name);

/** Return what a number of the formula counts; nothing for what is no number. */
export function unitOf(name: string, token: Token): string {
  if (isAmount(name)) return symbolOf(token);
  if (/^[abcd]$/.test(name) || name.startsWith("weights")) return "of 10,000";
  if (name.startsWith("alpha_milli")) return "thousandths";
  return /^(usage|usage_unit|work|total_cs)$/.test(name) ? "milli-gates" : "";
}

/** Return who takes part, `5 miners, 1 user, 2 apps`; no number is parted from what it counts. */
export function participants({ miners, users, apps }: { readonly miners: number; readonly users: number; readonly apps: number }): string {
  return ([[miners, "miner"], [users, "user"], [apps, "app"]] as const).map(([count, name]) => `${count}\u00a0${name}${count === 1 ? "" : "s"}`).join(", ");
}
