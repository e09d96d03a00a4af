// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {requireAddress} from "./Limits.sol";

/// Apps (one circuit each) and the epochs for which the DAO, the owner of this contract, approves them.
contract AppRegistry is EpochClock, Ownable2Step {
    using EpochHistory for EpochHistory.History;

    /// Terms of one approval. `codeHash` pins the verifier's code as the DAO saw it.
    struct Approval {
        address verifier;
        uint64 gates;
        uint32 proveWindow;
        bytes32 codeHash;
        uint8 scheme;
    }

    /// Schemes: 0 Plonk, 1 Groth16, 2 a zkVM.
    uint8 public constant MAX_SCHEME = 2;
    uint256 public constant MAX_NAME_BYTES = 128;

    mapping(address app => address) public ownerOf;
    mapping(address owner => uint256) public registrations;
    mapping(address app => Approval) private _requested;
    mapping(uint256 approvalId => Approval) private _approvals;
    /// By app: the id of the approval from an epoch on, 0 where the app is stopped.
    mapping(address app => EpochHistory.History) private _history;
    uint64 public approvalCount;

    event AppRegistered(address indexed app, address indexed owner, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow, string name);
    event AppApproved(address indexed app, uint64 indexed fromEpoch, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow);
    event AppStopped(address indexed app, uint64 indexed fromEpoch);
    event UpgradeRequested(address indexed app, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow);
    event AppOwnershipTransferred(address indexed app, address indexed from, address indexed to);

    error UnknownApp(address app);
    error NotAppOwner(address app, address caller);
    error BadTerms(uint8 scheme, uint64 gates, address verifier, uint32 proveWindow);
    error NameTooLong(uint256 size, uint256 limit);
    error NotAsReviewed(address app);

    constructor(Clock memory clock, address owner_)
        EpochClock(clock)
        Ownable(owner_)
    {}

    /// Anyone may register an app; without an approval it takes no tasks. `proveWindow` is in seconds.
    function registerApp(uint8 scheme, uint64 gates, address verifier, uint32 proveWindow, string calldata name)
        external
        returns (address app)
    {
        if (bytes(name).length > MAX_NAME_BYTES) revert NameTooLong(bytes(name).length, MAX_NAME_BYTES);
        Approval memory terms = _terms(scheme, gates, verifier, proveWindow);
        uint256 serial = registrations[msg.sender]++;
        app = address(uint160(uint256(keccak256(abi.encode(block.chainid, address(this), msg.sender, serial)))));
        ownerOf[app] = msg.sender;
        _requested[app] = terms;
        emit AppRegistered(app, msg.sender, scheme, gates, verifier, proveWindow, name);
    }

    /// The owner of an app asks for other terms; they apply once the DAO approves them.
    function requestUpgrade(address app, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow) external {
        if (ownerOf[app] != msg.sender) revert NotAppOwner(app, msg.sender);
        _requested[app] = _terms(scheme, gates, verifier, proveWindow);
        emit UpgradeRequested(app, scheme, gates, verifier, proveWindow);
    }

    function transferApp(address app, address to) external {
        if (ownerOf[app] != msg.sender) revert NotAppOwner(app, msg.sender);
        requireAddress(to);
        ownerOf[app] = to;
        emit AppOwnershipTransferred(app, msg.sender, to);
    }

    /// Approves an app with the DAO's own terms.
    function approveApp(address app, uint64 fromEpoch, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
        external
        onlyOwner
    {
        _approve(app, fromEpoch, _terms(scheme, gates, verifier, proveWindow));
    }

    /// Approves exactly what the app's owner asked for last. `verifier` and `codeHash` repeat what the DAO
    /// reviewed, so that a request changed meanwhile is not approved by mistake.
    function approveRequested(address app, uint64 fromEpoch, address verifier, bytes32 codeHash) external onlyOwner {
        Approval memory terms = _requested[app];
        if (terms.verifier == address(0)) revert UnknownApp(app);
        if (terms.verifier != verifier || terms.codeHash != codeHash) revert NotAsReviewed(app);
        _approve(app, fromEpoch, terms);
    }

    function stopApp(address app, uint64 fromEpoch) external onlyOwner {
        if (ownerOf[app] == address(0)) revert UnknownApp(app);
        _requireFuture(fromEpoch);
        _history[app].set(fromEpoch, 0);
        emit AppStopped(app, fromEpoch);
    }

    /// Terms in force for `epoch` by the history alone.
    function approvalAt(address app, uint64 epoch)
        external
        view
        returns (bool approved, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
    {
        (, uint192 id) = _history[app].valueAt(epoch);
        Approval memory terms = _approvals[id];
        return (id != 0, terms.scheme, terms.gates, terms.verifier, terms.proveWindow);
    }

    /// What the market may use now: the approval of the current epoch, as long as the verifier still has the
    /// code that was approved. `approvalId` is 0 where there is none; it identifies the terms.
    function usableApproval(address app)
        external
        view
        returns (uint64 approvalId, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
    {
        (, uint192 id) = _history[app].valueAt(currentEpoch());
        Approval storage terms = _approvals[id];
        verifier = terms.verifier;
        if (id == 0 || verifier.codehash != terms.codeHash) return (0, 0, 0, address(0), 0);
        return (uint64(id), terms.scheme, terms.gates, verifier, terms.proveWindow);
    }

    /// The terms an app's owner asked for last.
    function requestedTerms(address app) external view returns (Approval memory) {
        return _requested[app];
    }

    function _approve(address app, uint64 fromEpoch, Approval memory terms) private {
        if (ownerOf[app] == address(0)) revert UnknownApp(app);
        _requireFuture(fromEpoch);
        uint64 id = ++approvalCount;
        _approvals[id] = terms;
        _history[app].set(fromEpoch, id);
        emit AppApproved(app, fromEpoch, terms.scheme, terms.gates, terms.verifier, terms.proveWindow);
    }

    function _terms(uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
        private
        view
        returns (Approval memory)
    {
        if (scheme > MAX_SCHEME || gates == 0 || proveWindow == 0 || verifier.code.length == 0) {
            revert BadTerms(scheme, gates, verifier, proveWindow);
        }
        return Approval(verifier, gates, proveWindow, verifier.codehash, scheme);
    }
}
