// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AppRegistry} from "../src/AppRegistry.sol";
import {Clock, EpochClock} from "../src/EpochClock.sol";
import {Parameters} from "../src/Parameters.sol";
import {IVerifier} from "../src/verifiers/IVerifier.sol";
import {NoPlainCode} from "../src/verifiers/PlainCode.sol";
import {PreimageVerifier} from "../src/verifiers/PreimageVerifier.sol";
import {Network} from "./support/Network.sol";

/// A verifier of a circuit of its own.
contract DomainVerifier is IVerifier {
    bytes32 public immutable statementDomain;

    constructor(bytes32 domain) {
        statementDomain = domain;
    }

    function verify(bytes calldata, bytes calldata) external pure returns (bool, uint64) {
        return (true, 1);
    }
}

contract AppRegistryTest is Network {
    function setUp() public override {
        super.setUp();
        weighSchemes();
    }

    function register() private returns (address) {
        return registry.registerApp(1, 1_000, address(verifier), 600, "app");
    }

    function test_registerApp__twice__gives_two_apps() external {
        address one = register();
        address two = register();
        isTrue(one != two, "distinct");
        equal(registry.ownerOf(two), address(this), "owner");
        (bool approved,,,,) = registry.approvalAt(one, 9);
        isTrue(!approved, "not approved by itself");
    }

    function test_registerApp__bad_terms__is_refused() external {
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(3, 1_000, address(verifier), 600, "scheme");
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(0, 0, address(verifier), 600, "gates");
        vm.expectRevert(abi.encodeWithSelector(NoPlainCode.selector, address(0xE0A)));
        registry.registerApp(0, 1_000, address(0xE0A), 600, "no code");
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(0, 1_000, address(verifier), 0, "window");
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(0, 1_000, address(verifier), 7 days + 1, "window");
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NameTooLong.selector, 129, 128));
        registry.registerApp(0, 1_000, address(verifier), 1, string(new bytes(129)));
    }

    function test_approveApp__future_epoch__applies_from_it() external {
        address app = register();
        enter(3);
        approve(app, 5, 1, 2_000, address(verifier), 60);
        (bool before,,,,) = registry.approvalAt(app, 4);
        (bool then, uint8 scheme, uint64 gates, address at_, uint32 window) = registry.approvalAt(app, 5);
        isTrue(!before && then, "from epoch 5 on");
        equal(scheme, 1, "scheme");
        equal(gates, 2_000, "gates");
        equal(at_, address(verifier), "verifier");
        equal(window, 60, "window");
    }

    function test_approveApp__present_epoch__is_refused() external {
        address app = register();
        enter(3);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 3, 3));
        approve(app, 3, 1, 2_000, address(verifier), 60);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 2, 3));
        registry.stopApp(app, 2);
    }

    function test_approveApp__unknown_app__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.UnknownApp.selector, address(1)));
        approve(address(1), 0, 1, 2_000, address(verifier), 60);
    }

    function test_approveApp__not_the_dao__is_refused() external {
        address app = register();
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        approve(app, 0, 1, 2_000, address(verifier), 60);
        vm.expectRevert(refusal);
        registry.stopApp(app, 0);
        vm.stopPrank();
    }

    function test_stopApp__ends_and_approval_restarts() external {
        address app = register();
        approve(app, 0, 1, 2_000, address(verifier), 60);
        registry.stopApp(app, 3);
        approve(app, 6, 0, 9, address(verifier), 60);
        (bool two,,,,) = registry.approvalAt(app, 2);
        (bool five,,,,) = registry.approvalAt(app, 5);
        (bool six, uint8 scheme,,,) = registry.approvalAt(app, 6);
        isTrue(two && !five && six, "2 yes, 5 no, 6 yes");
        equal(scheme, 0, "new terms");
    }

    function test_registerApp__account_that_points_to_code__is_refused() external {
        vm.etch(address(0x7702), abi.encodePacked(hex"ef0100", address(verifier)));
        vm.expectRevert(abi.encodeWithSelector(NoPlainCode.selector, address(0x7702)));
        registry.registerApp(0, 1_000, address(0x7702), 600, "delegated");
    }

    function requestHash(address app) private view returns (bytes32) {
        return registry.termsHash(registry.requestedTerms(app));
    }

    function test_approveRequested__as_reviewed__applies_next_epoch() external {
        address app = register();
        approve(app, 0, 1, 1_000, address(verifier), 600);
        PreimageVerifier other = new PreimageVerifier();
        registry.requestUpgrade(app, 0, 7, address(other), 60);
        (,, uint64 gates,,) = registry.approvalAt(app, 1);
        equal(gates, 1_000, "asking changes nothing");
        registry.approveRequested(app, 1, requestHash(app));
        (,, gates,,) = registry.approvalAt(app, 1);
        equal(gates, 7, "approved");
    }

    /// Each of the five terms: what the owner changes between review and execution is not approved.
    function test_approveRequested__any_term_changed_meanwhile__is_refused() external {
        address app = register();
        bytes32 reviewed = requestHash(app);
        PreimageVerifier other = new PreimageVerifier();
        for (uint256 i = 0; i < 4; ++i) {
            registry.requestUpgrade(
                app, i == 0 ? 2 : 1, i == 1 ? type(uint64).max : 1_000, address(i == 2 ? other : verifier), i == 3 ? 1 : 600
            );
            vm.expectRevert(abi.encodeWithSelector(AppRegistry.NotAsReviewed.selector, app));
            registry.approveRequested(app, 1, reviewed);
        }
        registry.requestUpgrade(app, 1, 1_000, address(verifier), 600);
        registry.approveRequested(app, 1, reviewed);
    }

    function test_approveRequested__code_changed_since_the_request__is_refused() external {
        address app = register();
        bytes32 reviewed = requestHash(app);
        vm.etch(address(verifier), hex"60016000f3");
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NotAsReviewed.selector, app));
        registry.approveRequested(app, 1, reviewed);
    }

    function test_approveApp__other_code_than_reviewed__is_refused() external {
        address app = register();
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NotAsReviewed.selector, app));
        registry.approveApp(app, 1, 1, 1_000, address(verifier), 600, keccak256("reviewed"));
    }

    function test_approveApp__scheme_without_a_weight_for_the_epoch__is_refused() external {
        address app = register();
        parameters = new Parameters(Clock(GENESIS, LENGTH, 0), address(this));
        registry = new AppRegistry(Clock(GENESIS, LENGTH, 0), address(this), parameters);
        app = register();
        parameters.setSchemeWeight(4, 1, 200);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NoSchemeWeight.selector, 1, 3));
        approve(app, 3, 1, 1_000, address(verifier), 600);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NoSchemeWeight.selector, 2, 4));
        approve(app, 4, 2, 1_000, address(verifier), 600);
        approve(app, 4, 1, 1_000, address(verifier), 600);
        registry.requestUpgrade(app, 1, 7, address(verifier), 60);
        bytes32 reviewed = requestHash(app);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NoSchemeWeight.selector, 1, 2));
        registry.approveRequested(app, 2, reviewed);
    }

    /// Epochs before the first settled one need no weight: nothing of them is settled.
    function test_approveApp__before_the_first_settled_epoch__needs_its_weight_only() external {
        Clock memory clock = Clock(GENESIS, LENGTH, 3);
        parameters = new Parameters(clock, address(this));
        registry = new AppRegistry(clock, address(this), parameters);
        address app = register();
        parameters.setSchemeWeight(3, 1, 200);
        approve(app, 0, 1, 1_000, address(verifier), 600);
    }

    function test_approveApp__verifiers_of_one_domain__share_a_space() external {
        (address one, address two, address three) = (register(), register(), register());
        approve(one, 0, 1, 1_000, address(verifier), 600);
        approve(two, 0, 1, 1_000, address(new PreimageVerifier()), 600);
        approve(three, 0, 1, 1_000, address(new DomainVerifier("other")), 600);
        equal(registry.spaceOf(one), 1, "the first space");
        equal(registry.spaceOf(two), 1, "the same circuit, deployed twice");
        equal(registry.spaceOf(three), 2, "another circuit");
        (AppRegistry.Terms memory terms,) = registry.usableApproval(two);
        equal(terms.space, 1, "in the approval");
    }

    function test_approveApp__upgraded__keeps_its_space_and_brings_the_new_domain() external {
        (address one, address two, address three) = (register(), register(), register());
        DomainVerifier next = new DomainVerifier("next");
        approve(one, 0, 1, 1_000, address(verifier), 600);
        approve(one, 1, 1, 1_000, address(next), 600);
        approve(two, 0, 1, 1_000, address(next), 600);
        equal(registry.spaceOf(two), registry.spaceOf(one), "one space for both circuits");
        approve(three, 0, 1, 1_000, address(new DomainVerifier("third")), 600);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.OtherStatements.selector, three, bytes32("next"), 1));
        approve(three, 1, 1, 1_000, address(next), 600);
    }

    function test_stopApp__epoch_that_has_begun__is_refused_also_in_the_first() external {
        address app = register();
        approve(app, 0, 1, 1_000, address(verifier), 600);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 0, 0));
        registry.stopApp(app, 0);
        registry.stopApp(app, 1);
        vm.warp(GENESIS - 1);
        registry.stopApp(app, 0);
    }

    function test_requestUpgrade__not_the_owner__is_refused() external {
        address app = register();
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NotAppOwner.selector, app, guardian));
        registry.requestUpgrade(app, 0, 7, address(verifier), 60);
        registry.transferApp(app, guardian);
        vm.prank(guardian);
        registry.requestUpgrade(app, 0, 7, address(verifier), 60);
    }

    /// What lies packed in one word comes out as it went in, at the largest values there are.
    function test_termsAt__largest_terms__are_those_approved() external {
        address app = register();
        approve(app, 2, 2, type(uint64).max, address(verifier), 7 days);
        AppRegistry.Terms memory terms = registry.termsAt(app, 2);
        equal(terms.id, 1, "id");
        equal(terms.scheme, 2, "scheme");
        equal(terms.gates, type(uint64).max, "gates");
        equal(terms.proveWindow, 7 days, "window");
        equal(terms.space, 1, "space");
        equal(registry.termsAt(app, 1).id, 0, "not yet");
    }

    function test_usableApproval__code_of_verifier_changed__is_none() external {
        address app = register();
        approve(app, 0, 1, 1_000, address(verifier), 600);
        (AppRegistry.Terms memory terms, address found) = registry.usableApproval(app);
        equal(terms.id, 1, "usable");
        equal(found, address(verifier), "by its verifier");
        vm.etch(address(verifier), hex"60016000f3");
        (terms, found) = registry.usableApproval(app);
        equal(terms.id, 0, "other code");
        equal(found, address(0), "no verifier");
    }
}
