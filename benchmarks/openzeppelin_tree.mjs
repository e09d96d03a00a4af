// Builds a tree of CSV rows `account,token,cumulative` with @openzeppelin/merkle-tree and prints one JSON line.
// Usage: node openzeppelin_tree.mjs ROWS.csv FOLDER_WITH_NODE_MODULES
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[3]), "package.json"));
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const rows = readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => line.split(","));

const before = process.cpuUsage();
const started = process.hrtime.bigint();
const tree = StandardMerkleTree.of(rows, ["address", "address", "uint256"]);
const root = tree.root;
const cpu = process.cpuUsage(before);
console.log(
  JSON.stringify({
    root,
    cpu_seconds: (cpu.user + cpu.system) / 1e6,
    wall_seconds: Number(process.hrtime.bigint() - started) / 1e9,
    peak_megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
