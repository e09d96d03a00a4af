// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimedPause} from "../TimedPause.sol";

/// What can be paused about one app: acceptances alone, or all work on it. A flag is the app's address and a word.
abstract contract AppPauses is TimedPause {
    /// While it is set nobody accepts a task of the app; work that has begun goes on.
    function acceptanceFlag(address app) public pure returns (bytes32) {
        return bytes32(abi.encodePacked(app, bytes12("acceptance")));
    }

    /// While it is set the app stands still: no acceptances, no proofs, and what was accepted can be ended at once. No
    /// miner is slashed for a deadline whose time it touched.
    function haltFlag(address app) public pure returns (bytes32) {
        return bytes32(abi.encodePacked(app, bytes12("halt")));
    }
}
