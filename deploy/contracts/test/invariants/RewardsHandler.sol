// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AppRegistry} from "../../src/AppRegistry.sol";
import {ChallengeDesk} from "../../src/ChallengeDesk.sol";
import {DevToken} from "../../src/DevToken.sol";
import {Parameters} from "../../src/Parameters.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {RewardRelay} from "../../src/RewardRelay.sol";
import {MINER} from "../../src/Staking.sol";
import {Harness} from "../support/Harness.sol";
import {Row, Tree} from "../support/Tree.sol";

/// Drives a distributor through votes, challenges, vetoes, revocations, pauses, voids, bonuses and claims, honest and not, in
/// any order, and keeps its own book of what should be.
contract RewardsHandler is Harness {
    uint64 private constant LENGTH = 86_400;
    uint64 private constant DELAY = 3_600;
    uint256 private constant ACCOUNTS = 3;

    struct Root {
        uint64 epoch;
        bytes32 hash;
        Row[] leaves;
    }

    struct Challenged {
        uint64 epoch;
        bytes32 ballot;
    }

    bytes32[3] private FLAGS = [bytes32("claims"), "votes", "activation"];

    RewardDistributor public immutable distributor;
    Parameters private immutable parameters;
    DevToken[2] public tokens;
    uint256[3] private keys;
    address private immutable dao;
    address private immutable guardian;
    uint256 private immutable emission;

    Root[] private roots;
    mapping(bytes32 hash => uint256) private rootIndex;
    mapping(uint64 epoch => mapping(address token => bool)) private counted;
    mapping(address token => uint256) public capsOfActiveEpochs;
    mapping(address token => uint256) public paidOut;
    mapping(address account => mapping(address token => uint256)) public greatestLeaf;
    uint256 public deposited;
    Challenged[] private challenges;
    uint256 public constant BOND = 3 ether;
    address private immutable app;
    /// What each epoch's bonuses, corrections and opening balances let a total grow by.
    mapping(uint64 epoch => mapping(address token => uint256)) private extra;
    mapping(uint64 epoch => bool) private voided;
    mapping(uint64 epoch => bool) private emits_;
    uint256 private salt;
    uint256 public stakedOut;

    constructor(
        RewardDistributor distributor_,
        DevToken main,
        DevToken other,
        uint256[3] memory keys_,
        address dao_,
        address guardian_,
        uint256 emission_
    ) {
        (distributor, keys, dao, guardian, emission) = (distributor_, keys_, dao_, guardian_, emission_);
        parameters = distributor_.parameters();
        tokens = [main, other];
        roots.push();
        AppRegistry registry = distributor_.relay().staking().registry();
        app = registry.registerApp(0, 1, address(main), 60, "app");
        address desk = address(distributor_.desk());
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            vm.prank(account(i));
            main.approve(desk, type(uint256).max);
        }
    }

    function account(uint256 index) public pure returns (address) {
        return address(uint160(0xACC0 + index % ACCOUNTS));
    }

    /// For the book: what governance granted in an epoch before the run.
    function noteGrant(uint64 epoch, address token, uint256 amount) external {
        extra[epoch][token] += amount;
    }

    /// The pauser stops one part for up to three days, as often as it may.
    function stop(uint256 part, uint32 howLong) external {
        bytes32[] memory flag = one(FLAGS[part % 3]);
        address pauser = distributor.pauser();
        vm.prank(pauser);
        try distributor.pause(flag, 1 + howLong % 3 days) {
            isTrue(distributor.isPaused(flag[0]), "stopped");
        } catch {
            isTrue(distributor.pausedUntil(flag[0]) > 0, "refused though never paused");
        }
    }

    function resume(uint256 part) external {
        vm.prank(dao);
        distributor.setPause(one(FLAGS[part % 3]), 0);
    }

    /// The DAO voids one of the epochs around the present one, where it may.
    function voidEpoch(uint256 pick) external {
        uint64 current = distributor.currentEpoch();
        uint64 epoch = current + 2 > pick % 5 ? current + 2 - uint64(pick % 5) : 0;
        bool allowed = !voided[epoch] && (epoch > current || epoch >= distributor.nextEpoch());
        vm.prank(dao);
        try parameters.voidEpoch(epoch) {
            isTrue(allowed, "a pending or active epoch was voided, or one twice");
            voided[epoch] = true;
            emits_[epoch] = epoch <= current;
        } catch {
            isTrue(!allowed, "the void was refused");
        }
    }

    /// A quorum agrees on a root for the next epoch. `greed` in 256ths of what the epoch allows is added to the totals;
    /// a lying root spreads any amounts over the accounts.
    function propose(uint256 seed, uint8 greed, bool lies) external {
        uint64 epoch = distributor.nextEpoch();
        passEndOf(epoch);
        (address[] memory list, uint256[] memory sums) = grownTotals(epoch, greed);
        Row[] memory leaves = lies ? lyingLeaves(seed) : honestLeaves(list, sums, seed);
        bytes32 hash = Tree.root(leaves);
        if (rootIndex[hash] == 0) remember(epoch, hash, leaves);
        bytes32 report = keccak256(abi.encode(hash, ++salt));
        for (uint256 i = 0; i < 2; ++i) voteOrBeRefused(i, epoch, hash, list, sums, report);
    }

    function voteOrBeRefused(uint256 who, uint64 epoch, bytes32 hash, address[] memory list, uint256[] memory sums, bytes32 report)
        private
    {
        if (distributor.isPaused("votes")) vm.expectRevert();
        vm.prank(vm.addr(keys[who % 3]));
        distributor.vote(epoch, hash, list, sums, report);
    }

    /// One member votes alone, for something of its own.
    function voteAlone(uint256 who, bytes32 hash) external {
        uint64 epoch = distributor.nextEpoch();
        passEndOf(epoch);
        (address[] memory list, uint256[] memory sums) = grownTotals(epoch, 0);
        voteOrBeRefused(who, epoch, hash, list, sums, keccak256(abi.encode("alone", hash, ++salt)));
    }

    function activate(bool wait) external {
        uint64 pending = oldestPending();
        (uint8 state, bytes32 hash,, uint64 activeAt) = distributor.rootAt(pending);
        if (state != 1) return;
        if (block.timestamp < activeAt) {
            if (!wait) return;
            vm.warp(activeAt);
        }
        if (distributor.isPaused("activation")) {
            vm.expectRevert();
            return distributor.activate();
        }
        activateNow(pending, hash);
    }

    function veto(uint256 pick) external {
        (uint64 low, uint64 high) = (oldestPending(), distributor.nextEpoch());
        if (low == high) return;
        vm.prank(guardian);
        distributor.veto(low + uint64(pick % (high - low)));
    }

    function revoke(uint256 pick) external {
        uint64 active = oldestPending();
        if (active == 0) return;
        vm.startPrank(dao);
        distributor.setPause(one("claims"), type(uint64).max);
        uint64 epoch = active - 1 - uint64(pick % (active < 2 ? 1 : 2));
        (, bytes32 root,,) = distributor.rootAt(epoch);
        distributor.revoke(epoch, root);
        distributor.setPause(one("claims"), 0);
        vm.stopPrank();
    }

    function changeCommittee() external {
        address[] memory members = new address[](3);
        for (uint256 i = 0; i < 3; ++i) members[i] = vm.addr(keys[i]);
        vm.prank(dao);
        distributor.setCommittee(members, 2);
    }

    function deposit(uint256 ahead, uint256 amount) external {
        amount = bound(amount, 10, 1e24);
        tokens[1].mint(address(this), amount);
        tokens[1].approve(address(distributor), amount);
        uint64 epoch = distributor.currentEpoch() + uint64(ahead % 3);
        distributor.depositBonus(address(1), epoch, address(tokens[1]), amount);
        deposited += amount;
        extra[epoch][address(tokens[1])] += amount;
    }

    function setRecipient(uint256 who, bool other) external {
        vm.prank(account(who));
        distributor.setRecipient(other ? address(0xEC1) : address(0));
    }

    /// Claims a leaf of any root that was ever proposed, whatever became of it; only active ones may pay.
    function claim(uint256 pick, uint256 leafPick) external {
        if (roots.length == 1) return;
        Root storage root = roots[1 + pick % (roots.length - 1)];
        Row[] memory leaves = root.leaves;
        uint256 index = leafPick % leaves.length;
        Row memory leaf = leaves[index];
        (address[] memory accounts, address[] memory list) = (new address[](1), new address[](1));
        (uint256[] memory sums, bytes32[][] memory proofs) = (new uint256[](1), new bytes32[][](1));
        (accounts[0], list[0], sums[0], proofs[0]) = (leaf.account, leaf.token, leaf.cumulative, Tree.proof(leaves, index));
        (uint8 state, bytes32 now_,,) = distributor.rootAt(root.epoch);
        bool open = state == 2 && !distributor.isPaused("claims");
        if (!open) vm.expectRevert();
        uint256 paid = 0;
        try distributor.claimMany(root.epoch, accounts, list, sums, proofs) returns (uint256[] memory answer) {
            if (open) paid = answer[0];
        } catch {
            isTrue(!open, "claimMany of an active root reverted");
        }
        isTrue(paid == 0 || now_ == root.hash, "paid from a root that is not there");
        paidOut[leaf.token] += paid;
    }

    /// The account's own claim to any address, or staked at once: what is paid is the same.
    function claimElsewhere(uint256 pick, uint256 leafPick, bool staked) external {
        if (roots.length == 1) return;
        Root storage root = roots[1 + pick % (roots.length - 1)];
        Row[] memory leaves = root.leaves;
        uint256 index = leafPick % leaves.length;
        Row memory leaf = leaves[index];
        staked = staked && leaf.token == address(tokens[0]);
        (uint8 state, bytes32 now_,,) = distributor.rootAt(root.epoch);
        bool open = state == 2 && now_ == root.hash && !distributor.isPaused("claims");
        RewardRelay relay = distributor.relay();
        bytes32[] memory proof = Tree.proof(leaves, index);
        (, uint256 paid, uint256 limit) = distributor.ledgerOf(leaf.token);
        uint256 before = distributor.claimed(leaf.account, leaf.token);
        bool covered = leaf.cumulative <= before || (paid <= limit && leaf.cumulative - before <= limit - paid);
        vm.prank(leaf.account);
        if (!open || !covered) vm.expectRevert();
        uint256 got = staked
            ? relay.claimAndStake(root.epoch, leaf.cumulative, proof, app, MINER)
            : distributor.claimTo(root.epoch, leaf.account, leaf.token, leaf.cumulative, proof, address(0xE15E));
        if (open && covered) {
            equal(got, leaf.cumulative > before ? leaf.cumulative - before : 0, "paid");
            paidOut[leaf.token] += got;
            if (staked) stakedOut += got;
        }
    }

    /// Any account challenges a pending root, as long as it can pay.
    function challenge(uint256 who, uint256 pick) external {
        (uint64 low, uint64 high) = (oldestPending(), distributor.nextEpoch());
        if (low == high) return;
        uint64 epoch = low + uint64(pick % (high - low));
        (,,, uint64 due) = distributor.rootAt(epoch);
        bytes32 ballot = distributor.ballotAt(epoch);
        ChallengeDesk desk = distributor.desk();
        vm.prank(account(who));
        try desk.challenge(epoch, ballot, bytes32(pick)) {
            challenges.push(Challenged(epoch, ballot));
            (,,, uint64 later) = distributor.rootAt(epoch);
            isTrue(later > due && later > block.timestamp, "waits longer");
        } catch {
            (address by,) = desk.challengeOf(epoch, ballot);
            isTrue(by != address(0) || tokens[0].balanceOf(account(who)) < BOND, "refused though it could pay");
        }
    }

    /// The bond comes back where another ballot is active, and burns where the challenged one has been for 30 days.
    function closeChallenge(uint256 pick) external {
        if (challenges.length == 0) return;
        Challenged memory one_ = challenges[pick % challenges.length];
        ChallengeDesk desk = distributor.desk();
        (address by,) = desk.challengeOf(one_.epoch, one_.ballot);
        (uint8 state,,, uint64 activeAt) = distributor.rootAt(one_.epoch);
        bool stood = distributor.ballotAt(one_.epoch) == one_.ballot;
        uint256 before = tokens[0].balanceOf(by);
        try desk.close(one_.epoch, one_.ballot) {
            isTrue(state == 2 && (!stood || block.timestamp >= activeAt + 30 days), "closed too early");
            equal(tokens[0].balanceOf(by), before + (stood ? 0 : BOND), "bond");
            challenges[pick % challenges.length] = challenges[challenges.length - 1];
            challenges.pop();
        } catch {
            isTrue(state != 2 || (stood && block.timestamp < activeAt + 30 days), "not closed");
        }
    }

    function openChallenges() external view returns (uint256) {
        return challenges.length;
    }

    /// What comes by a plain transfer is all that the DAO can take out.
    function rescue(uint256 amount) external {
        amount = bound(amount, 1, 1e24);
        tokens[1].mint(address(distributor), amount);
        vm.prank(dao);
        equal(distributor.rescue(address(tokens[1]), address(0x5AFE)), amount, "rescued");
        vm.expectRevert();
        vm.prank(dao);
        distributor.rescue(address(tokens[0]), address(0x5AFE));
    }

    function passTime(uint32 howLong) external {
        vm.warp(block.timestamp + howLong % (howLong % 16 == 0 ? 40 * LENGTH : 2 * LENGTH));
    }

    /// For the end of a run: whatever has happened, the next epochs are voted on and activated.
    function carryOn() external {
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(dao);
            distributor.setPause(one(FLAGS[i]), 0);
        }
        for (uint256 i = 0; i < 3; ++i) {
            uint64 epoch = distributor.nextEpoch();
            passEndOf(epoch);
            (address[] memory list, uint256[] memory sums) = grownTotals(epoch, 255);
            bytes32 report = keccak256(abi.encode("on", ++salt));
            for (uint256 j = 0; j < 2; ++j) {
                vm.prank(vm.addr(keys[j]));
                distributor.vote(epoch, bytes32(uint256(1)), list, sums, report);
            }
        }
        vm.warp(block.timestamp + DELAY);
        while (oldestPending() < distributor.nextEpoch()) {
            (, bytes32 hash,, uint64 activeAt) = distributor.rootAt(oldestPending());
            if (block.timestamp < activeAt) vm.warp(activeAt);
            activateNow(oldestPending(), hash);
        }
    }

    /// A root, however wrong, lets at most what was unclaimed and one epoch be taken.
    function activateNow(uint64 epoch, bytes32 hash) private {
        uint256[2] memory most;
        for (uint256 t = 0; t < 2; ++t) {
            address token = address(tokens[t]);
            (, uint256 paid,) = distributor.ledgerOf(token);
            uint256 accepted = distributor.acceptedTotal(token);
            most[t] = (accepted > paid ? accepted - paid : 0) + capOf(epoch, token);
        }
        distributor.activate();
        for (uint256 t = 0; t < 2; ++t) {
            (, uint256 paid, uint256 limit) = distributor.ledgerOf(address(tokens[t]));
            isTrue(limit <= paid + most[t], "more than the unclaimed and one epoch");
        }
        noteActive(epoch, hash);
    }

    /// By this book: the emission unless the epoch was voided before it began, and what was granted or paid in.
    function capOf(uint64 epoch, address token) public view returns (uint256) {
        bool pays = token == address(tokens[0]) && (!voided[epoch] || emits_[epoch]);
        return extra[epoch][token] + (pays ? emission : 0);
    }

    function one(bytes32 flag) private pure returns (bytes32[] memory flags) {
        flags = new bytes32[](1);
        flags[0] = flag;
    }

    function oldestPending() public view returns (uint64) {
        (bool exists, uint64 epoch,) = distributor.latestActive();
        return exists ? epoch + 1 : 0;
    }

    function passEndOf(uint64 epoch) private {
        uint256 end = uint256(distributor.genesis()) + (uint256(epoch) + 1) * LENGTH;
        if (block.timestamp < end) vm.warp(end);
    }

    function grownTotals(uint64 epoch, uint8 greed) private view returns (address[] memory list, uint256[] memory sums) {
        list = new address[](2);
        sums = new uint256[](2);
        (list[0], list[1]) = (address(tokens[0]), address(tokens[1]));
        if (list[0] > list[1]) (list[0], list[1]) = (list[1], list[0]);
        (address[] memory had, uint256[] memory before) =
            epoch == 0 ? (new address[](0), new uint256[](0)) : distributor.totalsAt(epoch - 1);
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < had.length; ++j) if (had[j] == list[i]) sums[i] = before[j];
            sums[i] += distributor.growthCap(epoch, list[i]) * greed / 255;
        }
    }

    /// Divides each total among the accounts; the last one gets the rest.
    function honestLeaves(address[] memory list, uint256[] memory sums, uint256 seed) private pure returns (Row[] memory leaves) {
        leaves = new Row[](list.length * ACCOUNTS);
        for (uint256 t = 0; t < list.length; ++t) {
            uint256 left = sums[t];
            for (uint256 i = 0; i < ACCOUNTS; ++i) {
                seed = uint256(keccak256(abi.encode(seed)));
                uint256 part = i == ACCOUNTS - 1 ? left : bound(seed, 0, left);
                leaves[t * ACCOUNTS + i] = Row(account(i), list[t], part);
                left -= part;
            }
        }
    }

    function lyingLeaves(uint256 seed) private view returns (Row[] memory leaves) {
        leaves = new Row[](4);
        for (uint256 i = 0; i < 4; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            leaves[i] = Row(account(seed), address(tokens[i % 2]), seed >> (seed % 250));
        }
    }

    function remember(uint64 epoch, bytes32 hash, Row[] memory leaves) private {
        Root storage root = roots.push();
        (root.epoch, root.hash) = (epoch, hash);
        for (uint256 i = 0; i < leaves.length; ++i) root.leaves.push(leaves[i]);
        rootIndex[hash] = roots.length - 1;
    }

    function noteActive(uint64 epoch, bytes32 hash) private {
        for (uint256 t = 0; t < 2; ++t) {
            address token = address(tokens[t]);
            if (counted[epoch][token]) continue;
            counted[epoch][token] = true;
            equal(distributor.growthCap(epoch, token), capOf(epoch, token), "cap");
            capsOfActiveEpochs[token] += capOf(epoch, token);
        }
        Row[] storage leaves = roots[rootIndex[hash]].leaves;
        for (uint256 i = 0; i < leaves.length; ++i) {
            uint256 best = greatestLeaf[leaves[i].account][leaves[i].token];
            if (leaves[i].cumulative > best) greatestLeaf[leaves[i].account][leaves[i].token] = leaves[i].cumulative;
        }
    }
}
