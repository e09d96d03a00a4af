"""The compiled parts of `settlement.rules.entitlements.tree_growth`. Importing this module loads numba."""

from indexer.rules.columns.arrays import I64, U32, U64
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import swap_bytes


@njit(cache=True, nogil=True)
def carry_leaves(
    prior_account: U32,
    prior_token: U32,
    prior_total: U64,
    prior_position: I64,
    account: U32,
    token: U32,
    total: U64,
    row_of_slot: I64,
    fresh: I64,
) -> tuple[int, int]:
    """Tell which leaves are unchanged; return how many prior keys were found and how many rows are fresh.

    Columns are (n, 5), (n, 5), (n, 2), both sides ascending by key, and no prior key is missing. A prior leaf at node
    `prior_position` has the slot counted from the first leaf node; `row_of_slot` (all -1) gets the row of an unchanged
    leaf. `fresh` has room for all rows and gets, ascending, those that are new or have another amount.
    """
    found, count, first = 0, 0, len(prior_account) - 1
    for row in range(len(account)):
        unchanged = False
        if found < len(prior_account) and _same_key(prior_account, prior_token, found, account, token, row):
            unchanged = prior_total[found, 0] == total[row, 0] and prior_total[found, 1] == total[row, 1]
            if unchanged:
                row_of_slot[prior_position[found] - first] = row
            found += 1
        if not unchanged:
            fresh[count] = row
            count += 1
    return found, count


@njit(cache=True, nogil=True)
def merge_hashes(prior: U64, row_of_slot: I64, hashes: U64, order: I64, fresh: I64, nodes: U64, position: I64) -> None:
    """Write the leaf nodes in descending order, and the node of every row.

    `prior` (p, 4) descends; slots without a row are left out. `order` (m,) is the descending order of `hashes` (m, 4),
    which belong to the rows `fresh`. `nodes` is (2k - 1, 4), of which the last k are written; `position` is (k,).
    """
    at, taken = len(position) - 1, 0
    for slot in range(len(prior)):
        row = row_of_slot[slot]
        if row < 0:
            continue
        while taken < len(order) and _is_before(prior, slot, hashes, order[taken]):
            _copy_hash(hashes, order[taken], nodes, at)
            position[fresh[order[taken]]] = at
            at, taken = at + 1, taken + 1
        _copy_hash(prior, slot, nodes, at)
        position[row] = at
        at += 1
    while taken < len(order):
        _copy_hash(hashes, order[taken], nodes, at)
        position[fresh[order[taken]]] = at
        at, taken = at + 1, taken + 1


@njit(nogil=True)
def _same_key(account: U32, token: U32, row: int, other: U32, other_token: U32, place: int) -> bool:
    for half in range(5):
        if account[row, half] != other[place, half] or token[row, half] != other_token[place, half]:
            return False
    return True


@njit(nogil=True)
def _is_before(one: U64, row: int, other: U64, place: int) -> bool:
    """Return whether the first hash is the smaller one."""
    for lane in range(4):
        if one[row, lane] != other[place, lane]:
            return bool(swap_bytes(one[row, lane]) < swap_bytes(other[place, lane]))
    return False


@njit(nogil=True)
def _copy_hash(source: U64, row: int, target: U64, place: int) -> None:
    for lane in range(4):
        target[place, lane] = source[row, lane]
