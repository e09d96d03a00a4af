// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Values by the epoch they apply from: in force for E is the entry with the greatest `fromEpoch <= E`,
/// and of two with the same epoch the one set last. Entries stay sorted by epoch.
library EpochHistory {
    struct Entry {
        uint64 fromEpoch;
        uint192 value;
    }

    /// `newest` repeats the last entry: what is in force is seldom another, and is then found in one slot.
    struct History {
        Entry newest;
        Entry[] entries;
    }

    /// How many entries with a later epoch an insertion may move, which bounds its cost: some 5,000 gas each. Only the owner
    /// of a history schedules, so only it can come near.
    uint256 internal constant MAX_LATER = 256;

    error TooManyLaterEntries(uint64 fromEpoch, uint256 limit);

    /// Sets `value` from `fromEpoch` on, until the next entry.
    function set(History storage self, uint64 fromEpoch, uint192 value) internal {
        Entry[] storage entries = self.entries;
        _insert(entries, Entry(fromEpoch, value));
        self.newest = entries[entries.length - 1];
    }

    /// The value in force for `epoch`; 0 before the first entry.
    function valueAt(History storage self, uint64 epoch) internal view returns (uint192) {
        Entry memory newest = self.newest;
        if (newest.fromEpoch <= epoch) return newest.value;
        Entry[] storage entries = self.entries;
        (uint256 low, uint256 high) = (0, entries.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (entries[middle].fromEpoch > epoch) high = middle;
            else low = middle + 1;
        }
        return low == 0 ? 0 : entries[low - 1].value;
    }

    function _insert(Entry[] storage entries, Entry memory entry) private {
        uint256 slot = entries.length;
        uint256 lowest = slot > MAX_LATER ? slot - MAX_LATER : 0;
        while (slot > lowest && entries[slot - 1].fromEpoch > entry.fromEpoch) --slot;
        if (slot > 0) {
            uint64 before = entries[slot - 1].fromEpoch;
            if (before > entry.fromEpoch) revert TooManyLaterEntries(entry.fromEpoch, MAX_LATER);
            if (before == entry.fromEpoch) {
                entries[slot - 1].value = entry.value;
                return;
            }
        }
        entries.push(entry);
        for (uint256 i = entries.length - 1; i > slot; --i) entries[i] = entries[i - 1];
        entries[slot] = entry;
    }
}
