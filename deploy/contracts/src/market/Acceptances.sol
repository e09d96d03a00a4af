// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AppRegistry} from "../AppRegistry.sol";
import {AmountOutOfRange} from "../Limits.sol";
import {TaskBook} from "./TaskBook.sol";

/// How tasks come to be and to their miners.
abstract contract Acceptances is TaskBook {
    /// What a miner wants to be sure of: wei of the fee that it is left with, should the user get its rebate; seconds that it
    /// has for the proof; wei of its stake that may be locked. No miss or ruling about the task takes more than is locked.
    struct Bounds {
        uint256 leastPay;
        uint32 leastWindow;
        uint128 mostLocked;
    }

    struct Now {
        AppRegistry.Terms terms;
        Rules rules;
    }

    /// Greatest fee of a task: 7.9 x 10^28 wei, which share a storage slot with an address.
    uint256 public constant MAX_FEE = type(uint96).max;
    uint256 public constant MAX_PUBLICS_BYTES = 8192;
    /// Inputs are kept by every oracle; larger ones are posted as a hash and where they are found.
    uint256 public constant MAX_INPUTS_BYTES = 16384;
    /// Longest time a user may give a miner, in seconds.
    uint32 public constant MAX_LOCK_SECONDS = 7 days;
    /// Most gas that a callback may ask for: the miner pays it.
    uint24 public constant MAX_CALLBACK_GAS = 1_000_000;

    event TaskPosted(uint256 indexed taskId, address indexed app, address indexed user, uint256 fee, bytes inputs, bytes publics);
    event TaskAccepted(uint256 indexed taskId, address indexed miner, uint64 deadline);
    event TaskWishes(uint256 indexed taskId, uint64 finalAt, uint32 lockSeconds, address callback, uint32 callbackGas);

    error PublicsTooLong(uint256 size, uint256 limit);
    error InputsTooLong(uint256 size, uint256 limit);
    error TermsBelowBounds(uint256 taskId, uint256 pay, uint32 window, uint128 locked);
    error BadWishes(uint64 finalAt, uint32 lockSeconds, uint32 callbackGas);

    function _requireSizes(uint256 fee, bytes calldata inputs, bytes calldata publics) internal pure {
        if (fee == 0 || fee > MAX_FEE) revert AmountOutOfRange(fee, MAX_FEE);
        if (inputs.length > MAX_INPUTS_BYTES) revert InputsTooLong(inputs.length, MAX_INPUTS_BYTES);
        if (publics.length > MAX_PUBLICS_BYTES) revert PublicsTooLong(publics.length, MAX_PUBLICS_BYTES);
    }

    /// Writes down a task of the caller; its fee is yet to be taken in.
    function _post(address app, uint256 fee, bytes calldata inputs, bytes calldata publics) internal returns (uint256 taskId) {
        _requireSizes(fee, inputs, publics);
        AppRegistry.Terms memory terms = registry.termsAt(app, currentEpoch());
        if (terms.id == 0) revert AppNotUsable(app);
        _requireFee(_rulesOf(app), terms.scheme, fee);
        uint256 key = _keyOf(terms.space, keccak256(publics));
        _requireFree(app, key);
        Rules memory rules = _rulesNow();
        uint56 serial = rules.serial + 1;
        _rules.serial = serial;
        taskId = _idOf(key, serial);
        _keepEscrow(taskId, msg.sender, fee);
        _keepWork(taskId, Work(app, Status.Open, 0, rules.burnBps, rules.rebateId, 0, 0));
        emit TaskPosted(taskId, app, msg.sender, fee, inputs, publics);
    }

    /// Keeps what the user asks for; `work` says afterwards whether that is anything.
    function _wish(uint256 taskId, Work memory work, Wishes memory wishes) internal {
        if (wishes.finalAt == 0 && wishes.lockSeconds == 0 && wishes.callback == address(0)) return;
        bool isOver = wishes.finalAt != 0 && wishes.finalAt <= block.timestamp;
        if (isOver || wishes.lockSeconds > MAX_LOCK_SECONDS || wishes.callbackGas > MAX_CALLBACK_GAS) {
            revert BadWishes(wishes.finalAt, wishes.lockSeconds, wishes.callbackGas);
        }
        work.flags |= HAS_WISHES;
        _wishes[taskId] = wishes;
        emit TaskWishes(taskId, wishes.finalAt, wishes.lockSeconds, wishes.callback, wishes.callbackGas);
    }

    /// Makes the caller the miner of an open task, by the terms and rules in force now.
    function _take(uint256 taskId, Work memory work, uint256 fee, Now memory now_, Bounds memory bounds) internal {
        uint32 window = _windowOf(taskId, work, now_.terms.proveWindow);
        uint40 deadline = uint40(block.timestamp) + window;
        _agree(taskId, work, fee, now_, deadline);
        uint128 locked = now_.rules.capacityStake;
        (uint256 pay,,) = _shares(work, fee);
        if (pay < bounds.leastPay || window < bounds.leastWindow || locked > bounds.mostLocked) {
            revert TermsBelowBounds(taskId, pay, window, locked);
        }
        _keepWork(taskId, work);
        emit TaskAccepted(taskId, msg.sender, deadline);
        staking.lock(work.app, msg.sender, locked);
    }

    /// Gives the statement to the caller until `deadline`; what was agreed is left in `work`, to be stored.
    function _agree(uint256 taskId, Work memory work, uint256 fee, Now memory now_, uint40 deadline) internal {
        address app = work.app;
        AppRules memory appRules = _rulesOf(app);
        _requireOpen(app, appRules);
        if (now_.terms.id == 0) revert AppNotUsable(app);
        _requireFee(appRules, now_.terms.scheme, fee);
        _requireFree(app, taskId >> SERIAL_BITS);
        _requireBeforeFinal(taskId, work, deadline);
        _give(taskId, msg.sender, deadline);
        (work.status, work.capacityId, work.approvalId) = (Status.Accepted, now_.rules.capacityId, now_.terms.id);
        // What was raised since the posting holds.
        if (work.burnBps < now_.rules.burnBps) work.burnBps = now_.rules.burnBps;
    }

    /// What is in force for an app's tasks; the verifier's code is not looked at.
    function _nowOf(address app) internal view returns (Now memory) {
        return Now(registry.termsAt(app, currentEpoch()), _rulesNow());
    }

    function _requireBeforeFinal(uint256 taskId, Work memory work, uint256 moment) private view {
        if (work.flags & HAS_WISHES == 0) return;
        uint40 finalAt = _wishes[taskId].finalAt;
        if (finalAt != 0 && moment > finalAt) revert FinalPassed(taskId, finalAt);
    }
}
