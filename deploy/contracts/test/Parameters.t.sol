// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Clock, EpochClock} from "../src/EpochClock.sol";
import {IEpochQueue} from "../src/IEpochQueue.sol";
import {AmountOutOfRange, MAX_AMOUNT, MAX_EMISSION, MAX_LIFETIME, MAX_USAGE_UNIT} from "../src/Limits.sol";
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
        vm.expectRevert(refusal);
        parameters.allowRuleset("paper-v3", 1, "text");
        vm.expectRevert(refusal);
        parameters.voidEpoch(9);
        vm.expectRevert(refusal);
        parameters.addOpening(address(token), 1, "file");
        vm.expectRevert(refusal);
        parameters.setDistributor(IEpochQueue(address(distributor)));
        vm.stopPrank();
    }

    function test_setWeights__sums_wrong__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.WeightsDoNotSum.selector, 5_000, 5_001, 5_000, 5_000));
        parameters.setWeights(0, 5_000, 5_001, 5_000, 5_000, 1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.WeightsDoNotSum.selector, 5_000, 5_000, 0, 9_999));
        parameters.setWeights(0, 5_000, 5_000, 0, 9_999, 1);
    }

    function test_setWeights__usage_unit_beyond_the_gates_of_a_circuit__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_USAGE_UNIT + 1, MAX_USAGE_UNIT));
        parameters.setWeights(0, 5_000, 5_000, 0, 10_000, MAX_USAGE_UNIT + 1);
        parameters.setWeights(0, 5_000, 5_000, 0, 10_000, MAX_USAGE_UNIT);
    }

    function test_setEmission__more_than_sums_can_hold__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_EMISSION + 1, MAX_EMISSION));
        parameters.setEmission(0, MAX_EMISSION + 1);
        parameters.setEmission(0, MAX_EMISSION);
        isTrue(33 * MAX_EMISSION + 2 * MAX_LIFETIME <= MAX_AMOUNT, "grants, bonuses and 33 epochs fit");
    }

    function test_setEmission__forty_later_changes__can_still_be_set_for_the_next_epoch() external {
        for (uint64 epoch = 100; epoch < 140; ++epoch) parameters.setEmission(epoch, epoch);
        parameters.setEmission(1, 7);
        equal(parameters.emissionAt(99), 7, "before the later ones");
        equal(parameters.emissionAt(139), 139, "the last one");
    }

    function test_setRuleset__name_or_residual_not_on_the_list__is_refused() external {
        string[2] memory unknown = ["pozk-v1", ""];
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 name = bytes32(bytes(unknown[i]));
            vm.expectRevert(abi.encodeWithSelector(Parameters.RulesetNotAllowed.selector, name, 0));
            parameters.setRuleset(0, name, 0);
        }
        vm.expectRevert(abi.encodeWithSelector(Parameters.RulesetNotAllowed.selector, bytes32("paper-v1"), 2));
        parameters.setRuleset(0, "paper-v1", 2);
        vm.expectRevert(abi.encodeWithSelector(Parameters.RulesetNotAllowed.selector, bytes32("paper-v1"), 255));
        parameters.setRuleset(0, "paper-v1", 255);
        parameters.setRuleset(0, "paper-v1", 1);
        parameters.setRuleset(0, "paper-v2", 0);
        parameters.setRuleset(0, "paper-v2", 1);
    }

    function test_allowRuleset__new_name__can_be_set_with_its_residuals_alone() external {
        vm.expectEmit(true, true, true, true);
        emit Parameters.RulesetAllowed("paper-v3", 1, "text");
        parameters.allowRuleset("paper-v3", 1, "text");
        parameters.setRuleset(3, "paper-v3", 0);
        vm.expectRevert(abi.encodeWithSelector(Parameters.RulesetNotAllowed.selector, bytes32("paper-v3"), 1));
        parameters.setRuleset(3, "paper-v3", 1);
    }

    function test_allowRuleset__name_that_is_listed_or_says_nothing__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.RulesetAlreadyAllowed.selector, bytes32("paper-v1")));
        parameters.allowRuleset("paper-v1", 3, "another text");
        vm.expectRevert(abi.encodeWithSelector(Parameters.BadRuleset.selector, bytes32(0), 3, bytes32("text")));
        parameters.allowRuleset(0, 3, "text");
        vm.expectRevert(abi.encodeWithSelector(Parameters.BadRuleset.selector, bytes32("paper-v3"), 0, bytes32("text")));
        parameters.allowRuleset("paper-v3", 0, "text");
        vm.expectRevert(abi.encodeWithSelector(Parameters.BadRuleset.selector, bytes32("paper-v3"), 4, bytes32("text")));
        parameters.allowRuleset("paper-v3", 4, "text");
        vm.expectRevert(abi.encodeWithSelector(Parameters.BadRuleset.selector, bytes32("paper-v3"), 3, bytes32(0)));
        parameters.allowRuleset("paper-v3", 3, 0);
    }

    function test_alphaFrom__weight_set_for_later__is_none_before() external {
        equal(parameters.alphaFrom(2, 9), 0, "none at all");
        parameters.setSchemeWeight(5, 2, 4_000);
        parameters.setSchemeWeight(8, 2, 3_000);
        equal(parameters.alphaFrom(2, 4), 0, "not yet");
        equal(parameters.alphaFrom(2, 5), 4_000, "from then on");
        equal(parameters.alphaFrom(2, type(uint64).max), 3_000, "the last one for ever");
        equal(parameters.alphaFrom(1, 9), 0, "another scheme");
    }

    function test_setDistributor__twice_or_one_of_another_network__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.DistributorStays.selector, address(distributor)));
        parameters.setDistributor(IEpochQueue(address(distributor)));
        Parameters other = new Parameters(Clock(GENESIS, LENGTH, 0), address(this));
        vm.expectRevert(abi.encodeWithSelector(Parameters.ForeignDistributor.selector, address(distributor)));
        other.setDistributor(IEpochQueue(address(distributor)));
    }

    function test_voidEpoch__epoch_to_come__takes_its_emission_out_of_the_cap() external {
        parameters.addCorrection(3, address(1), address(token), 5);
        vm.expectEmit(true, true, true, true);
        emit Parameters.EpochVoided(3);
        parameters.voidEpoch(3);
        equal(distributor.growthCap(2, address(token)), EMISSION, "the epoch before");
        equal(distributor.growthCap(3, address(token)), 5, "its correction counts");
        equal(distributor.growthCap(4, address(token)), EMISSION, "the epoch after");
        equal(parameters.emissionAt(3), 0, "emission");
    }

    function test_voidEpoch__epoch_that_has_begun__leaves_the_cap() external {
        enter(2);
        parameters.voidEpoch(0);
        parameters.voidEpoch(2);
        equal(distributor.growthCap(0, address(token)), EMISSION, "an ended epoch");
        equal(distributor.growthCap(2, address(token)), EMISSION, "the present one");
        parameters.voidEpoch(3);
        equal(distributor.growthCap(3, address(token)), 0, "the next one");
    }

    function test_voidEpoch__pending_or_active__is_refused_until_it_is_taken_back() external {
        enter(1);
        proposeRoot(0, keccak256("root"), 1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.EpochSettled.selector, 0, 1));
        parameters.voidEpoch(0);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
        vm.expectRevert(abi.encodeWithSelector(Parameters.EpochSettled.selector, 0, 1));
        parameters.voidEpoch(0);
        enter(2);
        proposeRoot(1, keccak256("root"), 1);
        vm.prank(guardian);
        distributor.veto(1);
        parameters.voidEpoch(1);
    }

    function test_voidEpoch__again_or_before_the_first__is_refused() external {
        parameters.voidEpoch(7);
        vm.expectRevert(abi.encodeWithSelector(Parameters.AlreadyVoided.selector, 7));
        parameters.voidEpoch(7);
        Parameters late = new Parameters(Clock(GENESIS, LENGTH, 5), address(this));
        vm.expectRevert(abi.encodeWithSelector(Parameters.EpochBeforeFirst.selector, 4, 5));
        late.voidEpoch(4);
        late.voidEpoch(5);
    }

    function test_voidEpoch__no_distributor_named__takes_epochs_to_come_alone() external {
        Parameters other = new Parameters(Clock(GENESIS, LENGTH, 0), address(this));
        vm.expectRevert(abi.encodeWithSelector(Parameters.NoDistributor.selector));
        other.voidEpoch(0);
        other.voidEpoch(1);
    }

    function test_addOpening__before_the_first_epoch_ends__raises_its_cap() external {
        vm.warp(startOf(1) - 1);
        vm.expectEmit(true, true, true, true);
        emit Parameters.OpeningAdded(address(token), 70, "file");
        parameters.addOpening(address(token), 70, "file");
        parameters.addOpening(address(7), 9, "file");
        equal(distributor.growthCap(0, address(token)), EMISSION + 70, "emission token");
        equal(distributor.growthCap(0, address(7)), 9, "another token");
        equal(distributor.growthCap(1, address(7)), 0, "later epochs");
        equal(parameters.openingFile(), "file", "file");
    }

    function test_addOpening__after_the_first_epoch__is_refused() external {
        enter(1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.OpeningTooLate.selector, 0));
        parameters.addOpening(address(token), 70, "file");
    }

    function test_addOpening__again_or_of_another_file__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Parameters.AnotherOpeningFile.selector, bytes32(0), bytes32(0)));
        parameters.addOpening(address(token), 70, 0);
        parameters.addOpening(address(token), 70, "file");
        vm.expectRevert(abi.encodeWithSelector(Parameters.OpeningAlreadyAdded.selector, address(token)));
        parameters.addOpening(address(token), 1, "file");
        vm.expectRevert(abi.encodeWithSelector(Parameters.AnotherOpeningFile.selector, bytes32("other"), bytes32("file")));
        parameters.addOpening(address(7), 1, "other");
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, MAX_AMOUNT));
        parameters.addOpening(address(7), 0, "file");
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
    }

    function test_addCorrection__all_epochs_together_beyond_a_lifetime__is_refused() external {
        parameters.addOpening(address(token), 1, "file");
        parameters.addCorrection(2, address(1), address(token), MAX_LIFETIME - 2);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_LIFETIME + 1, MAX_LIFETIME));
        parameters.addCorrection(3, address(1), address(token), 2);
        parameters.addCorrection(3, address(1), address(token), 1);
        equal(parameters.grantedEver(address(token)), MAX_LIFETIME, "in all");
    }

    function test_addCorrection__seventeenth_token__is_refused() external {
        for (uint160 i = 1; i <= 16; ++i) parameters.addCorrection(2, address(1), address(i), 1);
        vm.expectRevert(abi.encodeWithSelector(Parameters.TooManyGrantTokens.selector, address(17), 16));
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
