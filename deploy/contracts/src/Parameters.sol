// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {IEpochQueue} from "./IEpochQueue.sol";
import {MAX_EMISSION, MAX_LIFETIME, MAX_USAGE_UNIT, requireAddress, requireAmount, requireAtMost} from "./Limits.sol";
import {Owned} from "./Owned.sol";

/// Everything about an epoch that governance decides and two oracles must agree on. The owner is the DAO.
/// Most rules are read from the events alone; what the other contracts are bounded by is also stored: emission, grants
/// and voids for the distributor, weights of schemes for the registry.
contract Parameters is EpochClock, Owned {
    using EpochHistory for EpochHistory.History;

    /// What is known of an epoch's void. Voided before the epoch began it holds for certain, and the emission leaves the
    /// cap; afterwards only oracles can tell whether it counts, so the cap stays.
    enum Void {
        No,
        Ahead,
        Late
    }

    uint16 public constant WHOLE_BPS = 10_000;
    /// How many tokens corrections and openings may ever name: bounds the list of totals an oracle must carry.
    uint256 public constant MAX_GRANT_TOKENS = 16;
    uint8 private constant BOTH_RESIDUALS = 3;

    /// The distributor that pays by these parameters; zero until it is named, then for ever the same.
    IEpochQueue public distributor;
    EpochHistory.History private _emission;
    mapping(uint8 scheme => EpochHistory.History) private _alphas;
    mapping(uint64 epoch => Void) public voidOf;
    /// By ruleset: bit r is set where residual r goes with it; 0 where the ruleset is not on the list.
    mapping(bytes32 ruleset => uint8) public residualsOf;

    mapping(uint64 epoch => mapping(address token => uint256)) private _corrections;
    /// Opening balances in a token, in wei, paid in epoch `first`.
    mapping(address token => uint256) public openingOf;
    /// The file that holds every opening balance; zero where there is none.
    bytes32 public openingFile;
    /// All corrections and opening balances a token ever had, in wei.
    mapping(address token => uint256) public grantedEver;
    uint256 public grantTokenCount;

    event WeightsSet(uint64 indexed fromEpoch, uint16 a, uint16 b, uint16 c, uint16 d, uint128 usageUnit);
    event SchemeWeightSet(uint64 indexed fromEpoch, uint8 indexed scheme, uint32 alphaMilli);
    event EmissionSet(uint64 indexed fromEpoch, uint256 amount);
    event RulesetSet(uint64 indexed fromEpoch, bytes32 ruleset, uint8 residual);
    event QuarantineDecided(bytes32 indexed blockHash, uint32 indexed logIndex, uint8 decision);
    event CorrectionAdded(uint64 indexed epoch, address indexed account, address indexed token, uint256 amount);
    event EpochVoided(uint64 indexed epoch);
    event OpeningAdded(address indexed token, uint256 amount, bytes32 sha256);
    event RulesetAllowed(bytes32 indexed ruleset, uint8 residuals, bytes32 specification);
    event DistributorSet(address indexed distributor);

    error WeightsDoNotSum(uint16 a, uint16 b, uint16 c, uint16 d);
    error ZeroSchemeWeight(uint8 scheme);
    error RulesetNotAllowed(bytes32 ruleset, uint8 residual);
    error RulesetAlreadyAllowed(bytes32 ruleset);
    error BadRuleset(bytes32 ruleset, uint8 residuals, bytes32 specification);
    error UnknownDecision(uint8 decision);
    error TooManyGrantTokens(address token, uint256 limit);
    error EpochBeforeFirst(uint64 epoch, uint64 first);
    error EpochSettled(uint64 epoch, uint64 next);
    error AlreadyVoided(uint64 epoch);
    error OpeningTooLate(uint64 first);
    error OpeningAlreadyAdded(address token);
    error AnotherOpeningFile(bytes32 got, bytes32 expected);
    error DistributorStays(address distributor);
    error ForeignDistributor(address distributor);
    error NoDistributor();

    constructor(Clock memory clock, address owner_)
        EpochClock(clock)
        Ownable(owner_)
    {
        (residualsOf["paper-v1"], residualsOf["paper-v2"]) = (BOTH_RESIDUALS, BOTH_RESIDUALS);
    }

    /// Names the distributor, once: which epochs are pending or active is its word.
    function setDistributor(IEpochQueue distributor_) external onlyOwner {
        if (address(distributor) != address(0)) revert DistributorStays(address(distributor));
        if (distributor_.parameters() != address(this)) revert ForeignDistributor(address(distributor_));
        distributor = distributor_;
        emit DistributorSet(address(distributor_));
    }

    /// Exponents in basis points, a + b = c + d = 10000, and the milli-gates that one task counts for.
    function setWeights(uint64 fromEpoch, uint16 a, uint16 b, uint16 c, uint16 d, uint128 usageUnit)
        external
        onlyOwner
    {
        _requireFuture(fromEpoch);
        if (uint256(a) + b != WHOLE_BPS || uint256(c) + d != WHOLE_BPS) revert WeightsDoNotSum(a, b, c, d);
        requireAtMost(usageUnit, MAX_USAGE_UNIT);
        emit WeightsSet(fromEpoch, a, b, c, d, usageUnit);
    }

    /// Work per gate of a proof scheme, in thousandths.
    function setSchemeWeight(uint64 fromEpoch, uint8 scheme, uint32 alphaMilli) external onlyOwner {
        _requireFuture(fromEpoch);
        if (alphaMilli == 0) revert ZeroSchemeWeight(scheme);
        _alphas[scheme].set(fromEpoch, alphaMilli);
        emit SchemeWeightSet(fromEpoch, scheme, alphaMilli);
    }

    /// Reward pool of every epoch from `fromEpoch` on, in wei; 0 stops it.
    function setEmission(uint64 fromEpoch, uint256 amount) external onlyOwner {
        _requireFuture(fromEpoch);
        requireAtMost(amount, MAX_EMISSION);
        _emission.set(fromEpoch, uint192(amount));
        emit EmissionSet(fromEpoch, amount);
    }

    /// Name of the rules (ASCII, zero-padded) and what happens to the remainder: 0 rollover, 1 normalize.
    /// `paper-v1` divides stakes by those of the whole network: an even network of G apps with all weights one half is paid
    /// (1/(2G))^(1/2) of the pool, and idle stake anywhere weighs against everyone. `paper-v2` divides within the apps with
    /// a proof and within the role in the app: nearly all is paid where stakers take part, idle apps weigh nothing, and in
    /// a quiet epoch the few who work take more. Never approve an app without demand.
    function setRuleset(uint64 fromEpoch, bytes32 ruleset, uint8 residual) external onlyOwner {
        _requireFuture(fromEpoch);
        if (residual > 1 || residualsOf[ruleset] & (1 << residual) == 0) revert RulesetNotAllowed(ruleset, residual);
        emit RulesetSet(fromEpoch, ruleset, residual);
    }

    /// Adds a ruleset to those that `setRuleset` takes, with the hash of the text that says what it does. A released one
    /// never changes. Oracles must be able to settle by it before it is in force.
    /// @param residuals bit 0 for rollover, bit 1 for normalize
    function allowRuleset(bytes32 ruleset, uint8 residuals, bytes32 specification) external onlyOwner {
        if (ruleset == 0 || residuals == 0 || residuals > BOTH_RESIDUALS || specification == 0) {
            revert BadRuleset(ruleset, residuals, specification);
        }
        if (residualsOf[ruleset] != 0) revert RulesetAlreadyAllowed(ruleset);
        residualsOf[ruleset] = residuals;
        emit RulesetAllowed(ruleset, residuals, specification);
    }

    /// Decides about one quarantined log; 0 (ignore it) is the only decision there is.
    function decideQuarantine(bytes32 blockHash, uint32 logIndex, uint8 decision) external onlyOwner {
        if (decision != 0) revert UnknownDecision(decision);
        emit QuarantineDecided(blockHash, logIndex, decision);
    }

    /// Decides that an epoch pays nothing but corrections and returned bonuses; not taken back. For an epoch to come, or
    /// for one that has begun and that no root stands for: there the oracles' rules say whether it counts.
    function voidEpoch(uint64 epoch) external onlyOwner {
        if (epoch < first) revert EpochBeforeFirst(epoch, first);
        if (voidOf[epoch] != Void.No) revert AlreadyVoided(epoch);
        bool ahead = epoch > currentEpoch();
        if (!ahead) _requireNotProposed(epoch);
        voidOf[epoch] = ahead ? Void.Ahead : Void.Late;
        emit EpochVoided(epoch);
    }

    /// Grants `amount` of `token` to `account` in `epoch`, on top of what the rules give.
    function addCorrection(uint64 epoch, address account, address token, uint256 amount) external onlyOwner {
        _requireFuture(epoch);
        if (epoch < first) revert EpochBeforeFirst(epoch, first);
        requireAddress(account);
        _grant(token, amount);
        _corrections[epoch][token] += amount;
        emit CorrectionAdded(epoch, account, token, amount);
    }

    /// Takes over the entitlements in a token of a network that moves here: `amount` wei in all, by the accounts in the
    /// file with this sha256, one file for all tokens. They are paid with epoch `first`, before whose end they are added,
    /// by the treasury.
    function addOpening(address token, uint256 amount, bytes32 sha256_) external onlyOwner {
        if (hasEnded(first)) revert OpeningTooLate(first);
        if (openingOf[token] != 0) revert OpeningAlreadyAdded(token);
        if (openingFile == 0) openingFile = sha256_;
        if (sha256_ == 0 || sha256_ != openingFile) revert AnotherOpeningFile(sha256_, openingFile);
        _grant(token, amount);
        openingOf[token] = amount;
        emit OpeningAdded(token, amount, sha256_);
    }

    /// Emission in force for `epoch`, in wei; 0 where none is, or the epoch was voided before it began.
    function emissionAt(uint64 epoch) public view returns (uint256 amount) {
        if (voidOf[epoch] != Void.Ahead) amount = _emission.valueAt(epoch);
    }

    /// Sum of the corrections of `epoch` in `token`, in wei.
    function correctionsOf(uint64 epoch, address token) public view returns (uint256) {
        return _corrections[epoch][token];
    }

    /// What governance lets the total of `token` grow by in `epoch`, in wei; bonuses come on top.
    function growthAt(uint64 epoch, address token, bool withEmission) external view returns (uint256 growth) {
        growth = correctionsOf(epoch, token);
        if (epoch == first) growth += openingOf[token];
        if (withEmission) growth += emissionAt(epoch);
    }

    /// Weight of a scheme in force for `epoch`, in thousandths; 0 where there is none. A weight is replaced but never
    /// taken away, so where there is one for an epoch there is one for every later epoch.
    function alphaFrom(uint8 scheme, uint64 epoch) external view returns (uint32 alphaMilli) {
        return uint32(_alphas[scheme].valueAt(epoch));
    }

    function _requireNotProposed(uint64 epoch) private view {
        if (address(distributor) == address(0)) revert NoDistributor();
        uint64 next = distributor.nextEpoch();
        if (epoch < next) revert EpochSettled(epoch, next);
    }

    /// Counts a grant against what its token may have in all epochs, and a new token against the list.
    function _grant(address token, uint256 amount) private {
        requireAddress(token);
        requireAmount(amount);
        uint256 before = grantedEver[token];
        requireAtMost(before + amount, MAX_LIFETIME);
        if (before == 0) {
            if (grantTokenCount == MAX_GRANT_TOKENS) revert TooManyGrantTokens(token, MAX_GRANT_TOKENS);
            ++grantTokenCount;
        }
        grantedEver[token] = before + amount;
    }
}
