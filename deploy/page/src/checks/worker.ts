/// <reference lib="webworker" />
import { readBundle } from "../../verify/bundle.ts";
import type { Hex } from "../../verify/bytes.ts";
import { InputError } from "../../verify/errors.ts";
import { isFirst } from "../../verify/published.ts";
import { verifyEpoch } from "../../verify/whole.ts";
import { Client } from "../api/client.ts";

export interface Question { readonly origin: string; readonly epoch: string; readonly voted: Hex | null }
export type Answer =
  | { readonly kind: "stage"; readonly text: string }
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  | { readonly kind: "finding"; readonly steps: readonly { readonly name: string; readonly detail: string }[]; readonly difference: string | null }
  | { readonly kind: "failed"; readonly text: string };

const tell = (answer: Answer): void => postMessage(answer);

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  wholeEpoch(data).catch((error: Error) => tell({ kind: "failed", text: error instanceof InputError ? error.message : `${error.name}: ${error.message}` }));
});

/** Recompute an epoch from its Parquet files, and compare it with the one before where that is at hand. */
async function wholeEpoch({ origin, epoch, voted }: Question): Promise<void> {
  const client = new Client(origin, false);
  const number = BigInt(epoch);
  tell({ kind: "stage", text: "loading the tables" });
  const bundle = await readBundle(client.epochSource(number));
  const before = isFirst(bundle.epoch.report) ? undefined : (await readBundle(client.epochSource(number - 1n))).epoch;
  tell({ kind: "stage", text: "recomputing every amount" });
  const progress = (done: number, all: number): void => tell({ kind: "progress", done, all });
  const { steps, difference } = await verifyEpoch(bundle.epoch, { before, voted: voted ?? undefined, shards: bundle.shards, progress });
  tell({ kind: "finding", steps, difference: difference?.message ?? null });
}
