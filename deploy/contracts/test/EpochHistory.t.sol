// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochHistory} from "../src/EpochHistory.sol";
import {Harness} from "./support/Harness.sol";

contract EpochHistoryTest is Harness {
    using EpochHistory for EpochHistory.History;

    EpochHistory.History private history;

    function setEntry(uint64 fromEpoch, uint192 value) external {
        history.set(fromEpoch, value);
    }

    function test_valueAt__nothing_set__is_zero() external view {
        equal(history.valueAt(7), 0, "nothing");
    }

    function test_valueAt__before_first_entry__is_zero() external {
        history.set(5, 50);
        equal(history.valueAt(4), 0, "nothing yet");
    }

    function test_set__more_later_entries_than_can_move__is_refused() external {
        for (uint64 i = 10; i < 266; ++i) history.set(i, i);
        this.setEntry(5, 1);
        history.set(266, 1);
        vm.expectRevert(abi.encodeWithSelector(EpochHistory.TooManyLaterEntries.selector, 7, 256));
        this.setEntry(7, 1);
        history.set(10, 7);
        equal(history.valueAt(10), 7, "the oldest reachable entry");
    }

    function test_set__one_epoch_over_and_over__stays_one_entry() external {
        for (uint192 i = 0; i < 40; ++i) history.set(9, i);
        history.set(3, 7);
        equal(history.entries.length, 2, "entries");
        equal(history.valueAt(9), 39, "the last one set");
    }

    /// Against the definition: greatest epoch not after the one asked for, on a tie the last one set.
    function testFuzz_valueAt__any_order__is_the_definition(uint8[12] calldata epochs, uint8 asked) external {
        for (uint256 i = 0; i < epochs.length; ++i) history.set(epochs[i], uint192(i + 1));
        uint256 best = 0;
        uint256 expected = 0;
        for (uint256 i = 0; i < epochs.length; ++i) {
            if (epochs[i] <= asked && (expected == 0 || epochs[i] >= best)) (best, expected) = (epochs[i], i + 1);
        }
        equal(history.valueAt(asked), expected, "value");
    }
}
