// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Acceptances} from "./Acceptances.sol";

/// What the market does for one task, as the batches call it.
interface ISingleTask {
    function acceptTask(uint256 taskId, uint256 leastPay, uint32 leastWindow, uint128 mostLocked) external;
    function submitProof(uint256 taskId, bytes calldata publics, bytes calldata proof) external;
}

/// Several calls in one transaction, in the caller's name.
abstract contract Batches is Acceptances, Multicall {
    using SafeERC20 for IERC20;

    struct Posting {
        address app;
        uint256 fee;
        bytes inputs;
        bytes publics;
        Wishes wishes;
    }

    struct Acceptance {
        uint256 taskId;
        Bounds bounds;
    }

    struct Submission {
        uint256 taskId;
        bytes publics;
        bytes proof;
    }

    /// `reason` begins with the four bytes of the error that refused the task.
    event TaskSkipped(uint256 indexed taskId, address indexed caller, bytes32 reason);

    error NothingDone();
    error NotTheMarket();

    /// Where this code itself lies: a task posted there would be nobody's.
    address private immutable _own = address(this);

    /// Posts all or none, each with what its user wishes; the fees are taken in at once.
    function postMany(Posting[] calldata postings) external nonReentrant returns (uint256[] memory taskIds) {
        if (address(this) == _own) revert NotTheMarket();
        taskIds = new uint256[](postings.length);
        uint256 fees = 0;
        for (uint256 i = 0; i < postings.length; ++i) {
            Posting calldata posting = postings[i];
            uint256 taskId = _post(posting.app, posting.fee, posting.inputs, posting.publics);
            Work memory work = _workOf(taskId);
            _wish(taskId, work, posting.wishes);
            if (work.flags != 0) _keepWork(taskId, work);
            taskIds[i] = taskId;
            fees += posting.fee;
        }
        token.safeTransferFrom(msg.sender, address(this), fees);
    }

    /// Accepts what it can: what is refused, as others may have been first, is skipped and reported by its error. Fails
    /// where nothing was accepted.
    function acceptMany(Acceptance[] calldata acceptances) external returns (uint256 done) {
        for (uint256 i = 0; i < acceptances.length; ++i) {
            (uint256 taskId, Bounds calldata bounds) = (acceptances[i].taskId, acceptances[i].bounds);
            bytes memory call = abi.encodeCall(
                ISingleTask.acceptTask, (taskId, bounds.leastPay, bounds.leastWindow, bounds.mostLocked)
            );
            if (_try(taskId, call)) ++done;
        }
        if (done == 0) revert NothingDone();
    }

    /// Submits proofs in the same way.
    function submitMany(Submission[] calldata submissions) external returns (uint256 done) {
        for (uint256 i = 0; i < submissions.length; ++i) {
            Submission calldata one = submissions[i];
            if (_try(one.taskId, abi.encodeCall(ISingleTask.submitProof, (one.taskId, one.publics, one.proof)))) ++done;
        }
        if (done == 0) revert NothingDone();
    }

    /// Hands an owner's EIP-2612 permit to the token, for use in a `multicall` with what needs the allowance. Where it fails
    /// the allowance may be there already, as anyone can have handed it in before.
    function permit(address owner_, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try IERC20Permit(address(token)).permit(owner_, address(this), value, deadline, v, r, s) {} catch {}
    }

    function _try(uint256 taskId, bytes memory call) private returns (bool success) {
        bytes memory answer;
        (success, answer) = address(this).delegatecall(call);
        if (!success) emit TaskSkipped(taskId, msg.sender, bytes32(bytes4(answer)));
    }
}
