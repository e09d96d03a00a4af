import { compareBytes, fromHex, sha256, toHex } from "./bytes.ts";
import { DifferenceError, InputError } from "./errors.ts";
import { readReport, type Report } from "./report.ts";
import type { Source } from "./source.ts";
import { digestsName, EMPTY_SHARD, readShard, type Rows, shardName, type Stage } from "./stages.ts";

const DIGEST_BYTES = 32;
const DIGESTS_BYTES = 256 * DIGEST_BYTES;

/** An epoch as somebody serves it: its report, and shards of its stages that are each proven by the report. */
export class Published {
  private readonly digests = new Map<Stage, Promise<Uint8Array>>();
  private readonly shards = new Map<string, Promise<unknown>>();
  /** The files that were asked for, in that order. */
  readonly fetched: string[] = [];

  private constructor(readonly report: Report, private readonly source: Source) {}

  /** Return the epoch of a source; InputError if it has no report that can be read. */
  static async open(source: Source): Promise<Published> {
    const bytes = await source.load("report.json");
    if (bytes === null) throw new InputError(`no bundle is there: expected the folder of one epoch with its report.json (${source.name})`);
    return new Published(readReport(bytes, `${source.name}/report.json`), source);
  }

  /** Return the rows of a shard; DifferenceError, which names the file, unless they are those of the report. */
  rows<S extends Stage>(stage: S, shard: number): Promise<Rows[S][]> {
    const name = shardName(stage, shard);
    const known = this.shards.get(name) ?? this.loadShard(stage, shard);
    this.shards.set(name, known);
    return known as Promise<Rows[S][]>;
  }

  /** Return the 256 digests of a stage, 8,192 bytes; DifferenceError unless the report's digest is theirs. */
  digestsOf(stage: Stage): Promise<Uint8Array> {
    const known = this.digests.get(stage) ?? this.loadDigests(stage);
    this.digests.set(stage, known);
    return known;
  }

  private async loadDigests(stage: Stage): Promise<Uint8Array> {
    const name = digestsName(stage);
    const bytes = await this.load(name);
    if (bytes.length !== DIGESTS_BYTES) throw new DifferenceError(name, `${DIGESTS_BYTES} bytes`, `${bytes.length} bytes`);
    const [expected, got] = [this.report.stages[stage].sha256, toHex(sha256(bytes))];
    if (expected !== got) throw new DifferenceError(name, `sha256 ${expected}`, got);
    return bytes;
  }

  private async loadShard<S extends Stage>(stage: S, shard: number): Promise<Rows[S][]> {
    const digest = (await this.digestsOf(stage)).subarray(shard * DIGEST_BYTES, (shard + 1) * DIGEST_BYTES);
    if (compareBytes(digest, EMPTY_SHARD) === 0) return [];
    const name = shardName(stage, shard);
    const bytes = await this.load(name);
    const got = sha256(bytes);
    if (compareBytes(digest, got) !== 0) throw new DifferenceError(name, `sha256 ${toHex(digest)}`, toHex(got));
    return readShard(stage, shard, bytes);
  }

  private async load(name: string): Promise<Uint8Array> {
    this.fetched.push(name);
    const bytes = await this.source.load(name);
    if (bytes === null) throw new InputError(`a file is not there: expected ${name} (${this.source.name})`);
    return bytes;
  }
}

/** Return whether a report's epoch is the first one: nothing was reported before it. */
export const isFirst = (report: Report): boolean => fromHex(report.previousReport).every((byte) => byte === 0);
