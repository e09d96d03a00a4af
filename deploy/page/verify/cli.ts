#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { type Bundle, readBundle } from "./bundle.ts";
import { type Hex, isHex } from "./bytes.ts";
import { toCount } from "./counts.ts";
import { InputError, printable } from "./errors.ts";
import { folderSource } from "./folder.ts";
import { type Finding, verifyEpoch } from "./whole.ts";

const USAGE = "verify BUNDLE.. [--before BUNDLE] [--voted HASH] [--opening FILE] [--json]";
const HELP = `${USAGE}

Recomputes settled epochs from their bundles, by an implementation of its own: every amount, the tree, and all that the
report says. Several bundles in the order of their epochs are each also checked against the one before.

  --before BUNDLE  the epoch before the first one: its leaves plus the amounts must give the leaves
  --voted HASH     the reportHash that the committee voted for; with one bundle
  --opening FILE   the network's file of opening balances
  --json           one JSON document

Exit code: 0 all is as the rules give it, 1 a difference, 2 wrong input.`;

interface Options { before?: string; voted?: string; opening?: string; json?: boolean; help?: boolean }

/** Run the command line; return its exit code. */
async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parse(words);
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  if (positionals.length === 0) throw new InputError(`no bundle is named: expected ${USAGE}`);
  const voted = readHash(values.voted, positionals.length);
  const openingFile = values.opening === undefined ? undefined : await readOpeningFile(values.opening);
  let before = values.before === undefined ? null : await readBundle(folderSource(values.before));
  const findings: Finding[] = [];
  for (const folder of positionals) {
    const bundle = await readBundle(folderSource(folder));
    if (findings.length === 0 && before !== null) verifyFollows(before, bundle);
    const last = before !== null && follows(before, bundle) ? before.epoch : undefined;
    findings.push(await verifyEpoch(bundle.epoch, { before: last, voted, openingFile, shards: bundle.shards }));
    before = bundle;
  }
  print(findings, values.json === true);
  return findings.some(({ difference }) => difference !== null) ? 1 : 0;
}

function parse(words: readonly string[]): { values: Options; positionals: string[] } {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        before: { type: "string" },
        voted: { type: "string" },
        opening: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new InputError(`${printable((error as Error).message.split(/[.\n]/)[0] as string)}: expected ${USAGE}`);
  }
}

function readHash(text: string | undefined, bundles: number): Hex | undefined {
  if (text === undefined) return undefined;
  if (bundles > 1) throw new InputError("--voted is for one bundle: name the hash and its bundle alone");
  if (!isHex(text.toLowerCase(), 32)) throw new InputError(`--voted is no hash: expected 0x and 64 hex digits, got ${printable(text)}`);
  return text.toLowerCase() as Hex;
}

async function readOpeningFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new InputError(`the file of opening balances cannot be read: got ${printable(String((error as NodeJS.ErrnoException).code))} (${printable(path)})`);
  }
}

const follows = (before: Bundle, bundle: Bundle): boolean => before.epoch.report.epoch + 1n === bundle.epoch.report.epoch;

function verifyFollows(before: Bundle, bundle: Bundle): void {
  if (follows(before, bundle)) return;
  const [got, epoch] = [before.epoch.report.epoch, bundle.epoch.report.epoch];
  throw new InputError(`--before is not the epoch before: expected a bundle of epoch ${epoch - 1n}, got epoch ${got}`);
}

function print(findings: readonly Finding[], asJson: boolean): void {
  if (asJson) {
    console.log(JSON.stringify({ epochs: findings.map(document) }));
    return;
  }
  for (const { report, steps, difference } of findings) {
    for (const { name, detail } of difference === null ? steps : []) console.log(`epoch ${report.epoch}: ${name}: ${detail}`);
    console.log(difference === null ? `epoch ${report.epoch}: sound` : `epoch ${report.epoch} differs: ${difference.message}`);
  }
}

/** The members of `pozk verify --json`, and the steps that passed. */
function document({ report, steps, difference }: Finding): Record<string, unknown> {
  return {
    epoch: toCount(report.epoch),
    ok: difference === null,
    stage: difference?.step ?? null,
    expected: difference?.expected ?? null,
    got: difference?.got ?? null,
    row: difference?.row || null,
    report_hash: report.hash,
    steps,
  };
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  },
);
