// Writes what the forge tests read from generated/fixtures: the same rows as trees of @openzeppelin/merkle-tree and of
// this project's own `pozk merkle` (POZK names the command), and genuine proofs of all schemes, also of aliased signals.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { drawnAddress, drawnHash } from "./tree.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "generated/fixtures");
const pozk = process.env.POZK ?? join(root, "../../.venv/bin/pozk");
const LEAVES = 37; // not a power of two, so that proofs differ in length
const TOKENS = 3;

const rows = Array.from({ length: LEAVES }, (_, i) => [
  drawnAddress("fixture account", Math.floor(i / TOKENS)),
  drawnAddress("fixture token", i % TOKENS),
  (BigInt(drawnHash("fixture amount", i)) >> 130n).toString(),
]);

/** Siblings from a node of a `standard-v1` array up to the root. */
function proofOf(tree, index) {
  const proof = [];
  for (let node = index; node > 0; node = (node - 1) >> 1) proof.push(tree[node % 2 === 1 ? node + 1 : node - 1]);
  return proof;
}

function writeTree(name, dump) {
  const fixture = {
    root: dump.tree[0],
    accounts: dump.values.map(({ value }) => value[0]),
    tokens: dump.values.map(({ value }) => value[1]),
    cumulative: dump.values.map(({ value }) => BigInt(value[2]).toString()),
    proofs: dump.values.map(({ treeIndex }) => proofOf(dump.tree, treeIndex)),
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(fixture));
}

mkdirSync(folder, { recursive: true });
const tree = StandardMerkleTree.of(rows, ["address", "address", "uint256"]);
writeTree("openzeppelin", tree.dump());
const shared = tree.getMultiProof([3, 11, 12, 20, 36]);
const columns = Object.fromEntries(["accounts", "tokens", "cumulative"].map((name, i) => [name, shared.leaves.map((row) => row[i])]));
writeFileSync(
  join(folder, "shared.json"),
  JSON.stringify({ root: tree.root, ...columns, proof: shared.proof, flags: shared.proofFlags }),
);

const csv = join(folder, "rows.csv");
const dump = join(folder, "pozk-dump.json");
writeFileSync(csv, `account,token,cumulative\n${rows.map((row) => row.join(",")).join("\n")}\n`);
execFileSync(pozk, ["merkle", csv, "--out", dump], { stdio: ["ignore", "ignore", "inherit"] });
writeTree("pozk", JSON.parse(readFileSync(dump, "utf8")));

const request = join(folder, "request.json");
writeFileSync(request, JSON.stringify({ plonk: ["one", "two"], groth16: ["one", "two"], zkvm: ["one"] }));
execFileSync(process.execPath, [join(root, "prove.mjs"), request, join(folder, "proofs.json")], { stdio: "inherit" });
execFileSync(process.execPath, [join(root, "tools/aliased.mjs"), join(folder, "aliased.json")], { stdio: "inherit" });
