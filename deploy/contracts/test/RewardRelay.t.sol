// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DevToken} from "../src/DevToken.sol";
import {RewardRelay} from "../src/RewardRelay.sol";
import {MINER, Staking} from "../src/Staking.sol";
import {Aides} from "../src/distributor/Aides.sol";
import {Claims} from "../src/distributor/Claims.sol";
import {IRewards} from "../src/distributor/IRewards.sol";
import {BareWallet} from "./support/BareWallet.sol";
import {Network} from "./support/Network.sol";
import {Row, Tree} from "./support/Tree.sol";

contract RewardRelayTest is Network {
    address private constant BOB = address(0xB);
    address private constant TO = address(0xC0);
    address private alice;
    address private app;

    function setUp() public override {
        super.setUp();
        alice = vm.addr(keys[0]);
        app = registry.registerApp(0, 1_000, address(verifier), 600, "app");
    }

    function signed(uint256 key, address account, address to, uint256 nonce, uint256 deadline) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, relay.recipientHash(account, to, nonce, deadline));
        return abi.encodePacked(r, s, v);
    }

    function refuse(address account, address to, uint256 deadline, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(RewardRelay.NotSignedBy.selector, account));
        relay.setRecipientBySig(account, to, deadline, signature);
    }

    function test_setRecipientBySig__by_the_accounts_key__redirects_its_claims() external {
        bytes memory signature = signed(keys[0], alice, TO, 0, block.timestamp);
        vm.expectEmit(true, true, true, true);
        emit Claims.RecipientSet(alice, TO);
        relay.setRecipientBySig(alice, TO, block.timestamp, signature);
        Row[] memory leaves = rows(row(alice, 60), row(BOB, 40));
        publish(0, leaves, 100);
        claim(0, leaves, 0);
        equal(token.balanceOf(TO), 60, "recipient");
    }

    function test_setRecipientBySig__altered_replayed_revoked_or_of_another_key__is_refused() external {
        uint256 deadline = block.timestamp + 1 days;
        bytes memory signature = signed(keys[0], alice, TO, 0, deadline);
        refuse(alice, BOB, deadline, signature);
        refuse(alice, TO, deadline + 1, signature);
        refuse(BOB, TO, deadline, signature);
        refuse(alice, TO, deadline, signed(keys[1], alice, TO, 0, deadline));
        refuse(alice, TO, deadline, "");
        relay.setRecipientBySig(alice, TO, deadline, signature);
        refuse(alice, TO, deadline, signature);
        bytes memory later = signed(keys[0], alice, BOB, 1, deadline);
        vm.prank(alice);
        distributor.revokeSignatures();
        refuse(alice, BOB, deadline, later);
        equal(distributor.recipientOf(alice), TO, "unchanged");
    }

    function test_setRecipientBySig__after_the_deadline__is_refused() external {
        uint256 deadline = block.timestamp;
        bytes memory signature = signed(keys[0], alice, TO, 0, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(RewardRelay.SignatureExpired.selector, deadline));
        relay.setRecipientBySig(alice, TO, deadline, signature);
    }

    function test_setRecipientBySig__contract_account__counts_by_its_own_word() external {
        address wallet = address(new BareWallet(alice));
        relay.setRecipientBySig(wallet, TO, block.timestamp, signed(keys[0], wallet, TO, 0, block.timestamp));
        equal(distributor.recipientOf(wallet), TO, "set");
        refuse(BOB, TO, block.timestamp, signed(keys[0], BOB, TO, 0, block.timestamp));
    }

    function test_setRecipientFor__not_the_relay__is_refused() external {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Aides.NotAide.selector, alice));
        distributor.setRecipientFor(alice, TO);
    }

    /// As wallets compute it from the field names that README tells.
    function test_recipientHash__is_the_hash_of_eip_712() external view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("PoZK Reward Distributor"),
                keccak256("1"),
                block.chainid,
                address(distributor)
            )
        );
        bytes32 content = keccak256(abi.encode(relay.RECIPIENT_TYPEHASH(), alice, TO, 3, 4));
        bytes32 expected = keccak256(abi.encodePacked(hex"1901", domain, content));
        equal(relay.recipientHash(alice, TO, 3, 4), expected, "hash");
    }

    function claimAndStake(address by, Row[] memory leaves, uint256 index, address app_) private returns (uint256) {
        bytes32[] memory proof = Tree.proof(leaves, index);
        vm.prank(by);
        return relay.claimAndStake(0, leaves[index].cumulative, proof, app_, MINER);
    }

    function test_claimAndStake__owed__is_the_accounts_stake_and_pays_nobody() external {
        Row[] memory leaves = rows(row(alice, 60), row(BOB, 40));
        publish(0, leaves, 100);
        vm.prank(alice);
        distributor.setRecipient(TO);
        vm.expectEmit(true, true, true, true);
        emit Staking.StakeChanged(app, alice, MINER, 60, 2);
        enter(1);
        equal(claimAndStake(alice, leaves, 0, app), 60, "paid");
        equal(token.balanceOf(TO) + token.balanceOf(alice) + token.balanceOf(address(relay)), 0, "nobody holds it");
        equal(distributor.claimed(alice, address(token)), 60, "claimed");
        enter(2);
        equal(staking.effectiveStake(app, alice, MINER), 60, "staked");
        equal(claimAndStake(alice, leaves, 0, app), 0, "nothing left is no error");
    }

    function test_claimAndStake__another_accounts_leaf_or_unknown_app__is_refused_and_nothing_claimed() external {
        Row[] memory leaves = rows(row(alice, 60), row(BOB, 40));
        publish(0, leaves, 100);
        bytes32[] memory proof = Tree.proof(leaves, 0);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(Claims.BadProof.selector, BOB, address(token), 60));
        relay.claimAndStake(0, 60, proof, app, MINER);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Staking.UnknownApp.selector, BOB));
        relay.claimAndStake(0, 60, proof, BOB, MINER);
        equal(distributor.claimed(alice, address(token)), 0, "still to be claimed");
    }

    function test_constructor__stakes_of_another_token__is_refused() external {
        DevToken other = new DevToken("Other", "OTH", address(this));
        vm.expectRevert(abi.encodeWithSelector(RewardRelay.OtherStakedToken.selector, address(token)));
        new RewardRelay(IRewards(address(distributor)), other, staking);
    }
}
