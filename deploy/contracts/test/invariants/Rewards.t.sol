// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DevToken} from "../../src/DevToken.sol";
import {Invariants} from "../support/Invariants.sol";
import {Network} from "../support/Network.sol";
import {RewardsHandler} from "./RewardsHandler.sol";

contract RewardsInvariants is Network, Invariants {
    RewardsHandler private handler;
    DevToken private bonus;
    uint256 private constant OPENING = 300;
    uint256 private constant CORRECTION = 500; // in a token the treasury has too little of

    function setUp() public override {
        super.setUp();
        token.mint(treasury, 1e30);
        bonus = new DevToken("Bonus", "BON", address(this));
        distributor.setBonusToken(address(bonus), 10);
        handler = new RewardsHandler(distributor, token, bonus, keys, address(this), guardian, EMISSION);
        challenges.setRules(uint96(handler.BOND()), 2 days);
        for (uint256 i = 0; i < 3; ++i) token.mint(handler.account(i), 100 ether);
        bonus.mint(treasury, OPENING);
        vm.prank(treasury);
        bonus.approve(address(distributor), OPENING);
        bonus.transferOwnership(address(handler));
        correct(1, bonus, CORRECTION);
        correct(2, token, 5 ether);
        open(token, 7 ether);
        open(bonus, OPENING);
        target(address(handler));
    }

    function correct(uint64 epoch, DevToken asset, uint256 amount) private {
        parameters.addCorrection(epoch, address(0xACC0), address(asset), amount);
        handler.noteGrant(epoch, address(asset), amount);
    }

    function open(DevToken asset, uint256 amount) private {
        parameters.addOpening(address(asset), amount, "file");
        handler.noteGrant(0, address(asset), amount);
    }

    function assets() private view returns (address[2] memory) {
        return [address(token), address(bonus)];
    }

    /// One campaign for all: each run is expensive, each check cheap. That a wrong root can take no more than what is
    /// unclaimed and one epoch is checked by the handler at every activation.
    function invariant_money_is_safe() external view {
        checkPaidWithinFundedWithinCaps();
        checkBalanceCoversTheBook();
        checkClaimedWithinAnActiveLeaf();
    }

    /// What is paid was funded, and what is funded the epochs allowed.
    function checkPaidWithinFundedWithinCaps() private view {
        for (uint256 t = 0; t < 2; ++t) {
            address asset = assets()[t];
            (uint256 funded, uint256 paid, uint256 limit) = distributor.ledgerOf(asset);
            isTrue(paid <= funded, "paid beyond what was funded");
            isTrue(limit <= funded && limit <= distributor.acceptedTotal(asset), "limit");
            isTrue(funded <= handler.capsOfActiveEpochs(asset), "funded beyond the caps");
            equal(paid, handler.paidOut(asset), "paid is what went out");
        }
    }

    /// Every token held is either owed for active epochs or a bonus of an epoch still to come.
    function checkBalanceCoversTheBook() private view {
        (uint256 funded, uint256 paid,) = distributor.ledgerOf(address(token));
        equal(token.balanceOf(address(distributor)), funded - paid, "emission token");
        (funded, paid,) = distributor.ledgerOf(address(bonus));
        isTrue(bonus.balanceOf(address(distributor)) >= funded - paid, "bonus token");
        equal(token.balanceOf(address(challenges)), handler.BOND() * handler.openChallenges(), "bonds");
        equal(token.balanceOf(address(relay)), 0, "relay");
        equal(token.balanceOf(address(staking)), handler.stakedOut(), "staked rewards");
        isTrue(bonus.balanceOf(address(distributor)) + paid <= handler.deposited() + OPENING, "bonus token, above");
    }

    /// No account has received more than some root that became active granted it.
    function checkClaimedWithinAnActiveLeaf() private view {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 t = 0; t < 2; ++t) {
                (address who, address asset) = (handler.account(i), assets()[t]);
                isTrue(distributor.claimed(who, asset) <= handler.greatestLeaf(who, asset), "beyond every active leaf");
            }
        }
    }

    /// Nothing that happened keeps the next epochs from being voted on and activated.
    function afterInvariant() external {
        uint64 next = distributor.nextEpoch();
        handler.carryOn();
        equal(distributor.nextEpoch(), next + 3, "next epoch");
        equal(handler.oldestPending(), next + 3, "all active");
    }
}
