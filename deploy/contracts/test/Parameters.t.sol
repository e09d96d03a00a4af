// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Clock, EpochClock} from "../src/EpochClock.sol";
import {AmountOutOfRange, MAX_AMOUNT} from "../src/Limits.sol";
import {Parameters} from "../src/Parameters.sol";
import {Network} from "./support/Network.sol";

contract ParametersTest is Network {
    function test_setEmission__until_first_is_over__any_epoch() external {
        vm.warp(GENESIS - 5);
        parameters.setEmission(0, 1);
        vm.warp(startOf(1) - 1);
        parameters.setEmission(0, 2);
        equal(parameters.emissionAt(9), 2, "in force");
    }

    function test_setEmission__present_or_past_epoch_later__is_refused() external {
        enter(4);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 4, 4));
        parameters.setEmission(4, 1);
        parameters.setEmission(5, 1);
        equal(parameters.emissionAt(4), EMISSION, "before");
        equal(parameters.emissionAt(5), 1, "after");
    }

    function test_everySetter__present_epoch__is_refused() external {
        enter(4);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 4, 4));
        parameters.setWeights(4, 5_000, 5_000, 5_000, 5_000, 1);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 3, 4));
        parameters.setSchemeWeight(3, 0, 1_000);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 4, 4));
        parameters.setRuleset(4, "paper-v1", 0);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 4, 4));
        parameters.addCorrection(4, address(1), address(token), 1);
    }

    function test_everySetter__not_the_dao__is_refused() external {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        parameters.setWeights(4, 5_000, 5_000, 5_000, 5_000, 1);
        vm.expectRevert(refusal);
        parameters.setSchemeWeight(3, 0, 1_000);
        vm.expectRevert(refusal);
        parameters.setEmission(3, 1);
        vm.expectRevert(refusal);
        parameters.setRuleset(4, "paper-v1", 0);
        vm.expectRevert(refusal);
        parameters.decideQuarantine(bytes32(0), 0, 0);
        vm.expectRevert(refusal);
        parameters.addCorrection(4, address(1), address(token), 1);
        vm.stopPrank();
    }

    function test_setWeights__sums_wrong__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.WeightsDoNotSum.selector, 5_000, 5_001, 5_000, 5_000));
        parameters.setWeights(0, 5_000, 5_001, 5_000, 5_000, 1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.WeightsDoNotSum.selector, 5_000, 5_000, 0, 9_999));
        parameters.setWeights(0, 5_000, 5_000, 0, 9_999, 1);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT + 1, MAX_AMOUNT));
        parameters.setWeights(0, 5_000, 5_000, 0, 10_000, uint128(MAX_AMOUNT + 1));
        parameters.setWeights(0, 5_000, 5_000, 0, 10_000, uint128(MAX_AMOUNT));
    }

    function test_setRuleset__residual_above_one__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.BadRuleset.selector, bytes32("paper-v1"), 2));
        parameters.setRuleset(0, "paper-v1", 2);
    }

    function test_decideQuarantine__unknown_decision__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.UnknownDecision.selector, 1));
        parameters.decideQuarantine(bytes32(0), 0, 1);
    }

    function test_addCorrection__several__sum_up_by_token() external {
        parameters.addCorrection(2, address(1), address(token), 5);
        parameters.addCorrection(2, address(2), address(token), 6);
        parameters.addCorrection(2, address(2), address(7), 9);
        equal(parameters.correctionsOf(2, address(token)), 11, "token");
        equal(parameters.correctionsOf(2, address(7)), 9, "other token");
        equal(parameters.correctionsOf(3, address(token)), 0, "other epoch");
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT + 11, MAX_AMOUNT));
        parameters.addCorrection(2, address(3), address(token), MAX_AMOUNT);
    }

    function test_addCorrection__seventeenth_token__is_refused() external {
        for (uint160 i = 1; i <= 16; ++i) parameters.addCorrection(2, address(1), address(i), 1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.TooManyCorrectionTokens.selector, address(17), 16));
        parameters.addCorrection(2, address(1), address(17), 1);
        parameters.addCorrection(2, address(1), address(16), 1);
    }

    function test_addCorrection__epoch_never_settled__is_refused() external {
        Parameters late = new Parameters(Clock(GENESIS, LENGTH, 5), address(this));
        vm.expectRevert(abi.encodeWithSelector(Parameters.EpochBeforeFirst.selector, 4, 5));
        late.addCorrection(4, address(1), address(token), 1);
        late.addCorrection(5, address(1), address(token), 1);
    }
}
