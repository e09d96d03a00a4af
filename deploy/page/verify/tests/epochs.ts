/** What the tests read: the vectors, and small epochs that the Python settled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { fromHex, type Hex } from "../bytes.ts";
import type { Epoch } from "../checks.ts";
import { Published } from "../published.ts";
import { readReport } from "../report.ts";
import { cutShards, decodeRow, digestShards, digestsName, rowWidth, type Rows, shardName, type Stage, STAGES } from "../stages.ts";
import { concat } from "../bytes.ts";

export const FOLDER = process.env["POZK_EPOCHS"] as string;
export const COUNT = BigInt(process.env["EPOCHS"] as string);

/** Return a file of tests/vectors. */
export function readVector(name: string): any {
  return JSON.parse(readFileSync(join(process.env["POZK_VECTORS"] as string, name), "utf8"));
}

export interface Emitted { readonly seed: bigint; readonly epoch: Epoch; readonly openingFile: Uint8Array }

/** Return the epochs, in their order: two of a world, one after the other. */
export function* readEpochs(): Generator<Emitted> {
  for (const line of readFileSync(join(FOLDER, "epochs.jsonl"), "utf8").trim().split("\n")) {
    const { seed, report, stages, opening } = JSON.parse(line);
    yield {
      seed: BigInt(seed),
      epoch: { report: readReport(new TextEncoder().encode(report), "the line"), rows: readStages(stages) },
      openingFile: fromHex(`0x${opening}`),
    };
  }
}

function readStages(stages: { [S in Stage]: string }): Epoch["rows"] {
  const rows = STAGES.map((stage) => {
    const bytes = fromHex(`0x${stages[stage]}`);
    const width = rowWidth(stage);
    return [stage, Array.from({ length: bytes.length / width }, (_, at) => decodeRow(stage, bytes.subarray(at * width, (at + 1) * width)))];
  });
  return Object.fromEntries(rows);
}

/** Return an epoch as an oracle serves it; `forge` may change the files. */
export async function serve(epoch: Epoch, forge: (files: Map<string, Uint8Array>) => void = () => undefined): Promise<Published> {
  const files = new Map<string, Uint8Array>([["report.json", epoch.report.bytes]]);
  for (const stage of STAGES) {
    const shards = cutShards(stage, epoch.rows[stage] as Rows[typeof stage][]);
    files.set(digestsName(stage), concat(digestShards(shards)));
    for (const [shard, rows] of shards.entries()) if (rows.length > 0) files.set(shardName(stage, shard), concat(rows));
  }
  forge(files);
  return Published.open({ name: "the test", load: async (path) => files.get(path) ?? null });
}

export const TOKEN_OF_WORLDS: Hex = "0x3c469e9d6c5875d37a43f353d4f88e61fcf812c6";
