// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What a distributor's relay and desk and a member's seat need of it.
interface IRewards {
    function owner() external view returns (address);
    function rootAt(uint64 epoch) external view returns (uint8 state, bytes32 root, bytes32 reportHash, uint64 activeAt);
    function ballotAt(uint64 epoch) external view returns (bytes32);
    function round(uint64 epoch) external view returns (uint64);
    function nonces(address account) external view returns (uint256);
    function isMember(address account) external view returns (bool);

    function vote(uint64 epoch, bytes32 root, address[] calldata tokens, uint256[] calldata cumulative, bytes32 reportHash)
        external;
    function dissent(uint64 epoch, bytes32 reportHash) external;
    function locate(uint64 epoch, bytes32 reportHash, string calldata location) external;
    function revokeSignatures() external;

    /// By the relay alone.
    function countSigned(
        uint64 epoch,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash,
        address[] calldata signers
    ) external;

    /// By the relay alone.
    function setRecipientFor(address account, address to) external;

    /// By the desk alone.
    function postpone(uint64 epoch, bytes32 ballot, bytes32 evidenceHash, address by, uint64 extension) external;

    /// By the desk alone.
    function noteClosed(uint64 epoch, address by, uint256 returned, uint256 burned) external;

    /// By the account or the relay.
    function claimTo(uint64 epoch, address account, address token, uint256 cumulative, bytes32[] calldata proof, address to)
        external
        returns (uint256 paid);
}
