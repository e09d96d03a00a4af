"""The compiled merge of prior leaves with one epoch's sums. Importing this module loads numba."""

from indexer.rules.columns.arrays import U8, U64, Word
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import add_wide

UNSORTED, ABOVE_LIMIT = -1, -2
"""What `merge_sorted` answers instead of a count: the prior leaves do not ascend; a sum is above the limit."""


@njit(cache=True, nogil=True)
def merge_sorted(
    prior_account: U8,
    prior_token: U8,
    prior: U64,
    new_account: U8,
    new_token: U8,
    new: U64,
    limit: U64,
    out_account: U8,
    out_token: U8,
    out: U64,
) -> int:
    """Write the union of two tables sorted by (account, token), equal keys added; return its rows or why not.

    Accounts and tokens (n, 20) bytes, amounts (n, 2) low limb first, limit (2,). The output has room for both.
    """
    i = j = count = 0
    while i < len(prior) or j < len(new):
        if j == len(new):
            side = -1
        elif i == len(prior):
            side = 1
        else:
            side = _compare(prior_account, prior_token, i, new_account, new_token, j)
        if side <= 0:
            if i > 0 and _compare(prior_account, prior_token, i - 1, prior_account, prior_token, i) >= 0:
                return UNSORTED
            _copy(prior_account, prior_token, prior, i, out_account, out_token, out, count)
            i += 1
            if side == 0:
                high, low = add_wide(out[count, 1], out[count, 0], new[j, 1], new[j, 0])
                out[count, 0], out[count, 1] = low, high
                j += 1
        else:
            _copy(new_account, new_token, new, j, out_account, out_token, out, count)
            j += 1
        if out[count, 1] > limit[1] or (out[count, 1] == limit[1] and out[count, 0] > limit[0]):
            return ABOVE_LIMIT
        count += 1
    return count


@njit(nogil=True)
def _compare(one: U8, one_token: U8, i: int, other: U8, other_token: U8, j: int) -> int:
    for byte in range(20):
        if one[i, byte] != other[j, byte]:
            return 1 if one[i, byte] > other[j, byte] else -1
    for byte in range(20):
        if one_token[i, byte] != other_token[j, byte]:
            return 1 if one_token[i, byte] > other_token[j, byte] else -1
    return 0


@njit(nogil=True)
def _copy(account: U8, token: U8, amount: U64, row: int, out_account: U8, out_token: U8, out: U64, at: int) -> None:
    for byte in range(20):
        out_account[at, byte] = account[row, byte]
        out_token[at, byte] = token[row, byte]
    out[at, 0], out[at, 1] = Word(amount[row, 0]), Word(amount[row, 1])
