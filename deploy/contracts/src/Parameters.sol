// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {MAX_AMOUNT, AmountOutOfRange, requireAddress, requireAmount} from "./Limits.sol";

/// Everything about an epoch that governance decides and two oracles must agree on. The owner is the DAO.
/// Most rules are read from the events alone; emission and corrections are also stored, because the
/// distributor bounds a root by them.
contract Parameters is EpochClock, Ownable2Step {
    using EpochHistory for EpochHistory.History;

    uint16 public constant WHOLE_BPS = 10_000;
    /// How many tokens corrections may ever name: bounds the list of totals an oracle must carry.
    uint256 public constant MAX_CORRECTION_TOKENS = 16;

    EpochHistory.History private _emission;
    mapping(uint64 epoch => mapping(address token => uint256)) private _corrections;
    mapping(address token => bool) public isCorrectionToken;
    uint256 public correctionTokenCount;

    event WeightsSet(uint64 indexed fromEpoch, uint16 a, uint16 b, uint16 c, uint16 d, uint128 usageUnit);
    event SchemeWeightSet(uint64 indexed fromEpoch, uint8 indexed scheme, uint32 alphaMilli);
    event EmissionSet(uint64 indexed fromEpoch, uint256 amount);
    event RulesetSet(uint64 indexed fromEpoch, bytes32 ruleset, uint8 residual);
    event QuarantineDecided(bytes32 indexed blockHash, uint32 indexed logIndex, uint8 decision);
    event CorrectionAdded(uint64 indexed epoch, address indexed account, address indexed token, uint256 amount);

    error WeightsDoNotSum(uint16 a, uint16 b, uint16 c, uint16 d);
    error ZeroSchemeWeight(uint8 scheme);
    error BadRuleset(bytes32 ruleset, uint8 residual);
    error UnknownDecision(uint8 decision);
    error TooManyCorrectionTokens(address token, uint256 limit);
    error EpochBeforeFirst(uint64 epoch, uint64 first);

    constructor(Clock memory clock, address owner_)
        EpochClock(clock)
        Ownable(owner_)
    {}

    /// Exponents in basis points, a + b = c + d = 10000, and the milli-gates that one task counts for.
    function setWeights(uint64 fromEpoch, uint16 a, uint16 b, uint16 c, uint16 d, uint128 usageUnit)
        external
        onlyOwner
    {
        _requireFuture(fromEpoch);
        if (uint256(a) + b != WHOLE_BPS || uint256(c) + d != WHOLE_BPS) revert WeightsDoNotSum(a, b, c, d);
        if (usageUnit > MAX_AMOUNT) revert AmountOutOfRange(usageUnit, MAX_AMOUNT);
        emit WeightsSet(fromEpoch, a, b, c, d, usageUnit);
    }

    /// Work per gate of a proof scheme, in thousandths.
    function setSchemeWeight(uint64 fromEpoch, uint8 scheme, uint32 alphaMilli) external onlyOwner {
        _requireFuture(fromEpoch);
        if (alphaMilli == 0) revert ZeroSchemeWeight(scheme);
        emit SchemeWeightSet(fromEpoch, scheme, alphaMilli);
    }

    /// Reward pool of every epoch from `fromEpoch` on, in wei; 0 stops it.
    function setEmission(uint64 fromEpoch, uint256 amount) external onlyOwner {
        _requireFuture(fromEpoch);
        if (amount > MAX_AMOUNT) revert AmountOutOfRange(amount, MAX_AMOUNT);
        _emission.set(fromEpoch, uint192(amount));
        emit EmissionSet(fromEpoch, amount);
    }

    /// Name of the rules (ASCII, zero-padded) and what happens to the remainder: 0 rollover, 1 normalize.
    function setRuleset(uint64 fromEpoch, bytes32 ruleset, uint8 residual) external onlyOwner {
        _requireFuture(fromEpoch);
        if (ruleset == bytes32(0) || residual > 1) revert BadRuleset(ruleset, residual);
        emit RulesetSet(fromEpoch, ruleset, residual);
    }

    /// Decides about one quarantined log; 0 (ignore it) is the only decision there is.
    function decideQuarantine(bytes32 blockHash, uint32 logIndex, uint8 decision) external onlyOwner {
        if (decision != 0) revert UnknownDecision(decision);
        emit QuarantineDecided(blockHash, logIndex, decision);
    }

    /// Grants `amount` of `token` to `account` in `epoch`, on top of what the rules give.
    function addCorrection(uint64 epoch, address account, address token, uint256 amount) external onlyOwner {
        _requireFuture(epoch);
        if (epoch < first) revert EpochBeforeFirst(epoch, first);
        requireAddress(account);
        requireAddress(token);
        requireAmount(amount);
        if (!isCorrectionToken[token]) {
            if (correctionTokenCount == MAX_CORRECTION_TOKENS) revert TooManyCorrectionTokens(token, MAX_CORRECTION_TOKENS);
            isCorrectionToken[token] = true;
            ++correctionTokenCount;
        }
        uint256 sum = _corrections[epoch][token] + amount;
        if (sum > MAX_AMOUNT) revert AmountOutOfRange(sum, MAX_AMOUNT);
        _corrections[epoch][token] = sum;
        emit CorrectionAdded(epoch, account, token, amount);
    }

    /// Emission in force for `epoch`, in wei; 0 where none is.
    function emissionAt(uint64 epoch) external view returns (uint256 amount) {
        (, amount) = _emission.valueAt(epoch);
    }

    /// Sum of the corrections of `epoch` in `token`, in wei.
    function correctionsOf(uint64 epoch, address token) external view returns (uint256) {
        return _corrections[epoch][token];
    }
}
