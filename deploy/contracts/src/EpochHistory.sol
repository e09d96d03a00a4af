// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Values by the epoch they apply from: in force for E is the entry with the greatest `fromEpoch <= E`,
/// and of two with the same epoch the one set last. Entries stay sorted by epoch.
library EpochHistory {
    struct Entry {
        uint64 fromEpoch;
        uint192 value;
    }

    struct History {
        Entry[] entries;
    }

    /// How many entries with a later epoch an insertion may move, which bounds its cost: some 5,000 gas each. Only the owner
    /// of a history schedules, so only it can come near.
    uint256 internal constant MAX_LATER = 256;

    error TooManyLaterEntries(uint64 fromEpoch, uint256 limit);

    /// Sets `value` from `fromEpoch` on, until the next entry.
    function set(History storage self, uint64 fromEpoch, uint192 value) internal {
        Entry[] storage entries = self.entries;
        uint256 slot = entries.length;
        uint256 lowest = slot > MAX_LATER ? slot - MAX_LATER : 0;
        while (slot > lowest && entries[slot - 1].fromEpoch > fromEpoch) --slot;
        if (slot > 0) {
            uint64 before = entries[slot - 1].fromEpoch;
            if (before > fromEpoch) revert TooManyLaterEntries(fromEpoch, MAX_LATER);
            if (before == fromEpoch) {
                entries[slot - 1].value = value;
                return;
            }
        }
        entries.push(Entry(fromEpoch, value));
        for (uint256 i = entries.length - 1; i > slot; --i) entries[i] = entries[i - 1];
        entries[slot] = Entry(fromEpoch, value);
    }

    /// The value in force for `epoch`; `exists` is false before the first entry.
    function valueAt(History storage self, uint64 epoch) internal view returns (bool exists, uint192 value) {
        Entry[] storage entries = self.entries;
        uint256 high = entries.length;
        if (high == 0) return (false, 0);
        Entry memory last = entries[high - 1];
        if (last.fromEpoch <= epoch) return (true, last.value);
        uint256 low = 0;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (entries[middle].fromEpoch > epoch) high = middle;
            else low = middle + 1;
        }
        if (low == 0) return (false, 0);
        return (true, entries[low - 1].value);
    }
}
