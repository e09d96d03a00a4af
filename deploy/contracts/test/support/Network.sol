// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AppRegistry} from "../../src/AppRegistry.sol";
import {ChallengeDesk} from "../../src/ChallengeDesk.sol";
import {DevToken} from "../../src/DevToken.sol";
import {Clock} from "../../src/EpochClock.sol";
import {IEpochQueue} from "../../src/IEpochQueue.sol";
import {MarketDesk} from "../../src/MarketDesk.sol";
import {Parameters} from "../../src/Parameters.sol";
import {RewardDistributor, RewardRoles} from "../../src/RewardDistributor.sol";
import {RewardRelay} from "../../src/RewardRelay.sol";
import {Staking} from "../../src/Staking.sol";
import {Roles, TaskMarket} from "../../src/TaskMarket.sol";
import {MarketRules} from "../../src/market/MarketRules.sol";
import {PreimageVerifier} from "../../src/verifiers/PreimageVerifier.sol";
import {Harness} from "./Harness.sol";
import {Row, Tree} from "./Tree.sol";

/// A whole network whose DAO is the test, with three oracles, and epochs of one day beginning at 1,000,000 s.
abstract contract Network is Harness {
    uint64 internal constant GENESIS = 1_000_000;
    uint64 internal constant LENGTH = 86_400;
    uint64 internal constant DELAY = 3_600;
    uint256 internal constant EMISSION = 1_000 ether;
    uint128 internal constant CAPACITY = 10 ether;
    uint128 internal constant MISS = 2 ether;

    address internal constant ARBITER = address(0xA2B1);
    address internal treasury = address(0x7EA5);
    address internal guardian = address(0x60A4D);
    address internal pauser = address(0x9A05E);
    uint256[3] internal keys = [uint256(0xA11CE), 0xB0B, 0xCA401];

    DevToken internal token;
    Parameters internal parameters;
    AppRegistry internal registry;
    Staking internal staking;
    TaskMarket internal market;
    /// The market again, for what its desk does.
    MarketDesk internal desk;
    RewardDistributor internal distributor;
    RewardRelay internal relay;
    ChallengeDesk internal challenges;
    PreimageVerifier internal verifier;

    function setUp() public virtual {
        vm.warp(GENESIS);
        Clock memory clock = Clock(GENESIS, LENGTH, 0);
        token = new DevToken("PoZK", "POZK", address(this));
        parameters = new Parameters(clock, address(this));
        registry = new AppRegistry(clock, address(this), parameters);
        staking = new Staking(clock, address(this), token, registry);
        Roles memory roles = Roles(address(this), ARBITER, pauser);
        desk = new MarketDesk(clock, token, registry, staking);
        market = new TaskMarket(desk, roles, MarketRules.Capacity(CAPACITY, MISS));
        desk = MarketDesk(address(market));
        distributor = newDistributor(0, DELAY, oracles());
        (relay, challenges) = (distributor.relay(), distributor.desk());
        verifier = new PreimageVerifier();
        staking.setSlasher(address(market), true, address(market).codehash);
        parameters.setDistributor(IEpochQueue(address(distributor)));
        parameters.setEmission(0, EMISSION);
        token.mint(treasury, 1_000_000 ether);
        vm.startPrank(treasury);
        token.approve(address(distributor), type(uint256).max);
        distributor.acceptTreasury();
        vm.stopPrank();
    }

    function newDistributor(uint64 first, uint64 delay, address[] memory members) internal returns (RewardDistributor) {
        RewardRoles memory roles = RewardRoles(address(this), treasury, guardian, pauser);
        return new RewardDistributor(Clock(GENESIS, LENGTH, first), roles, token, parameters, staking, delay, members);
    }

    function oracles() internal view returns (address[] memory three) {
        three = new address[](3);
        for (uint256 i = 0; i < 3; ++i) three[i] = vm.addr(keys[i]);
    }

    function oracle(uint256 index) internal view returns (address) {
        return vm.addr(keys[index]);
    }

    /// Gives every scheme a weight from epoch 0 on, without which no app of it is approved.
    function weighSchemes() internal {
        for (uint8 scheme = 0; scheme < 3; ++scheme) parameters.setSchemeWeight(0, scheme, 1_000);
    }

    /// Approves an app by the DAO's own terms, with the verifier's code as it is.
    function approve(address app, uint64 fromEpoch, uint8 scheme, uint64 gates, address by, uint32 window) internal {
        registry.approveApp(app, fromEpoch, scheme, gates, by, window, by.codehash);
    }

    function startOf(uint64 epoch) internal pure returns (uint256) {
        return GENESIS + uint256(epoch) * LENGTH;
    }

    function enter(uint64 epoch) internal {
        vm.warp(startOf(epoch));
    }

    function list(address a) internal pure returns (address[] memory one) {
        one = new address[](1);
        one[0] = a;
    }

    function list(uint256 a) internal pure returns (uint256[] memory one) {
        one = new uint256[](1);
        one[0] = a;
    }

    function list(bytes32 a) internal pure returns (bytes32[] memory one) {
        one = new bytes32[](1);
        one[0] = a;
    }

    /// The DAO pauses a part of the distributor without end, or ends the pause.
    function setPaused(bytes32 flag, bool paused) internal {
        distributor.setPause(list(flag), paused ? type(uint64).max : 0);
    }

    function row(address account, uint256 cumulative) internal view returns (Row memory) {
        return Row(account, address(token), cumulative);
    }

    function rows(Row memory a, Row memory b) internal pure returns (Row[] memory two) {
        two = new Row[](2);
        (two[0], two[1]) = (a, b);
    }

    function reportOf(uint64 epoch, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode("report", epoch, root));
    }

    function vote(uint256 who, uint64 epoch, bytes32 root, uint256 total) internal {
        vm.prank(oracle(who));
        distributor.vote(epoch, root, list(address(token)), list(total), reportOf(epoch, root));
    }

    /// Two of three oracles agree, which proposes.
    function proposeRoot(uint64 epoch, bytes32 root, uint256 total) internal {
        vote(0, epoch, root, total);
        vote(1, epoch, root, total);
    }

    /// Takes a root all the way; ends at the moment of its activation.
    function publish(uint64 epoch, Row[] memory leaves, uint256 total) internal {
        if (block.timestamp < startOf(epoch + 1)) enter(epoch + 1);
        proposeRoot(epoch, Tree.root(leaves), total);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
    }

    function claim(uint64 epoch, Row[] memory leaves, uint256 index) internal returns (uint256) {
        Row memory leaf = leaves[index];
        return distributor.claim(epoch, leaf.account, leaf.token, leaf.cumulative, Tree.proof(leaves, index));
    }
}
