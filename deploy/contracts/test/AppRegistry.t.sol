// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AppRegistry} from "../src/AppRegistry.sol";
import {EpochClock} from "../src/EpochClock.sol";
import {PreimageVerifier} from "../src/verifiers/PreimageVerifier.sol";
import {Network} from "./support/Network.sol";

contract AppRegistryTest is Network {
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
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(0, 1_000, address(0xE0A), 600, "no code");
        vm.expectPartialRevert(AppRegistry.BadTerms.selector);
        registry.registerApp(0, 1_000, address(verifier), 0, "window");
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NameTooLong.selector, 129, 128));
        registry.registerApp(0, 1_000, address(verifier), 1, string(new bytes(129)));
    }

    function test_approveApp__future_epoch__applies_from_it() external {
        address app = register();
        enter(3);
        registry.approveApp(app, 5, 1, 2_000, address(verifier), 60);
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
        registry.approveApp(app, 3, 1, 2_000, address(verifier), 60);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.EpochNotInFuture.selector, 2, 3));
        registry.stopApp(app, 2);
    }

    function test_approveApp__unknown_app__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.UnknownApp.selector, address(1)));
        registry.approveApp(address(1), 0, 1, 2_000, address(verifier), 60);
    }

    function test_approveApp__not_the_dao__is_refused() external {
        address app = register();
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        registry.approveApp(app, 0, 1, 2_000, address(verifier), 60);
        vm.expectRevert(refusal);
        registry.stopApp(app, 0);
        vm.stopPrank();
    }

    function test_stopApp__ends_and_approval_restarts() external {
        address app = register();
        registry.approveApp(app, 0, 1, 2_000, address(verifier), 60);
        registry.stopApp(app, 3);
        registry.approveApp(app, 6, 0, 9, address(verifier), 60);
        (bool two,,,,) = registry.approvalAt(app, 2);
        (bool five,,,,) = registry.approvalAt(app, 5);
        (bool six, uint8 scheme,,,) = registry.approvalAt(app, 6);
        isTrue(two && !five && six, "2 yes, 5 no, 6 yes");
        equal(scheme, 0, "new terms");
    }

    function test_requestUpgrade__approved_by_dao__applies_next_epoch() external {
        address app = register();
        registry.approveApp(app, 0, 1, 1_000, address(verifier), 600);
        PreimageVerifier other = new PreimageVerifier();
        registry.requestUpgrade(app, 0, 7, address(other), 60);
        (,, uint64 gates,,) = registry.approvalAt(app, 1);
        equal(gates, 1_000, "asking changes nothing");
        registry.approveRequested(app, 1, address(other), address(other).codehash);
        (,, gates,,) = registry.approvalAt(app, 1);
        equal(gates, 7, "approved");
    }

    function test_approveRequested__request_changed_meanwhile__is_refused() external {
        address app = register();
        bytes32 reviewed = address(verifier).codehash;
        registry.requestUpgrade(app, 0, 7, address(token), 60);
        vm.expectRevert(abi.encodeWithSelector(AppRegistry.NotAsReviewed.selector, app));
        registry.approveRequested(app, 1, address(verifier), reviewed);
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

    function test_usableApproval__code_of_verifier_changed__is_none() external {
        address app = register();
        registry.approveApp(app, 0, 1, 1_000, address(verifier), 600);
        (uint64 id,,,,) = registry.usableApproval(app);
        equal(id, 1, "usable");
        vm.etch(address(verifier), hex"60016000f3");
        (id,,,,) = registry.usableApproval(app);
        equal(id, 0, "other code");
    }
}
