// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimedPause} from "../TimedPause.sol";
import {MarketRules} from "./MarketRules.sol";

/// What can be paused about one app: acceptances alone, or all work on it. A flag is the app's address and a word.
abstract contract AppPauses is TimedPause, MarketRules {
    bytes12 private constant HALT = "halt";
    bytes12 private constant ACCEPTANCE = "acceptance";

    /// While it is set nobody accepts a task of the app; work that has begun goes on.
    function acceptanceFlag(address app) public pure returns (bytes32) {
        return bytes32(abi.encodePacked(app, ACCEPTANCE));
    }

    /// While it is set the app stands still: no acceptances, no proofs, and what was accepted can be ended at once. No
    /// miner is slashed for a deadline whose time it touched.
    function haltFlag(address app) public pure returns (bytes32) {
        return bytes32(abi.encodePacked(app, HALT));
    }

    function _requireNoHalt(address app, AppRules memory rules) internal view {
        if (block.timestamp < rules.haltedUntil) revert Paused(haltFlag(app), rules.haltedUntil);
    }

    function _requireOpen(address app, AppRules memory rules) internal view {
        _requireNoHalt(app, rules);
        if (block.timestamp < rules.closedUntil) revert Paused(acceptanceFlag(app), rules.closedUntil);
    }

    /// Both flags of an app are repeated in the word of its rules, which every acceptance and every proof reads.
    function _onPause(bytes32 flag, uint64 until) internal override {
        bytes12 word = bytes12(flag << 160);
        if (word == HALT) _apps[address(bytes20(flag))].haltedUntil = until;
        if (word == ACCEPTANCE) _apps[address(bytes20(flag))].closedUntil = until;
    }
}
