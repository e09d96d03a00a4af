// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, AmountOutOfRange} from "../Limits.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// What may be voted on: the next epoch, after its end, with totals that grow by no more than the epoch allows.
abstract contract Ballots is TokenLedger {
    /// Emission token, correction tokens and bonus tokens together stay within it.
    uint256 public constant MAX_TOKENS = 64;

    /// Ballots that a veto or a revocation ended, by keccak256(abi.encode(epoch, root, tokens, cumulative, reportHash)): a
    /// wrong root does not ban the right one that names the same report.
    mapping(bytes32 ballot => bool) public isBanned;

    event BallotBanned(uint64 indexed epoch, bytes32 indexed ballot);
    event BallotReadmitted(bytes32 indexed ballot);

    error NotNextEpoch(uint64 epoch, uint64 next);
    error EpochNotEnded(uint64 epoch);
    error BannedBallot(bytes32 ballot);
    error EmptyReportHash();
    error BadTokenList(uint256 index);
    error TotalMissing(address token);
    error TotalFalls(address token, uint256 before, uint256 cumulative);
    error GrowthAboveCap(address token, uint256 growth, uint256 cap);

    /// Lets a ballot be voted on again that a veto or a revocation ended.
    function readmit(bytes32 ballot) external onlyOwner {
        isBanned[ballot] = false;
        emit BallotReadmitted(ballot);
    }

    /// Most that the total of a token may grow by in `epoch`, in wei.
    function growthCap(uint64 epoch, address token_) public view returns (uint256) {
        return _bonuses[epoch][token_].amount + parameters.growthAt(epoch, token_, token_ == address(token));
    }

    function _requireVotable(uint64 epoch) internal view {
        _requireRunning(VOTES);
        uint64 next = _cursor.next;
        if (epoch != next) revert NotNextEpoch(epoch, next);
        if (!hasEnded(epoch)) revert EpochNotEnded(epoch);
    }

    /// Checks a ballot and stores it unless an equal one of this round is there already. Its hash covers all that is agreed
    /// on. In another round it is checked anew: what the totals grow from may have been taken back.
    function _open(
        uint64 epoch,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash
    ) internal returns (bytes32 hash) {
        _requireVotable(epoch);
        hash = keccak256(abi.encode(epoch, root, tokens, cumulative, reportHash));
        if (isBanned[hash]) revert BannedBallot(hash);
        Ballot storage ballot = _ballots[_cursor.round][hash];
        if (ballot.reportHash != 0) return hash;
        if (reportHash == 0) revert EmptyReportHash();
        _checkTotals(epoch, tokens, cumulative);
        ballot.root = root;
        ballot.reportHash = reportHash;
        ballot.tokens = tokens;
        ballot.cumulative = cumulative;
    }

    /// Walks the new and the previous totals together; both are sorted by token.
    function _checkTotals(uint64 epoch, address[] calldata tokens, uint256[] calldata cumulative) private view {
        if (tokens.length != cumulative.length || tokens.length > MAX_TOKENS) revert BadTokenList(tokens.length);
        (address[] memory known, uint256[] memory sums) = _totalsBefore(epoch);
        uint256 j = 0;
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (i > 0 && tokens[i] <= tokens[i - 1]) revert BadTokenList(i);
            j = _skipUnused(known, sums, j, uint160(tokens[i]));
            bool isKnown = j < known.length && known[j] == tokens[i];
            _checkGrowth(epoch, tokens[i], isKnown ? sums[j] : 0, cumulative[i]);
            if (isKnown) ++j;
        }
        _skipUnused(known, sums, j, type(uint256).max);
    }

    function _totalsBefore(uint64 epoch) private view returns (address[] memory, uint256[] memory) {
        if (epoch == first) return (new address[](0), new uint256[](0));
        Ballot storage before = _ballotOf(epoch - 1);
        return (before.tokens, before.cumulative);
    }

    /// Passes previous tokens below `upTo`, which must have had nothing to pay.
    function _skipUnused(address[] memory known, uint256[] memory sums, uint256 j, uint256 upTo)
        private
        pure
        returns (uint256)
    {
        for (; j < known.length && uint160(known[j]) < upTo; ++j) {
            if (sums[j] > 0) revert TotalMissing(known[j]);
        }
        return j;
    }

    function _checkGrowth(uint64 epoch, address token_, uint256 before, uint256 cumulative) private view {
        if (cumulative > MAX_AMOUNT) revert AmountOutOfRange(cumulative, MAX_AMOUNT);
        if (cumulative < before) revert TotalFalls(token_, before, cumulative);
        if (cumulative == before) return;
        uint256 cap = growthCap(epoch, token_);
        if (cumulative - before > cap) revert GrowthAboveCap(token_, cumulative - before, cap);
    }
}
