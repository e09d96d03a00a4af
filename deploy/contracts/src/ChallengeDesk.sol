// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Guard} from "./Guard.sol";
import {requireAtMost} from "./Limits.sol";
import {IRewards} from "./distributor/IRewards.sol";

/// Challenges of a distributor's pending roots by anyone, for a bond that lies here: the root waits longer, once, so that
/// whoever can end it looks. The bond comes back only where something else was executed for the epoch in the end; else it
/// burns. A distributor makes its own desk.
contract ChallengeDesk is Guard {
    using SafeERC20 for IERC20;

    /// Wei of the emission token that a challenge takes, 0 where none is taken; seconds that it adds.
    struct Rules {
        uint96 bond;
        uint64 extension;
    }

    struct Challenge {
        address by;
        uint96 bond;
    }

    /// Most seconds that a challenge may add.
    uint64 public constant MAX_EXTENSION = 7 days;
    /// For so long after its activation a root may still be revoked: a pauser can stop claims for it, and the DAO decides.
    uint64 public constant REVOCABLE = 30 days;
    address private constant BURN_SINK = 0x000000000000000000000000000000000000dEaD;

    IRewards public immutable distributor;
    IERC20 public immutable token;
    Rules public rules;
    mapping(uint64 epoch => mapping(bytes32 ballot => Challenge)) private _challenges;

    event ChallengeRulesSet(uint256 bond, uint64 extension);

    error NotOwner(address caller);
    error ChallengesOff();
    error AlreadyChallenged(uint64 epoch, bytes32 ballot);
    error NothingChallenged(uint64 epoch, bytes32 ballot);
    error NotActive(uint64 epoch);
    error StillRevocable(uint64 epoch, uint256 until);

    constructor(IRewards distributor_, IERC20 token_) {
        (distributor, token) = (distributor_, token_);
    }

    /// What a challenge costs and adds; a bond of 0 takes no more of them. Those that are open keep theirs. By the
    /// distributor's owner.
    function setRules(uint96 bond, uint64 extension) external {
        if (msg.sender != distributor.owner()) revert NotOwner(msg.sender);
        requireAtMost(extension, MAX_EXTENSION);
        rules = Rules(bond, extension);
        emit ChallengeRulesSet(bond, extension);
    }

    /// Challenges the pending root of an epoch with a bond in the emission token. `ballot`, from the distributor's
    /// `ballotAt`, is what the caller has reviewed; `evidenceHash` names what it has against it, its own report say. Each
    /// ballot once.
    function challenge(uint64 epoch, bytes32 ballot, bytes32 evidenceHash) external nonReentrant {
        Rules memory now_ = rules;
        if (now_.bond == 0) revert ChallengesOff();
        if (_challenges[epoch][ballot].by != address(0)) revert AlreadyChallenged(epoch, ballot);
        _challenges[epoch][ballot] = Challenge(msg.sender, now_.bond);
        distributor.postpone(epoch, ballot, evidenceHash, msg.sender, now_.extension);
        token.safeTransferFrom(msg.sender, address(this), now_.bond);
    }

    /// Returns the bond once another ballot is active for the epoch, or burns it once the challenged one has been active
    /// for so long that the DAO would have revoked it. Anyone may.
    function close(uint64 epoch, bytes32 ballot) external nonReentrant {
        Challenge memory closed = _challenges[epoch][ballot];
        if (closed.by == address(0)) revert NothingChallenged(epoch, ballot);
        (uint8 state,,, uint64 activeAt) = distributor.rootAt(epoch);
        if (state != 2) revert NotActive(epoch);
        bool stood = distributor.ballotAt(epoch) == ballot;
        uint256 until = uint256(activeAt) + REVOCABLE;
        if (stood && block.timestamp < until) revert StillRevocable(epoch, until);
        delete _challenges[epoch][ballot];
        distributor.noteClosed(epoch, closed.by, stood ? 0 : closed.bond, stood ? closed.bond : 0);
        token.safeTransfer(stood ? BURN_SINK : closed.by, closed.bond);
    }

    /// Who has challenged a ballot of an epoch and for how much; zeros where nobody has, or it is closed.
    function challengeOf(uint64 epoch, bytes32 ballot) external view returns (address by, uint256 bond) {
        Challenge storage found = _challenges[epoch][ballot];
        return (found.by, found.bond);
    }
}
