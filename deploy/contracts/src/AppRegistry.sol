// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {requireAddress} from "./Limits.sol";
import {Owned} from "./Owned.sol";
import {Parameters} from "./Parameters.sol";
import {IVerifier} from "./verifiers/IVerifier.sol";
import {requirePlainCode} from "./verifiers/PlainCode.sol";

/// Apps (one circuit each) and the epochs for which the DAO, the owner of this contract, approves them.
contract AppRegistry is EpochClock, Owned {
    using EpochHistory for EpochHistory.History;

    /// Five terms of an approval, and the space of statements that the app has had since its first one. `codeHash` pins the
    /// verifier's code as the DAO saw it.
    struct Approval {
        address verifier;
        uint64 gates;
        uint32 proveWindow;
        bytes32 codeHash;
        uint8 scheme;
        uint64 space;
    }

    /// What is in force of an approval but for its verifier, as it lies in one word of the history; `id` 0 where there is none.
    struct Terms {
        uint32 id;
        uint8 scheme;
        uint32 proveWindow;
        uint64 gates;
        uint64 space;
    }

    /// Schemes: 0 Plonk, 1 Groth16, 2 a zkVM.
    uint8 public constant MAX_SCHEME = 2;
    uint256 public constant MAX_NAME_BYTES = 128;
    /// Longest time a miner may be given, in seconds: so long a task can be kept from others.
    uint32 public constant MAX_PROVE_WINDOW = 7 days;

    /// Where the weights of schemes stand: work of a scheme without one could not be settled.
    Parameters public immutable parameters;
    mapping(address app => address) public ownerOf;
    mapping(address owner => uint256) public registrations;
    mapping(address app => Approval) private _requested;
    mapping(uint256 approvalId => Approval) private _approvals;
    /// By app: the packed terms of the approval from an epoch on, 0 where the app is stopped.
    mapping(address app => EpochHistory.History) private _history;
    uint32 public approvalCount;
    /// Spaces are numbered from 1 on.
    uint64 public spaceCount;
    /// By app, and by domain of verifiers: the space in which a statement counts once; 0 where there is none yet.
    mapping(address app => uint64) public spaceOf;
    mapping(bytes32 domain => uint64) public spaceOfDomain;

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
    error NoSchemeWeight(uint8 scheme, uint64 epoch);
    error OtherStatements(address app, bytes32 domain, uint64 space);

    constructor(Clock memory clock, address owner_, Parameters parameters_)
        EpochClock(clock)
        Ownable(owner_)
    {
        requireAddress(address(parameters_));
        parameters = parameters_;
    }

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

    /// Approves an app with the DAO's own terms. `codeHash` is that of the verifier's code as it was reviewed.
    function approveApp(
        address app,
        uint64 fromEpoch,
        uint8 scheme,
        uint64 gates,
        address verifier,
        uint32 proveWindow,
        bytes32 codeHash
    ) external onlyOwner {
        Approval memory terms = _terms(scheme, gates, verifier, proveWindow);
        if (terms.codeHash != codeHash) revert NotAsReviewed(app);
        _approve(app, fromEpoch, terms);
    }

    /// Approves exactly what the app's owner asked for last. `reviewed` is the `termsHash` of what the DAO reviewed, so that
    /// nothing the owner changes meanwhile is approved.
    function approveRequested(address app, uint64 fromEpoch, bytes32 reviewed) external onlyOwner {
        Approval memory terms = _requested[app];
        if (terms.verifier == address(0)) revert UnknownApp(app);
        if (termsHash(terms) != reviewed || terms.verifier.codehash != terms.codeHash) revert NotAsReviewed(app);
        _approve(app, fromEpoch, terms);
    }

    /// Ends an app's approval from an epoch on that has not begun: proofs that have counted stay counted. Only where
    /// nothing is settled yet may it be any epoch.
    function stopApp(address app, uint64 fromEpoch) external onlyOwner {
        if (ownerOf[app] == address(0)) revert UnknownApp(app);
        _requireFuture(fromEpoch);
        uint64 current = currentEpoch();
        if (block.timestamp >= genesis && current >= first && fromEpoch <= current) {
            revert EpochNotInFuture(fromEpoch, current);
        }
        _history[app].set(fromEpoch, 0);
        emit AppStopped(app, fromEpoch);
    }

    /// What identifies the five terms of a request; its space plays no part.
    function termsHash(Approval memory terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms.verifier, terms.gates, terms.proveWindow, terms.codeHash, terms.scheme));
    }

    /// Terms in force for `epoch` by the history alone.
    function approvalAt(address app, uint64 epoch)
        external
        view
        returns (bool approved, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
    {
        Terms memory terms = _termsAt(app, epoch);
        return (terms.id != 0, terms.scheme, terms.gates, _approvals[terms.id].verifier, terms.proveWindow);
    }

    /// The same without the verifier.
    function termsAt(address app, uint64 epoch) external view returns (Terms memory) {
        return _termsAt(app, epoch);
    }

    /// What the market may use now: the terms of the current epoch, as long as the verifier still has the
    /// code that was approved; zeros where there are none. In `terms.space` a statement counts once.
    function usableApproval(address app) external view returns (Terms memory terms, address verifier) {
        terms = _termsAt(app, currentEpoch());
        Approval storage approved = _approvals[terms.id];
        verifier = approved.verifier;
        if (terms.id == 0 || verifier.codehash != approved.codeHash) return (Terms(0, 0, 0, 0, 0), address(0));
    }

    /// The terms of an approval; zeros for ids that were never given.
    function approval(uint32 id) external view returns (Approval memory) {
        return _approvals[id];
    }

    /// The terms an app's owner asked for last.
    function requestedTerms(address app) external view returns (Approval memory) {
        return _requested[app];
    }

    function _approve(address app, uint64 fromEpoch, Approval memory terms) private {
        if (ownerOf[app] == address(0)) revert UnknownApp(app);
        _requireFuture(fromEpoch);
        _requireSchemeWeight(terms.scheme, fromEpoch);
        terms.space = _joinSpace(app, IVerifier(terms.verifier).statementDomain());
        uint32 id = ++approvalCount;
        _approvals[id] = terms;
        _history[app].set(fromEpoch, _pack(id, terms));
        emit AppApproved(app, fromEpoch, terms.scheme, terms.gates, terms.verifier, terms.proveWindow);
    }

    /// A weight that is in force stays in force, so one for the first settled epoch of the approval is enough.
    function _requireSchemeWeight(uint8 scheme, uint64 fromEpoch) private view {
        uint64 epoch = fromEpoch < first ? first : fromEpoch;
        if (parameters.alphaFrom(scheme, epoch) == 0) revert NoSchemeWeight(scheme, epoch);
    }

    /// A statement counts once among all apps whose verifiers take the same proofs, and over all upgrades of an app. Two
    /// apps that have had different verifiers cannot share one later: their proofs so far are not known to each other.
    function _joinSpace(address app, bytes32 domain) private returns (uint64 space) {
        space = spaceOf[app];
        uint64 taken = spaceOfDomain[domain];
        if (space == 0) space = taken == 0 ? ++spaceCount : taken;
        if (taken != 0 && taken != space) revert OtherStatements(app, domain, taken);
        (spaceOf[app], spaceOfDomain[domain]) = (space, space);
    }

    /// Bits from the lowest: id 32, scheme 8, proveWindow 24, gates 64, space 64.
    function _pack(uint32 id, Approval memory terms) private pure returns (uint192) {
        uint192 low = id | uint192(terms.scheme) << 32 | uint192(terms.proveWindow) << 40;
        return low | uint192(terms.gates) << 64 | uint192(terms.space) << 128;
    }

    function _termsAt(address app, uint64 epoch) private view returns (Terms memory) {
        uint192 word = _history[app].valueAt(epoch);
        return Terms(uint32(word), uint8(word >> 32), uint24(word >> 40), uint64(word >> 64), uint64(word >> 128));
    }

    function _terms(uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
        private
        view
        returns (Approval memory)
    {
        if (scheme > MAX_SCHEME || gates == 0 || proveWindow == 0 || proveWindow > MAX_PROVE_WINDOW) {
            revert BadTerms(scheme, gates, verifier, proveWindow);
        }
        requirePlainCode(verifier);
        return Approval(verifier, gates, proveWindow, verifier.codehash, scheme, 0);
    }
}
