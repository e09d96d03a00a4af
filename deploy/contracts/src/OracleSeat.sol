// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Owned} from "./Owned.sol";
import {requireAddress} from "./Limits.sol";
import {IRewards} from "./distributor/IRewards.sol";

/// A committee member whose voter can be changed without the DAO: the committee names this contract, its owner (a cold key,
/// a multisig) names the hot key that votes. It holds nothing and calls its distributor alone.
contract OracleSeat is Owned, IERC1271 {
    IRewards public immutable distributor;
    /// Votes, dissents and signs for this seat; zero while nobody does.
    address public hotKey;

    event HotKeySet(address indexed hotKey);

    error NotHotKey(address caller);

    modifier onlyHotKey() {
        if (msg.sender != hotKey) revert NotHotKey(msg.sender);
        _;
    }

    constructor(address owner_, IRewards distributor_, address hotKey_) Ownable(owner_) {
        requireAddress(address(distributor_));
        distributor = distributor_;
        _setHotKey(hotKey_);
    }

    /// Names another hot key, or none; from now on nothing of the old one counts. Signatures that it gave for votes are void at
    /// once, as they are asked for when they are sent.
    function setHotKey(address hotKey_) external onlyOwner {
        _setHotKey(hotKey_);
    }

    /// As at the distributor, where this contract is the member: the call data is the same.
    function vote(uint64 epoch, bytes32 root, address[] calldata tokens, uint256[] calldata cumulative, bytes32 reportHash)
        external
        onlyHotKey
    {
        distributor.vote(epoch, root, tokens, cumulative, reportHash);
    }

    function dissent(uint64 epoch, bytes32 reportHash) external onlyHotKey {
        distributor.dissent(epoch, reportHash);
    }

    function locate(uint64 epoch, bytes32 reportHash, string calldata location) external onlyHotKey {
        distributor.locate(epoch, reportHash, location);
    }

    /// By the owner too: a signature of a hot key that was put back later would count again.
    function revokeSignatures() external {
        if (msg.sender != owner() && msg.sender != hotKey) revert NotHotKey(msg.sender);
        distributor.revokeSignatures();
    }

    /// What the hot key has signed, this seat has signed.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(hash, signature);
        bool isOurs = failure == ECDSA.RecoverError.NoError && recovered == hotKey;
        return isOurs ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _setHotKey(address hotKey_) private {
        hotKey = hotKey_;
        emit HotKeySet(hotKey_);
    }
}
