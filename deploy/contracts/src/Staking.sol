// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AppRegistry} from "./AppRegistry.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {Guard} from "./Guard.sol";
import {MAX_AMOUNT, AmountOutOfRange, requireAddress, requireAmount} from "./Limits.sol";
import {Owned} from "./Owned.sol";

uint8 constant MINER = 0;
uint8 constant USER = 1;

/// Stakes per app, account and role. Deposits and withdrawals take effect in the next epoch, so nobody
/// stakes for one block; slashes take effect at once. The sum of all deltas that are effective up to an
/// epoch is the stake of that epoch and is never negative.
contract Staking is EpochClock, Owned, Guard {
    using SafeERC20 for IERC20;

    /// One account's stake in one app and role. Changes wait for `changeEpoch`, of which there is at most
    /// one ahead: whatever is older has been applied before anything is added.
    struct Position {
        uint128 effective;
        uint128 incoming;
        uint128 outgoing;
        uint128 withdrawable;
        uint64 changeEpoch;
        uint32 openTasks;
        uint128 locked;
    }

    /// Wei that count as stake now or from the next epoch on, and wei on their way out.
    struct Totals {
        uint128 staked;
        uint128 queued;
    }

    IERC20 public immutable token;
    AppRegistry public immutable registry;
    mapping(address app => mapping(address account => mapping(uint8 role => Position))) private _positions;
    Totals private _totals;
    mapping(address account => bool) public isSlasher;

    event StakeChanged(address indexed app, address indexed account, uint8 indexed role, int256 delta, uint64 effectiveEpoch);
    event Withdrawn(address indexed app, address indexed account, uint8 indexed role, uint256 amount);
    event Slashed(address indexed app, address indexed account, uint8 indexed role, uint256 amount, address beneficiary);
    event SlasherSet(address indexed account, bool allowed);

    error BadRole(uint8 role);
    error NotSlasher(address caller);
    error StakeTooSmall(uint256 wanted, uint256 available);
    error NothingToWithdraw(address app, address account, uint8 role);
    error AlreadyUnlocked(address app, address account);
    error UnknownApp(address app);
    error NotAsReviewed(address account);

    modifier onlySlasher() {
        if (!isSlasher[msg.sender]) revert NotSlasher(msg.sender);
        _;
    }

    constructor(Clock memory clock, address owner_, IERC20 token_, AppRegistry registry_)
        EpochClock(clock)
        Ownable(owner_)
    {
        requireAddress(address(token_));
        requireAddress(address(registry_));
        (token, registry) = (token_, registry_);
    }

    /// Who may slash and lock: the market, and whoever else the DAO trusts with it. All stakes are in its hands, so
    /// `codeHash` repeats the Keccak-256 hash of the code that was reviewed (that of no bytes for a key's account).
    function setSlasher(address account, bool allowed, bytes32 codeHash) external onlyOwner {
        if (allowed && keccak256(account.code) != codeHash) revert NotAsReviewed(account);
        isSlasher[account] = allowed;
        emit SlasherSet(account, allowed);
    }

    /// Adds `amount` wei, effective in the next epoch. Only for apps there are: a stake that no task can ever put at risk
    /// would count all the same.
    function stake(address app, uint8 role, uint256 amount) external nonReentrant {
        if (registry.ownerOf(app) == address(0)) revert UnknownApp(app);
        requireAmount(amount);
        Position storage position = _rolled(app, msg.sender, role);
        uint256 staked = uint256(_totals.staked) + _totals.queued + amount;
        if (staked > MAX_AMOUNT) revert AmountOutOfRange(staked, MAX_AMOUNT);
        // Both are at most MAX_AMOUNT < 2^127 and the check above bounds their sums.
        position.incoming += uint128(amount);
        _totals.staked += uint128(amount);
        emit StakeChanged(app, msg.sender, role, int256(amount), currentEpoch() + 1);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// Queues `amount` wei for withdrawal. They stop counting in the next epoch and can be taken from then
    /// on. What open tasks lock stays.
    function requestWithdraw(address app, uint8 role, uint256 amount) external nonReentrant {
        requireAmount(amount);
        Position storage position = _rolled(app, msg.sender, role);
        uint256 next = uint256(position.effective) + position.incoming - position.outgoing;
        uint256 free = next > position.locked ? next - position.locked : 0;
        if (amount > free) revert StakeTooSmall(amount, free);
        position.outgoing += uint128(amount);
        _totals.staked -= uint128(amount);
        _totals.queued += uint128(amount);
        emit StakeChanged(app, msg.sender, role, -int256(amount), currentEpoch() + 1);
    }

    /// Pays out what has left the stake.
    function withdraw(address app, uint8 role) external nonReentrant returns (uint256 amount) {
        Position storage position = _rolled(app, msg.sender, role);
        amount = position.withdrawable;
        if (amount == 0) revert NothingToWithdraw(app, msg.sender, role);
        position.withdrawable = 0;
        _totals.queued -= uint128(amount);
        emit Withdrawn(app, msg.sender, role, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// Takes up to `amount` wei of a stake and pays them to `beneficiary`. First what is effective now, as
    /// far as it goes, although it may be queued for withdrawal; then what a pending deposit adds.
    /// Worked example: effective 100, withdrawal of 80 queued, slash of 50: -50 now, and the next epoch
    /// would stand at 100 - 80 - 50 = -30, so +30 then: the queue shrinks to 50.
    /// @return taken less than `amount` where the stake was smaller
    function slash(address app, address account, uint8 role, uint256 amount, address beneficiary)
        external
        onlySlasher
        nonReentrant
        returns (uint256 taken)
    {
        requireAmount(amount);
        requireAddress(beneficiary);
        Position storage position = _rolled(app, account, role);
        uint64 current = currentEpoch();
        uint256 atOnce = Math.min(amount, position.effective);
        uint256 unqueued = _takeEffective(position, atOnce);
        uint256 later = Math.min(amount - atOnce, uint256(position.effective) + position.incoming - position.outgoing);
        position.incoming -= uint128(later);
        _totals.staked -= uint128(later);
        if (atOnce > 0) emit StakeChanged(app, account, role, -int256(atOnce), current);
        if (unqueued > 0) emit StakeChanged(app, account, role, int256(unqueued), current + 1);
        if (later > 0) emit StakeChanged(app, account, role, -int256(later), current + 1);
        taken = atOnce + later;
        emit Slashed(app, account, role, taken, beneficiary);
        if (taken > 0) token.safeTransfer(beneficiary, taken);
    }

    /// Locks `perTask` wei of a miner's stake for one more open task. All open tasks together, at `perTask`
    /// each and at what each locked, must be covered now and in the next epoch.
    function lock(address app, address miner, uint128 perTask) external onlySlasher nonReentrant {
        Position storage position = _rolled(app, miner, MINER);
        uint256 next = uint256(position.effective) + position.incoming - position.outgoing;
        uint256 covered = Math.min(position.effective, next);
        uint256 needed = uint256(position.locked) + perTask;
        uint256 atNewRate = (uint256(position.openTasks) + 1) * perTask;
        if (atNewRate > needed) needed = atNewRate;
        if (covered == 0 || covered < needed) revert StakeTooSmall(needed, covered);
        position.locked += perTask;
        ++position.openTasks;
    }

    /// Gives back what `lock` took for one task.
    function unlock(address app, address miner, uint128 perTask) external onlySlasher nonReentrant {
        Position storage position = _positions[app][miner][MINER];
        if (position.openTasks == 0 || position.locked < perTask) revert AlreadyUnlocked(app, miner);
        position.locked -= perTask;
        --position.openTasks;
    }

    /// Locks what a user has not queued or locked yet of its stake in an app, up to `most` wei, so that it is there when a
    /// dispute is decided.
    /// @return held what was locked, to be given back by `letGo`
    function hold(address app, address user, uint128 most) external onlySlasher nonReentrant returns (uint128 held) {
        Position storage position = _rolled(app, user, USER);
        uint256 next = uint256(position.effective) + position.incoming - position.outgoing;
        if (next <= position.locked) return 0;
        held = uint128(Math.min(most, next - position.locked));
        position.locked += held;
    }

    /// Gives back what `hold` locked.
    function letGo(address app, address user, uint128 held) external onlySlasher nonReentrant {
        Position storage position = _positions[app][user][USER];
        if (position.locked < held) revert AlreadyUnlocked(app, user);
        position.locked -= held;
    }

    /// Stake that counts in the current epoch, in wei.
    function effectiveStake(address app, address account, uint8 role) external view returns (uint256) {
        return _view(app, account, role).effective;
    }

    /// The position as the next change would find it.
    function positionOf(address app, address account, uint8 role) external view returns (Position memory) {
        return _view(app, account, role);
    }

    /// Wei that count now or from the next epoch on. `staked + queued` is what this contract owes.
    function totals() external view returns (uint256 staked, uint256 queued) {
        return (_totals.staked, _totals.queued);
    }

    /// Removes `amount` (at most what is effective) and takes back from the withdrawal queue what the next
    /// epoch would lack.
    function _takeEffective(Position storage position, uint256 amount) private returns (uint256 unqueued) {
        uint256 effective = uint256(position.effective) - amount;
        uint256 next = effective + position.incoming;
        if (position.outgoing > next) unqueued = position.outgoing - next;
        position.effective = uint128(effective);
        position.outgoing -= uint128(unqueued);
        _totals.queued -= uint128(unqueued);
        _totals.staked -= uint128(amount - unqueued);
    }

    function _rolled(address app, address account, uint8 role) private returns (Position storage position) {
        if (role > USER) revert BadRole(role);
        position = _positions[app][account][role];
        uint64 current = currentEpoch();
        if (position.changeEpoch > current) return position;
        if (position.incoming != 0 || position.outgoing != 0) {
            position.effective = position.effective + position.incoming - position.outgoing;
            position.withdrawable += position.outgoing;
            position.incoming = 0;
            position.outgoing = 0;
        }
        position.changeEpoch = current + 1;
    }

    function _view(address app, address account, uint8 role) private view returns (Position memory position) {
        position = _positions[app][account][role];
        if (position.changeEpoch <= currentEpoch()) {
            position.effective = position.effective + position.incoming - position.outgoing;
            position.withdrawable += position.outgoing;
            (position.incoming, position.outgoing) = (0, 0);
        }
    }
}
