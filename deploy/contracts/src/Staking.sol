// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AppRegistry} from "./AppRegistry.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {Guard} from "./Guard.sol";
import {requireAddress, requireAmount, requireAtMost} from "./Limits.sol";
import {Owned} from "./Owned.sol";

uint8 constant MINER = 0;
uint8 constant USER = 1;

/// Stakes per app, account and role. Deposits and withdrawals take effect in the next epoch, so nobody
/// stakes for one block; slashes take effect at once. The sum of all deltas that are effective up to an
/// epoch is the stake of that epoch and is never negative.
contract Staking is EpochClock, Owned, Guard, Multicall {
    using SafeERC20 for IERC20;

    /// What counts now and what is added at `change`, in one word, so that a first stake writes one. Changes wait for one
    /// epoch, of which there is at most one ahead: whatever is older is applied before anything is added.
    /// `change` is that epoch, shifted left by one; its lowest bit is set where `Held.outgoing` may be above 0.
    struct Counted {
        uint112 effective;
        uint112 incoming;
        uint32 change;
    }

    /// What leaves the stake with the next change, and what open tasks or disputes keep of it. `used` stays set from the first
    /// lock on: the word is then never 0 again, which later locks would pay for.
    struct Held {
        uint112 outgoing;
        uint112 locked;
        uint24 openTasks;
        bool used;
    }

    /// One account's stake in one app and role.
    struct Stored {
        Counted counted;
        Held held;
        uint128 withdrawable;
    }

    /// The same for readers, as the next change would find it.
    struct Position {
        uint128 effective;
        uint128 incoming;
        uint128 outgoing;
        uint128 withdrawable;
        uint32 openTasks;
        uint128 locked;
    }

    /// Wei that count as stake now or from the next epoch on, and wei on their way out.
    struct Totals {
        uint128 staked;
        uint128 queued;
    }

    /// Most that all stakes and all that is queued may come to, in wei: 5 x 10^15 tokens of 18 decimals.
    uint256 public constant MAX_STAKES = type(uint112).max;
    uint32 private constant QUEUED = 1;

    IERC20 public immutable token;
    AppRegistry public immutable registry;
    mapping(address app => mapping(address account => mapping(uint8 role => Stored))) private _positions;
    Totals private _totals;
    mapping(address account => bool) public isSlasher;

    event StakeChanged(address indexed app, address indexed account, uint8 indexed role, int256 delta, uint64 effectiveEpoch);
    event Withdrawn(address indexed app, address indexed account, uint8 indexed role, uint256 amount);
    event Slashed(address indexed app, address indexed account, uint8 indexed role, uint256 amount, address beneficiary);
    event SlasherSet(address indexed account, bool allowed);
    event Rescued(address indexed token, address to, uint256 amount);

    error BadRole(uint8 role);
    error NotSlasher(address caller);
    error StakeTooSmall(uint256 wanted, uint256 available);
    error NothingToWithdraw(address app, address account, uint8 role);
    error AlreadyUnlocked(address app, address account);
    error UnknownApp(address app);
    error NotAsReviewed(address account);
    error ClockRunsOut(uint64 epoch);
    error NoSurplus(address token);

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
    function stake(address app, uint8 role, uint256 amount) external {
        _stake(app, role, msg.sender, amount);
    }

    /// The same for another account, whose stake it is from then on. The caller pays.
    function stakeFor(address app, uint8 role, address account, uint256 amount) external {
        requireAddress(account);
        _stake(app, role, account, amount);
    }

    /// `stake` with an allowance by the caller's signature (EIP-2612). Where somebody else has handed it in before, or the
    /// token knows no permits, the allowance that is there decides.
    function stakeWithPermit(address app, uint8 role, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _stake(app, role, msg.sender, amount);
    }

    /// Queues `amount` wei for withdrawal. They stop counting in the next epoch and can be taken from then
    /// on. What open tasks lock stays.
    function requestWithdraw(address app, uint8 role, uint256 amount) external nonReentrant {
        requireAmount(amount);
        (Counted memory counted, Stored storage stored) = _rolled(app, msg.sender, role);
        Held memory held = stored.held;
        uint256 next = uint256(counted.effective) + counted.incoming - held.outgoing;
        uint256 free = next > held.locked ? next - held.locked : 0;
        if (amount > free) revert StakeTooSmall(amount, free);
        held.outgoing += uint112(amount);
        counted.change |= QUEUED;
        (stored.counted, stored.held) = (counted, held);
        _totals.staked -= uint128(amount);
        _totals.queued += uint128(amount);
        emit StakeChanged(app, msg.sender, role, -int256(amount), currentEpoch() + 1);
    }

    /// Pays out what has left the stake.
    function withdraw(address app, uint8 role) external nonReentrant returns (uint256 amount) {
        (Counted memory counted, Stored storage stored) = _rolled(app, msg.sender, role);
        amount = stored.withdrawable;
        if (amount == 0) revert NothingToWithdraw(app, msg.sender, role);
        (stored.counted, stored.withdrawable) = (counted, 0);
        _totals.queued -= uint128(amount);
        emit Withdrawn(app, msg.sender, role, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// Sends `to` what of `stray` is here beyond all stakes and queues: it came by a plain transfer.
    function rescue(IERC20 stray, address to) external onlyOwner nonReentrant returns (uint256 amount) {
        requireAddress(to);
        uint256 owed = address(stray) == address(token) ? uint256(_totals.staked) + _totals.queued : 0;
        uint256 held = stray.balanceOf(address(this));
        if (held <= owed) revert NoSurplus(address(stray));
        amount = held - owed;
        emit Rescued(address(stray), to, amount);
        stray.safeTransfer(to, amount);
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
        (Counted memory counted, Stored storage stored) = _rolled(app, account, role);
        uint64 current = currentEpoch();
        uint112 outgoing = stored.held.outgoing;
        uint256 atOnce = Math.min(amount, counted.effective);
        counted.effective -= uint112(atOnce);
        uint256 next = uint256(counted.effective) + counted.incoming;
        // What the next epoch would lack comes back from the withdrawal queue.
        uint256 unqueued = outgoing > next ? outgoing - next : 0;
        uint256 later = Math.min(amount - atOnce, next + unqueued - outgoing);
        counted.incoming -= uint112(later);
        stored.counted = counted;
        if (unqueued > 0) {
            stored.held.outgoing = outgoing - uint112(unqueued);
            _totals.queued -= uint128(unqueued);
        }
        taken = atOnce + later;
        _totals.staked -= uint128(taken - unqueued);
        if (atOnce > 0) emit StakeChanged(app, account, role, -int256(atOnce), current);
        if (unqueued > 0) emit StakeChanged(app, account, role, int256(unqueued), current + 1);
        if (later > 0) emit StakeChanged(app, account, role, -int256(later), current + 1);
        emit Slashed(app, account, role, taken, beneficiary);
        if (taken > 0) token.safeTransfer(beneficiary, taken);
    }

    /// Locks `perTask` wei of a miner's stake for one more open task. All open tasks together, at `perTask`
    /// each and at what each locked, must be covered now and in the next epoch.
    function lock(address app, address miner, uint128 perTask) external onlySlasher nonReentrant {
        Stored storage stored = _positions[app][miner][MINER];
        Held memory held = stored.held;
        uint256 covered = _covered(stored.counted, held.outgoing);
        uint256 needed = uint256(held.locked) + perTask;
        uint256 atNewRate = (uint256(held.openTasks) + 1) * perTask;
        if (atNewRate > needed) needed = atNewRate;
        if (covered == 0 || covered < needed) revert StakeTooSmall(needed, covered);
        held.locked += uint112(perTask);
        ++held.openTasks;
        held.used = true;
        stored.held = held;
    }

    /// Gives back what `lock` took for one task.
    function unlock(address app, address miner, uint128 perTask) external onlySlasher nonReentrant {
        Stored storage stored = _positions[app][miner][MINER];
        Held memory held = stored.held;
        if (held.openTasks == 0 || held.locked < perTask) revert AlreadyUnlocked(app, miner);
        held.locked -= uint112(perTask);
        --held.openTasks;
        stored.held = held;
    }

    /// Locks what a user has not queued or locked yet of its stake in an app, up to `most` wei, so that it is there when a
    /// dispute is decided.
    /// @return taken what was locked, to be given back by `letGo`
    function hold(address app, address user, uint128 most) external onlySlasher nonReentrant returns (uint128 taken) {
        Position memory position = _view(app, user, USER);
        uint256 next = uint256(position.effective) + position.incoming - position.outgoing;
        if (next <= position.locked) return 0;
        taken = uint128(Math.min(most, next - position.locked));
        _positions[app][user][USER].held.locked += uint112(taken);
    }

    /// Gives back what `hold` locked.
    function letGo(address app, address user, uint128 held) external onlySlasher nonReentrant {
        Held storage found = _positions[app][user][USER].held;
        if (found.locked < held) revert AlreadyUnlocked(app, user);
        found.locked -= uint112(held);
    }

    /// Stake that counts in the current epoch, in wei.
    function effectiveStake(address app, address account, uint8 role) external view returns (uint256) {
        Stored storage stored = _positions[app][account][role];
        Counted memory counted = stored.counted;
        if (counted.change >> 1 > currentEpoch()) return counted.effective;
        uint256 outgoing = counted.change & QUEUED == 0 ? 0 : stored.held.outgoing;
        return uint256(counted.effective) + counted.incoming - outgoing;
    }

    /// The position as the next change would find it.
    function positionOf(address app, address account, uint8 role) external view returns (Position memory) {
        return _view(app, account, role);
    }

    /// Wei that count now or from the next epoch on. `staked + queued` is what this contract owes.
    function totals() external view returns (uint256 staked, uint256 queued) {
        return (_totals.staked, _totals.queued);
    }

    /// @param account whose stake it becomes; the caller pays
    function _stake(address app, uint8 role, address account, uint256 amount) private nonReentrant {
        requireAmount(amount);
        (Counted memory counted, Stored storage stored) = _rolled(app, account, role);
        // Where there is a position the app was known, and no app is ever forgotten.
        bool isFirst = counted.effective == 0 && counted.incoming == 0;
        if (isFirst && registry.ownerOf(app) == address(0)) revert UnknownApp(app);
        Totals memory all = _totals;
        requireAtMost(uint256(all.staked) + all.queued + amount, MAX_STAKES);
        // The check bounds every sum there is below 2^112.
        counted.incoming += uint112(amount);
        stored.counted = counted;
        all.staked += uint128(amount);
        _totals = all;
        emit StakeChanged(app, account, role, int256(amount), counted.change >> 1);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// The position with what is due applied. `counted` is the caller's to store; what was queued is withdrawable at once.
    function _rolled(address app, address account, uint8 role) private returns (Counted memory counted, Stored storage stored) {
        if (role > USER) revert BadRole(role);
        stored = _positions[app][account][role];
        counted = stored.counted;
        uint64 current = currentEpoch();
        if (counted.change >> 1 > current) return (counted, stored);
        if (current + 1 > type(uint32).max >> 1) revert ClockRunsOut(current);
        counted.effective += counted.incoming;
        counted.incoming = 0;
        if (counted.change & QUEUED != 0) {
            uint112 outgoing = stored.held.outgoing;
            counted.effective -= outgoing;
            stored.held.outgoing = 0;
            stored.withdrawable += outgoing;
        }
        counted.change = uint32(current + 1) << 1;
    }

    /// What counts now as well as in the next epoch: the lesser of both.
    function _covered(Counted memory counted, uint256 outgoing) private view returns (uint256) {
        uint256 next = uint256(counted.effective) + counted.incoming - outgoing;
        return counted.change >> 1 > currentEpoch() ? Math.min(counted.effective, next) : next;
    }

    function _view(address app, address account, uint8 role) private view returns (Position memory) {
        Stored storage stored = _positions[app][account][role];
        (Counted memory counted, Held memory held) = (stored.counted, stored.held);
        uint128 withdrawable = stored.withdrawable;
        if (counted.change >> 1 <= currentEpoch()) {
            counted.effective = counted.effective + counted.incoming - held.outgoing;
            withdrawable += held.outgoing;
            (counted.incoming, held.outgoing) = (0, 0);
        }
        return Position(counted.effective, counted.incoming, held.outgoing, withdrawable, held.openTasks, held.locked);
    }
}
