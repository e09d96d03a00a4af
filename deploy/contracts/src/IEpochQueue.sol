// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What governance's parameters need to know of the distributor that pays by them.
interface IEpochQueue {
    /// The parameters it reads, fixed at its deployment.
    function parameters() external view returns (address);

    /// The first epoch that is neither pending nor active.
    function nextEpoch() external view returns (uint64);
}
