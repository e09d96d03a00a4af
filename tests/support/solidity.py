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
    return compile_contracts(path)[path.stem]


def compile_contracts(path):
    """Return the contracts of a file by name."""
    command = ["node", "-e", _PROGRAM, str(CONTRACTS_DIR), str(path)]
    output = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    compiled = output.get("contracts", {}).get("source.sol", {})
    assert compiled, output["errors"]
    return {
        name: Artifact(name, found["abi"], "0x" + found["evm"]["bytecode"]["object"])
        for name, found in compiled.items()
    }
