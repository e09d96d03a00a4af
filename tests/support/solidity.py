"""Contracts that only tests need, compiled with the compiler of the contracts' npm packages."""

import json
import subprocess

from deploy.artifacts import CONTRACTS_DIR, Artifact

_PROGRAM = """
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const packages = resolve(process.argv[1], "node_modules");
const solc = require(resolve(packages, "solc"));
const sources = { "source.sol": { content: readFileSync(process.argv[2], "utf8") } };
const settings = { evmVersion: "cancun", outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } };
const find = (path) => ({ contents: readFileSync(resolve(packages, path), "utf8") });
const input = JSON.stringify({ language: "Solidity", sources, settings });
process.stdout.write(solc.compile(input, { import: find }));
"""


def compile_contract(path):
    """Return the contract named like its file."""
    command = ["node", "-e", _PROGRAM, str(CONTRACTS_DIR), str(path)]
    output = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    compiled = output.get("contracts", {}).get("source.sol", {}).get(path.stem)
    assert compiled, output["errors"]
    return Artifact(path.stem, compiled["abi"], "0x" + compiled["evm"]["bytecode"]["object"])
