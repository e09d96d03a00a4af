// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Dao} from "../src/Dao.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {Network} from "./support/Network.sol";

contract DaoTest is Network {
    uint256 private constant MIN_DELAY = 2 days;
    address private constant EVE = address(0xE7E);

    Dao private dao;

    function setUp() public override {
        super.setUp();
        dao = new Dao(MIN_DELAY, list(address(this)), list(address(0)));
        distributor.transferOwnership(address(dao));
        run(abi.encodeCall(distributor.acceptOwnership, ()));
    }

    /// Schedules a call of the distributor, waits and executes it.
    function run(bytes memory call) private {
        dao.schedule(address(distributor), 0, call, 0, keccak256(call), MIN_DELAY);
        vm.warp(block.timestamp + MIN_DELAY);
        dao.execute(address(distributor), 0, call, 0, keccak256(call));
    }

    function test_execute__after_the_delay__governs() external {
        run(abi.encodeCall(distributor.setCommittee, (list(oracle(2)), 1)));
        isTrue(distributor.isMember(oracle(2)) && !distributor.isMember(oracle(0)), "committee");
        run(abi.encodeCall(distributor.setGuardian, (EVE)));
        equal(distributor.guardian(), EVE, "guardian");
    }

    function test_execute__before_the_delay_or_unscheduled__is_refused() external {
        bytes memory call = abi.encodeCall(distributor.setGuardian, (EVE));
        vm.expectRevert();
        dao.execute(address(distributor), 0, call, 0, 0);
        dao.schedule(address(distributor), 0, call, 0, 0, MIN_DELAY);
        vm.warp(block.timestamp + MIN_DELAY - 1);
        vm.expectRevert();
        dao.execute(address(distributor), 0, call, 0, 0);
        equal(distributor.guardian(), guardian, "unchanged");
    }

    /// A pause by the pauser outlasts a vote and the delay, whatever the DAO makes of it: both are bounded.
    function test_updateDelay__beyond_what_a_pause_allows__is_refused() external {
        uint256 limit = dao.MAX_DELAY();
        vm.expectRevert(abi.encodeWithSelector(Dao.DelayTooLong.selector, limit + 1, limit));
        new Dao(limit + 1, list(address(this)), list(address(0)));
        isTrue(limit < distributor.MAX_PAUSE(), "shorter than a pause");
        bytes memory call = abi.encodeCall(dao.updateDelay, (limit + 1));
        dao.schedule(address(dao), 0, call, 0, 0, MIN_DELAY);
        vm.warp(block.timestamp + MIN_DELAY);
        vm.expectRevert(abi.encodeWithSelector(Dao.DelayTooLong.selector, limit + 1, limit));
        dao.execute(address(dao), 0, call, 0, 0);
        call = abi.encodeCall(dao.updateDelay, (limit));
        dao.schedule(address(dao), 0, call, 0, 0, MIN_DELAY);
        vm.warp(block.timestamp + MIN_DELAY);
        dao.execute(address(dao), 0, call, 0, 0);
        equal(dao.getMinDelay(), limit, "delay");
    }

    function test_setGuardian__proposer_itself__is_refused() external {
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(this)));
        distributor.setGuardian(EVE);
    }

    function test_schedule__anyone_else__is_refused() external {
        vm.prank(EVE);
        vm.expectRevert();
        dao.schedule(address(distributor), 0, abi.encodeCall(RewardDistributor.setGuardian, (EVE)), 0, 0, MIN_DELAY);
    }
}
