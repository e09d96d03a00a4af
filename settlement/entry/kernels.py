"""Compiles every kernel that is called from Python, for the types that it is called with. `make setup` runs it.

Otherwise the first command that needs one compiles it, some 25 CPU seconds in all.
"""

import sys
from collections.abc import Callable
from importlib import import_module

from indexer.rules.kernels.cache_folder import COMPLETE, cache_folder

COMPILING = "compiling kernels for this machine, once: some 25 CPU seconds"
_WORDS, _READ_WORDS = "uint64[:, ::1]", "Array(uint64, 2, 'C', True)"
_BYTES, _READ_BYTES = "uint8[:, ::1]", "Array(uint8, 2, 'C', True)"
_PLACES = "UniTuple(int64, 10)"  # where the columns of logs lie
_HEADERS = f"Tuple((uint64[::1], {_BYTES}, {_BYTES}, uint64[::1], {_BYTES}, {_BYTES}))"
_LANES = f"uint32[:, ::1], uint32[:, ::1], {_WORDS}"
_LEAVES = f"{_BYTES}, {_BYTES}, {_WORDS}"
_TABLES = ", ".join([_WORDS] * 3 + [f"uint64[::1], {_WORDS}"] * 2 + [_WORDS] * 4)

SIGNATURES: dict[str, tuple[str, ...]] = {
    "indexer.rules.consensus.keccak_eight_kernel.aligned_state": ("()",),
    "indexer.rules.consensus.keccak_eight_kernel.hash_ragged": (
        f"(uint8[::1], int64[::1], {_BYTES}, int64, int64)",
        f"(Array(uint8, 1, 'C', True), int64[::1], {_BYTES}, int64, int64)",
    ),
    "indexer.rules.consensus.trie_kernel.list_roots": (f"(uint8[::1], int64[::1], int64[::1], {_BYTES})",),
    "indexer.rules.scan.scan_headers_kernel.scan_headers": (
        f"(int64, int64, int64, int64, {_HEADERS}, uint8[::1], int64[::1])",
    ),
    "indexer.rules.scan.scan_logs_kernel.scan_logs": (f"(int64, int64, int64, {_PLACES})",),
    "indexer.rules.scan.scan_receipts_kernel.scan_receipts": (
        f"(int64, int64, int64[::1], int64, uint64[::1], int64, {_PLACES})",
    ),
    "indexer.rules.scan.encode_receipts_kernel.encode_receipts": (
        f"(int64, int64, uint64[::1], {_PLACES}, int64[::1])",
    ),
    "indexer.rules.stored.row_hash_kernel.values_of": (
        f"(int64, int32[::1], {_WORDS}, {_WORDS})",
        f"(int64, int64[::1], {_WORDS}, {_WORDS})",
        f"(int64, Array(int32, 1, 'C', True), {_WORDS}, {_WORDS})",
    ),
    "indexer.rules.stored.row_hash_kernel.sum_columns": (
        "(uint64[::1], int64[:, ::1], int64, int64[::1], uint64[:, :, ::1])",
    ),
    "indexer.rules.stored.row_hash_kernel.sum_amounts": (
        f"({_WORDS}, int64[::1], {_WORDS})",
        f"({_READ_WORDS}, int64[::1], {_WORDS})",
    ),
    "indexer.rules.stored.row_hash_kernel.sum_numbers": (
        f"(uint64[::1], uint8[::1], int64[::1], int64, {_WORDS})",
        f"(Array(uint64, 1, 'C', True), Array(uint8, 1, 'C', True), int64[::1], int64, {_WORDS})",
    ),
    "settlement.rules.columns.ordering_kernel.ascend": (f"({_WORDS}, int64)",),
    "settlement.rules.columns.ordering_kernel.find_rows": (f"({_WORDS}, {_WORDS}, int64[::1], int64[::1])",),
    "settlement.rules.columns.ordering_kernel.sort_hashes": (f"({_WORDS}, int64, int64, int64[::1])",),
    "settlement.rules.columns.ordering_kernel.sort_runs": (f"(int64[::1], uint64[::1], int64[::1], {_WORDS}, int64)",),
    "settlement.rules.entitlements.keccak_lanes.hash_leaves": (f"({_LANES}, {_WORDS}, uint64[::1])",),
    "settlement.rules.entitlements.keccak_lanes.hash_parents": (f"({_WORDS}, int64, uint64[::1])",),
    "settlement.rules.entitlements.ledger_kernel.merge_sorted": (
        f"({_LEAVES}, {_LEAVES}, uint64[::1], {_LEAVES})",
        f"({_READ_BYTES}, {_READ_BYTES}, {_READ_WORDS}, {_LEAVES}, uint64[::1], {_LEAVES})",
    ),
    "settlement.rules.entitlements.proof_kernel.count_siblings": ("(int64[::1], int64[::1])",),
    "settlement.rules.entitlements.proof_kernel.copy_siblings": (f"({_WORDS}, int64[::1], int64[::1], {_WORDS})",),
    "settlement.rules.entitlements.proof_kernel.find_account": (
        f"({_BYTES}, Array(uint8, 1, 'C', True))",
        f"({_READ_BYTES}, Array(uint8, 1, 'C', True))",
    ),
    "settlement.rules.entitlements.proof_kernel.prove_leaf": (
        f"({_LEAVES}, int64[::1], {_BYTES}, int64, uint8[::1])",
        f"({_READ_BYTES}, {_READ_BYTES}, {_READ_WORDS}, Array(int64, 1, 'C', True), {_READ_BYTES}, int64, uint8[::1])",
    ),
    "settlement.rules.entitlements.tree_growth_kernel.carry_leaves": (
        f"({_LANES}, int64[::1], {_LANES}, int64[::1], int64[::1])",
    ),
    "settlement.rules.entitlements.tree_growth_kernel.merge_hashes": (
        f"({_WORDS}, int64[::1], {_WORDS}, int64[::1], int64[::1], {_WORDS}, int64[::1])",
    ),
    "settlement.rules.powers.power_kernel.propose_amounts": (
        f"(int64[::1], {_WORDS}, {_WORDS}, uint8[::1], {_TABLES}, {_WORDS}, boolean[::1])",
    ),
    "settlement.rules.powers.scale_kernel.scale_rows": (
        f"({_WORDS}, uint64[::1], uint64[::1], uint64[::1], {_WORDS})",
    ),
    "settlement.rules.second_reading.sketch_kernel.sketch": ("(uint64[::1], uint64[::1], uint64[::1])",),
    "settlement.rules.second_reading.sketch_kernel.sketch_proofs": (
        f"(int32[::1], {', '.join(['uint64[::1]'] * 4)}, uint8[::1], uint64[::1], boolean[::1], uint64[::1])",
    ),
    "settlement.rules.second_reading.sketch_kernel.sketch_stakes": (
        "(int32[::1], uint64[::1], uint64[::1], uint8[::1], uint64[::1], uint64, uint64[::1])",
    ),
    "settlement.rules.second_reading.sketch_kernel.tally": (
        f"(int32[::1], uint8[::1], uint64[::1], boolean[::1], int64, {_WORDS})",
    ),
    "settlement.rules.second_reading.sketch_kernel.read_addresses": (
        "(int64, int32[::1], uint64[::1], uint8[::1])",
        "(int64, int64[::1], uint64[::1], uint8[::1])",
    ),
    "settlement.rules.second_reading.sketch_kernel.sort_out": (
        f"(int32[::1], boolean[::1], {', '.join(['uint64[::1]'] * 3)}, boolean[::1], boolean[::1])",
    ),
}
"""Kernels by module and name, and the types of their arguments; others are compiled where they are called."""


def compile_kernels(tell: Callable[[str], None]) -> bool:
    """Compile what is not compiled yet, and say so before; return whether there was anything to do.

    Without a folder for a cache nothing is done: each process compiles for itself.
    """
    folder = cache_folder()
    if folder is None or (folder / COMPLETE).exists():
        return False
    tell(COMPILING)
    for name, signatures in SIGNATURES.items():
        module, function = name.rsplit(".", 1)
        for signature in signatures:
            getattr(import_module(module), function).compile(signature)
    (folder / COMPLETE).touch()
    return True


if __name__ == "__main__":
    compile_kernels(lambda text: print(text, file=sys.stderr, flush=True))
