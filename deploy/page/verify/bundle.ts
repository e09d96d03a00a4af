import type { Epoch } from "./checks.ts";
import { InputError } from "./errors.ts";
import { readTable } from "./parquet.ts";
import { Published } from "./published.ts";
import type { Source } from "./source.ts";
import { digestsName, type Rows, type Stage } from "./stages.ts";


/** A whole epoch from its Parquet files, and how to ask for the rows of its proven shards. */
export interface Bundle {
  readonly epoch: Epoch;
  readonly shards: (stage: Stage) => Promise<readonly Rows[Stage][] | null>;
}

/** Read a bundle; InputError if a file is missing or broken. */
export async function readBundle(source: Source): Promise<Bundle> {
  const published = await Published.open(source);
  const table = async <S extends Stage>(stage: S): Promise<Rows[S][]> => {
    const name = `${stage}.parquet`;
    const bytes = await source.load(name);
    if (bytes === null) throw new InputError(`a file is not there: expected ${name} (${source.name})`);
    return readTable(stage, bytes, `${source.name}/${name}`);
  };
  const rows = {
    aggregates: await table("aggregates"),
    deposits: await table("deposits"),
    amounts: await table("amounts"),
    leaves: await table("leaves"),
  };
  return { epoch: { report: published.report, rows }, shards: (stage) => readShards(source, published, stage) };
}

async function readShards(source: Source, published: Published, stage: Stage): Promise<Rows[Stage][] | null> {
  if ((await source.load(digestsName(stage))) === null) return null;
  const rows: Rows[Stage][] = [];
  for (let shard = 0; shard < 256; shard += 1) for (const row of await published.rows(stage, shard)) rows.push(row);
  return rows;
}
