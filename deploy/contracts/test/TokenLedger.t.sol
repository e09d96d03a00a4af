// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {EpochClock} from "../src/EpochClock.sol";
import {AmountOutOfRange, MAX_AMOUNT, MAX_LIFETIME} from "../src/Limits.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {Ballots} from "../src/distributor/Ballots.sol";
import {Bonuses} from "../src/distributor/Bonuses.sol";
import {Claims} from "../src/distributor/Claims.sol";
import {RootQueue} from "../src/distributor/RootQueue.sol";
import {TokenLedger} from "../src/distributor/TokenLedger.sol";
import {HostileToken} from "./support/HostileToken.sol";
import {Network} from "./support/Network.sol";
import {Row, Tree} from "./support/Tree.sol";

contract TokenLedgerTest is Network {
    address private constant ALICE = address(0xA);
    address private constant APP = address(0xA99);

    HostileToken private other;

    function setUp() public override {
        super.setUp();
        other = new HostileToken();
        other.mint(address(this), 1_000_000);
        other.approve(address(distributor), type(uint256).max);
        distributor.setBonusToken(address(other), 10);
    }

    /// Totals of both tokens, sorted.
    function totals(uint256 main, uint256 second) private view returns (address[] memory tokens, uint256[] memory sums) {
        tokens = new address[](2);
        sums = new uint256[](2);
        bool mainFirst = address(token) < address(other);
        (tokens[0], tokens[1]) = mainFirst ? (address(token), address(other)) : (address(other), address(token));
        (sums[0], sums[1]) = mainFirst ? (main, second) : (second, main);
    }

    function publishBoth(uint64 epoch, Row[] memory leaves, uint256 main, uint256 second) private {
        if (block.timestamp < startOf(epoch + 1)) enter(epoch + 1);
        (address[] memory tokens, uint256[] memory sums) = totals(main, second);
        bytes32 root = Tree.root(leaves);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(epoch, root, tokens, sums, reportOf(epoch, root));
        }
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
    }

    function both(uint256 main, uint256 second) private view returns (Row[] memory) {
        return rows(row(ALICE, main), Row(ALICE, address(other), second));
    }

    function claimBoth(uint64 epoch, Row[] memory leaves) private returns (uint256[] memory) {
        address[] memory accounts = new address[](2);
        address[] memory tokens = new address[](2);
        uint256[] memory sums = new uint256[](2);
        bytes32[][] memory proofs = new bytes32[][](2);
        for (uint256 i = 0; i < 2; ++i) {
            (accounts[i], tokens[i], sums[i]) = (leaves[i].account, leaves[i].token, leaves[i].cumulative);
            proofs[i] = Tree.proof(leaves, i);
        }
        return distributor.claimMany(epoch, accounts, tokens, sums, proofs);
    }

    function test_depositBonus__not_allowed_small_or_late__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Bonuses.TokenNotAllowed.selector, address(token)));
        distributor.depositBonus(APP, 0, address(token), 100);
        vm.expectRevert(abi.encodeWithSelector(Bonuses.BonusTooSmall.selector, address(other), 9, 10));
        distributor.depositBonus(APP, 0, address(other), 9);
        enter(2);
        vm.expectRevert(abi.encodeWithSelector(Bonuses.EpochIsOver.selector, 1, 2));
        distributor.depositBonus(APP, 1, address(other), 10);
        distributor.depositBonus(APP, 2, address(other), 10);
    }

    function test_depositBonus__before_genesis__is_refused() external {
        vm.warp(GENESIS - 1);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.BeforeGenesis.selector, GENESIS - 1, GENESIS));
        distributor.depositBonus(APP, 0, address(other), 10);
    }

    function test_depositBonus__fee_on_transfer__counts_what_arrives() external {
        other.behave(HostileToken.Mood.TakesTenth);
        vm.expectEmit(true, true, true, true);
        emit Bonuses.BonusDeposited(APP, 0, address(other), 90, address(this));
        distributor.depositBonus(APP, 0, address(other), 100);
        equal(distributor.bonusOf(0, address(other)), 90, "counted");
        equal(distributor.growthCap(0, address(other)), 90, "cap");
    }

    function test_depositBonus__token_reenters__is_stopped() external {
        other.reenter(address(distributor), abi.encodeCall(distributor.depositBonus, (APP, 0, address(other), 50)));
        distributor.depositBonus(APP, 0, address(other), 100);
        isTrue(!other.reentered(), "the inner call failed");
        equal(distributor.bonusOf(0, address(other)), 100, "counted once");
    }

    function test_depositBonus__more_than_a_year_ahead__is_refused() external {
        enter(2);
        vm.expectRevert(abi.encodeWithSelector(Bonuses.EpochTooFar.selector, type(uint64).max, 367));
        distributor.depositBonus(APP, type(uint64).max, address(other), 10);
        vm.expectRevert(abi.encodeWithSelector(Bonuses.EpochTooFar.selector, 368, 367));
        distributor.depositBonus(APP, 368, address(other), 10);
        distributor.depositBonus(APP, 367, address(other), 10);
    }

    /// A listed token that mints could make sums of several epochs that nobody can settle.
    function test_depositBonus__all_epochs_together_beyond_a_lifetime__is_refused() external {
        other.mint(address(this), 2 * MAX_AMOUNT);
        distributor.depositBonus(APP, 0, address(other), MAX_LIFETIME - 10);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 11, 10));
        distributor.depositBonus(APP, 1, address(other), 11);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT, 10));
        distributor.depositBonus(APP, 1, address(other), MAX_AMOUNT);
        distributor.depositBonus(APP, 1, address(other), 10);
        equal(distributor.bonusEver(address(other)), MAX_LIFETIME, "in all");
        parameters.addCorrection(1, ALICE, address(other), MAX_LIFETIME);
        equal(distributor.growthCap(1, address(other)), MAX_LIFETIME + 10, "its grants are apart");
    }

    /// ALICE gave an allowance for bonuses. Named as the treasury, by mistake or not, she pays nothing.
    function test_setTreasury__account_that_has_not_accepted__is_not_drained() external {
        token.mint(ALICE, 1_000);
        vm.prank(ALICE);
        token.approve(address(distributor), type(uint256).max);
        uint256 before = token.balanceOf(treasury);
        vm.expectEmit(true, false, false, true);
        emit TokenLedger.TreasuryOffered(ALICE);
        distributor.setTreasury(ALICE);
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        equal(token.balanceOf(ALICE), 1_000, "untouched");
        equal(token.balanceOf(treasury), before - 100, "the treasury pays");
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NotPendingTreasury.selector, address(this)));
        distributor.acceptTreasury();
        vm.expectEmit(true, false, false, true);
        emit TokenLedger.TreasurySet(ALICE);
        vm.prank(ALICE);
        distributor.acceptTreasury();
        publish(1, rows(row(ALICE, 90), row(APP, 60)), 150);
        equal(token.balanceOf(ALICE), 950, "she pays now");
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NotPendingTreasury.selector, ALICE));
        distributor.acceptTreasury();
    }

    function test_constructor__treasury__has_the_role_only_once_it_accepts() external {
        RewardDistributor fresh = newDistributor(0, DELAY, oracles());
        equal(fresh.treasury(), address(0), "nobody yet");
        equal(fresh.pendingTreasury(), treasury, "offered");
    }

    /// Of a bonus of 50 all is paid, one of 70 waits for its epoch, and 9 and 4 came by plain transfers.
    function test_rescue__surplus_alone__goes_where_the_dao_says() external {
        distributor.depositBonus(APP, 0, address(other), 50);
        distributor.depositBonus(APP, 1, address(other), 70);
        Row[] memory leaves = both(100, 50);
        publishBoth(0, leaves, 100, 50);
        claimBoth(0, leaves);
        for (uint256 t = 0; t < 2; ++t) {
            address asset = t == 0 ? address(token) : address(other);
            vm.expectRevert(abi.encodeWithSelector(TokenLedger.NoSurplus.selector, asset));
            distributor.rescue(asset, ALICE);
        }
        token.mint(address(distributor), 9);
        other.transfer(address(distributor), 4);
        vm.expectEmit(true, true, true, true);
        emit TokenLedger.Rescued(address(token), APP, 9);
        equal(distributor.rescue(address(token), APP), 9, "emission token");
        equal(distributor.rescue(address(other), APP), 4, "bonus token");
        equal(other.balanceOf(address(distributor)), 70, "the bonus that waits");
        publishBoth(1, both(100, 120), 100, 120);
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NoSurplus.selector, address(other)));
        distributor.rescue(address(other), APP);
    }

    function test_rescue__token_short_of_what_is_owed__is_refused() external {
        distributor.depositBonus(APP, 0, address(other), 50);
        other.shrink(address(distributor), 1);
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NoSurplus.selector, address(other)));
        distributor.rescue(address(other), APP);
    }

    function test_rescue__not_the_dao__is_refused() external {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.rescue(address(token), guardian);
    }

    /// Whatever gas an activation gets and however slow the token is: what arrives is counted.
    function test_activate__tuned_gas_and_a_slow_token__no_wei_arrives_uncounted() external {
        other.mint(treasury, 1_000);
        vm.prank(treasury);
        other.approve(address(distributor), 1_000);
        uint256[2] memory slowness = [uint256(199_000), 295_000];
        for (uint64 epoch = 0; epoch < 2; ++epoch) parameters.addCorrection(epoch, ALICE, address(other), 70);
        for (uint64 epoch = 0; epoch < 2; ++epoch) {
            enter(epoch + 1);
            (address[] memory tokens, uint256[] memory sums) = totals(60, 70 * (epoch + 1));
            for (uint256 i = 0; i < 2; ++i) {
                vm.prank(oracle(i));
                distributor.vote(epoch, "root", tokens, sums, "report");
            }
            vm.warp(block.timestamp + DELAY);
            other.slowDown(slowness[epoch]);
            activateWithLeastGas(3 * slowness[epoch] - 50_000);
            other.slowDown(0);
            (uint256 funded,,) = distributor.ledgerOf(address(other));
            equal(other.balanceOf(address(distributor)), funded, "counted");
        }
    }

    function activateWithLeastGas(uint256 from) private {
        for (uint256 gas_ = from; gas_ < from + 300_000; gas_ += 500) {
            try distributor.activate{gas: gas_}() {
                return;
            } catch {}
        }
        revert("it never activates");
    }

    /// Sixteen tokens that take nearly all gas of three calls each, beside as many idle ones as can ever be listed.
    function test_activate__sixteen_slow_tokens_among_sixty_four__fits_a_transaction() external {
        address[] memory tokens = new address[](64);
        uint256[] memory sums = new uint256[](64);
        uint256 count = 0;
        for (uint160 i = 1; i <= 47; ++i) tokens[count++] = address(i);
        (tokens[count++], sums[47]) = (address(token), 60);
        for (; count < 64; ++count) {
            HostileToken slow = new HostileToken();
            (tokens[count], sums[count]) = (address(slow), 70);
            parameters.addCorrection(0, ALICE, address(slow), 70);
            slow.mint(treasury, 70);
            vm.prank(treasury);
            slow.approve(address(distributor), 70);
            slow.slowDown(199_000);
        }
        sort(tokens, sums);
        enter(1);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(0, "root", tokens, sums, "report");
        }
        vm.warp(block.timestamp + DELAY);
        distributor.activate{gas: 16_777_216 - 21_000}();
        for (uint256 i = 0; i < 64; ++i) {
            (uint256 funded,,) = distributor.ledgerOf(tokens[i]);
            equal(funded, sums[i], "funded");
        }
    }

    function sort(address[] memory tokens, uint256[] memory sums) private pure {
        for (uint256 i = 1; i < tokens.length; ++i) {
            for (uint256 j = i; j > 0 && tokens[j - 1] > tokens[j]; --j) {
                (tokens[j - 1], tokens[j]) = (tokens[j], tokens[j - 1]);
                (sums[j - 1], sums[j]) = (sums[j], sums[j - 1]);
            }
        }
    }

    function test_activate__opening_balances__are_pulled_with_the_first_epoch() external {
        parameters.addOpening(address(token), 40, "file");
        parameters.addOpening(address(other), 70, "file");
        other.mint(treasury, 70);
        vm.prank(treasury);
        other.approve(address(distributor), 70);
        uint256 before = token.balanceOf(treasury);
        Row[] memory leaves = both(EMISSION + 40, 70);
        publishBoth(0, leaves, EMISSION + 40, 70);
        equal(token.balanceOf(treasury), before - EMISSION - 40, "emission and opening");
        uint256[] memory paid = claimBoth(0, leaves);
        equal(paid[0], EMISSION + 40, "emission token");
        equal(paid[1], 70, "another token");
    }

    /// In a voided epoch every bonus returns to who paid it in, by its root: its cap stays.
    function test_activate__voided_epoch__pays_bonuses_back_and_corrections() external {
        enter(1);
        distributor.depositBonus(APP, 2, address(other), 100);
        parameters.addCorrection(2, ALICE, address(token), 5);
        parameters.voidEpoch(2);
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        publish(1, rows(row(ALICE, 60), row(APP, 40)), 100);
        enter(3);
        (address[] memory tokens, uint256[] memory sums) = totals(106, 100);
        vm.prank(oracle(0));
        vm.expectRevert(abi.encodeWithSelector(Ballots.GrowthAboveCap.selector, address(token), 6, 5));
        distributor.vote(2, "root", tokens, sums, "report");
        publishBoth(2, both(105, 100), 105, 100);
        equal(claimBoth(2, both(105, 100))[1], 100, "returned");
    }

    function test_setBonusToken__seventeenth__is_refused_until_one_leaves() external {
        for (uint160 i = 1; i <= 15; ++i) distributor.setBonusToken(address(i), 1);
        vm.expectRevert(abi.encodeWithSelector(Bonuses.TooManyBonusTokens.selector, 17, 17));
        distributor.setBonusToken(address(99), 1);
        distributor.setBonusToken(address(1), 0);
        distributor.setBonusToken(address(99), 1);
        distributor.setBonusToken(address(99), 2);
        equal(distributor.bonusTokenCount(), 16, "sixteen");
    }

    function test_setBonusToken__forty_eighth_ever__is_refused() external {
        for (uint160 i = 1; i <= 46; ++i) {
            distributor.setBonusToken(address(i), 1);
            distributor.setBonusToken(address(i), 0);
        }
        vm.expectRevert(abi.encodeWithSelector(Bonuses.TooManyBonusTokens.selector, 2, 48));
        distributor.setBonusToken(address(99), 1);
        distributor.setBonusToken(address(1), 1);
    }

    function test_activate__bonus_held__is_not_pulled_again() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        other.mint(treasury, 1_000);
        publishBoth(0, both(60, 100), 60, 100);
        equal(other.balanceOf(treasury), 1_000, "nothing pulled");
        equal(claimBoth(0, both(60, 100))[1], 100, "paid from the deposit");
    }

    function test_activate__bonus_of_a_later_epoch__does_not_pay_for_this_one() external {
        distributor.setBonusToken(address(token), 1);
        token.mint(address(this), 500);
        token.approve(address(distributor), 500);
        distributor.depositBonus(APP, 1, address(token), 500);
        uint256 before = token.balanceOf(treasury);
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        equal(token.balanceOf(treasury), before - 100, "emission in full");
        publish(1, rows(row(ALICE, 560), row(APP, 140)), 700);
        equal(token.balanceOf(treasury), before - 200, "growth less the bonus");
    }

    function test_activate__correction_in_token_that_cannot_be_pulled__waits_alone() external {
        parameters.addCorrection(0, ALICE, address(other), 70);
        other.behave(HostileToken.Mood.BurnsGas);
        Row[] memory leaves = both(60, 70);
        publishBoth(0, leaves, 60, 70);
        uint256[] memory paid = claimBoth(0, leaves);
        equal(paid[0], 60, "the other token is paid");
        equal(paid[1], 0, "this one is not covered");
        other.behave(HostileToken.Mood.Plain);
        other.mint(treasury, 70);
        vm.prank(treasury);
        other.approve(address(distributor), 70);
        distributor.fund(address(other));
        equal(claimBoth(0, leaves)[1], 70, "paid later");
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NothingMissing.selector, address(other)));
        distributor.fund(address(other));
    }

    function test_claimMany__hostile_token__is_skipped_and_others_are_paid() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        Row[] memory leaves = both(60, 100);
        publishBoth(0, leaves, 60, 100);
        HostileToken.Mood[4] memory moods = [
            HostileToken.Mood.Reverts,
            HostileToken.Mood.ReturnsFalse,
            HostileToken.Mood.BurnsGas,
            HostileToken.Mood.FloodsReturnData
        ];
        for (uint256 i = 0; i < moods.length; ++i) {
            other.behave(moods[i]);
            uint256[] memory paid = claimBoth(0, leaves);
            equal(paid[0], i == 0 ? 60 : 0, "plain token");
            equal(paid[1], 0, "hostile token");
            equal(distributor.claimed(ALICE, address(other)), 0, "nothing entered");
        }
        other.behave(HostileToken.Mood.Plain);
        equal(claimBoth(0, leaves)[1], 100, "paid once it behaves");
    }

    function test_claim__hostile_token__reverts_and_enters_nothing() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        Row[] memory leaves = both(60, 100);
        publishBoth(0, leaves, 60, 100);
        bytes32[] memory proof = Tree.proof(leaves, 1);
        other.behave(HostileToken.Mood.ReturnsFalse);
        vm.expectRevert(abi.encodeWithSelector(Claims.TransferRefused.selector, address(other), ALICE, 100));
        distributor.claim(0, ALICE, address(other), 100, proof);
        equal(distributor.claimed(ALICE, address(other)), 0, "nothing entered");
    }

    function test_claim__token_reenters__pays_once() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        Row[] memory leaves = both(60, 100);
        publishBoth(0, leaves, 60, 100);
        bytes32[] memory proof = Tree.proof(leaves, 1);
        other.reenter(address(distributor), abi.encodeCall(distributor.claim, (0, ALICE, address(other), 100, proof)));
        distributor.claim(0, ALICE, address(other), 100, proof);
        isTrue(!other.reentered(), "the inner call failed");
        equal(other.balanceOf(ALICE), 100, "once");
    }

    function test_claim__rebased_balance__fails_for_that_token_alone() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        Row[] memory leaves = both(60, 100);
        publishBoth(0, leaves, 60, 100);
        other.shrink(address(distributor), 50);
        uint256[] memory paid = claimBoth(0, leaves);
        equal(paid[0], 60, "other token");
        equal(paid[1], 0, "short token waits");
    }

    function test_claim__recipient_of_another_token__is_honoured() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        Row[] memory leaves = both(60, 100);
        publishBoth(0, leaves, 60, 100);
        vm.prank(ALICE);
        distributor.setRecipient(address(0xC0));
        claimBoth(0, leaves);
        equal(token.balanceOf(address(0xC0)), 60, "emission token");
        equal(other.balanceOf(address(0xC0)), 100, "bonus token");
        vm.prank(ALICE);
        distributor.setRecipient(address(0));
        equal(distributor.claimed(ALICE, address(token)), 60, "claimed is unchanged");
    }

    function test_mergeBonus__root_forgot_the_token__lowers_the_next_pull() external {
        distributor.depositBonus(APP, 0, address(other), 100);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotActive.selector, 0));
        distributor.mergeBonus(0, address(other));
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        distributor.mergeBonus(0, address(other));
        distributor.mergeBonus(0, address(other));
        (uint256 funded,, uint256 limit) = distributor.ledgerOf(address(other));
        equal(funded, 100, "counted once");
        equal(limit, 0, "promised to nobody yet");
    }

    function test_revoke__token_only_in_the_revoked_root__promises_nothing() external {
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        distributor.depositBonus(APP, 1, address(other), 100);
        publishBoth(1, both(60, 100), 100, 100);
        setPaused("claims", true);
        distributor.revoke(1, Tree.root(both(60, 100)));
        equal(distributor.acceptedTotal(address(other)), 0, "other token");
        equal(distributor.acceptedTotal(address(token)), 100, "token");
        setPaused("claims", false);
        publishBoth(1, both(60, 99), 100, 99);
        (uint256 funded,, uint256 limit) = distributor.ledgerOf(address(other));
        equal(funded, 100, "the deposit counts once");
        equal(limit, 99, "what the new root promises");
    }

    function test_restore__more_than_was_paid__is_refused() external {
        publish(0, rows(row(ALICE, 60), row(APP, 40)), 100);
        claim(0, rows(row(ALICE, 60), row(APP, 40)), 0);
        token.mint(address(this), 100);
        token.approve(address(distributor), 100);
        vm.expectRevert();
        distributor.restore(address(token), 61);
        distributor.restore(address(token), 60);
        (, uint256 paid,) = distributor.ledgerOf(address(token));
        equal(paid, 0, "restored");
    }
}
