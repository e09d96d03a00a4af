// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {requireAddress} from "./Limits.sol";
import {Parameters} from "./Parameters.sol";
import {Staking} from "./Staking.sol";
import {TimedPause} from "./TimedPause.sol";
import {Aides} from "./distributor/Aides.sol";
import {Bonuses} from "./distributor/Bonuses.sol";
import {Claims} from "./distributor/Claims.sol";
import {Committee} from "./distributor/Committee.sol";
import {TokenLedger} from "./distributor/TokenLedger.sol";

/// Who does what at a distributor, to begin with.
struct RewardRoles {
    address owner;
    address treasury;
    address guardian;
    address pauser;
}

/// Pays what the committee's roots promise. A root is proposed by a quorum, waits while a guardian may veto
/// it, is activated by anyone, and can be claimed from for ever. The owner is the DAO.
contract RewardDistributor is Committee, Bonuses, Claims {
    /// May veto pending roots and nothing else. The pauser, which may be the same account, stops claims, votes and activation
    /// for a bounded time.
    address public guardian;

    event RootActivated(uint64 indexed epoch, bytes32 indexed root);
    event RootVetoed(uint64 indexed epoch, bytes32 indexed root, address by);
    event RootRevoked(uint64 indexed epoch, bytes32 indexed root, address by);
    event Disputed(uint64 indexed epoch, bytes32 indexed evidenceHash, address indexed by);
    event ActivationPostponed(uint64 indexed epoch, bytes32 indexed root, uint64 activeAt);
    event ChallengeClosed(uint64 indexed epoch, address indexed by, uint256 returned, uint256 burned);
    event GuardianSet(address indexed guardian);

    error NothingPending(uint64 next);
    error TooEarly(uint64 epoch, uint64 activeAt);
    error NotGuardian(address caller);
    error AnotherBallot(uint64 epoch, bytes32 ballot);
    error NotAsReviewed(uint64 epoch, bytes32 root);

    constructor(
        Clock memory clock,
        RewardRoles memory roles,
        IERC20 token_,
        Parameters parameters_,
        Staking staking_,
        uint64 activationDelay_,
        address[] memory members_
    )
        EpochClock(clock)
        Ownable(roles.owner)
        TimedPause(roles.pauser)
        TokenLedger(token_, parameters_, roles.treasury)
        Aides(token_, staking_)
        Committee(members_, activationDelay_)
    {
        _setGuardian(roles.guardian);
    }

    function setGuardian(address guardian_) external onlyOwner {
        _setGuardian(guardian_);
    }

    /// Activates the oldest pending epoch once its delay has passed, and has the treasury pay for it.
    /// While the treasury cannot, the epoch stays pending and anyone may try again.
    function activate() external nonReentrant {
        _requireRunning(ACTIVATION);
        uint64 epoch = _cursor.oldestPending;
        if (epoch == _cursor.next) revert NothingPending(epoch);
        Proposal memory proposal = _proposals[epoch];
        if (block.timestamp < proposal.activeAt) revert TooEarly(epoch, proposal.activeAt);
        _cursor.oldestPending = epoch + 1;
        emit RootActivated(epoch, _roots[epoch]);
        Ballot storage ballot = _ballots[proposal.round][proposal.ballot];
        for (uint256 i = 0; i < ballot.tokens.length; ++i) _accept(epoch, ballot.tokens[i], ballot.cumulative[i]);
    }

    /// Ends a pending root. Its epoch is voted on again in a new round, later pending epochs with it, and its
    /// ballot returns only by the DAO.
    function veto(uint64 epoch) external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        _requirePending(epoch);
        emit RootVetoed(epoch, _roots[epoch], msg.sender);
        _takeBack(epoch);
    }

    /// Somebody has challenged a pending root for a bond, which the desk has taken: it waits longer.
    function postpone(uint64 epoch, bytes32 ballot, bytes32 evidenceHash, address by, uint64 extension) external {
        _onlyDesk();
        _requirePending(epoch);
        Proposal storage proposal = _proposals[epoch];
        if (proposal.ballot != ballot) revert AnotherBallot(epoch, proposal.ballot);
        uint64 from = proposal.activeAt < block.timestamp ? uint64(block.timestamp) : proposal.activeAt;
        proposal.activeAt = from + extension;
        emit Disputed(epoch, evidenceHash, by);
        emit ActivationPostponed(epoch, _roots[epoch], from + extension);
    }

    /// What became of a challenge's bond, said here for who reads this contract's logs.
    function noteClosed(uint64 epoch, address by, uint256 returned, uint256 burned) external {
        _onlyDesk();
        emit ChallengeClosed(epoch, by, returned, burned);
    }

    /// Ends an active root and all after it, while claims are paused. What was paid stays paid; what was funded
    /// stays funded and is not pulled again. `root` is the one that was reviewed: none that took its place meanwhile ends.
    function revoke(uint64 epoch, bytes32 root) external onlyOwner nonReentrant {
        _requirePaused(CLAIMS);
        _requireActive(epoch);
        if (_roots[epoch] != root) revert NotAsReviewed(epoch, _roots[epoch]);
        emit RootRevoked(epoch, root, msg.sender);
        Ballot storage newest = _ballotOf(_cursor.oldestPending - 1);
        for (uint256 i = 0; i < newest.tokens.length; ++i) _unaccept(newest.tokens[i], 0);
        if (epoch > first) {
            Ballot storage kept = _ballotOf(epoch - 1);
            for (uint256 i = 0; i < kept.tokens.length; ++i) _unaccept(kept.tokens[i], kept.cumulative[i]);
        }
        _cursor.oldestPending = epoch;
        _takeBack(epoch);
    }

    /// Reopens `epoch`: whatever was decided for it and for later ones is no longer reachable.
    function _takeBack(uint64 epoch) private {
        bytes32 ballot = _proposals[epoch].ballot;
        isBanned[ballot] = true;
        emit BallotBanned(epoch, ballot);
        _cursor.next = epoch;
        _startRound();
    }

    function _setGuardian(address guardian_) private {
        requireAddress(guardian_);
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }
}
