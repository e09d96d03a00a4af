// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TaskBook} from "./TaskBook.sol";

/// What a user signs off chain and a miner brings to the chain. Of EIP-712's type `Order`, in this order; amounts in wei,
/// moments in seconds since 1970 UTC, 0 where there is none.
struct Order {
    address user;
    address app;
    /// The fee rises from `minFee` at `rampStart` to `maxFee` at `rampEnd`, in a straight line.
    uint96 minFee;
    uint96 maxFee;
    uint40 rampStart;
    uint40 rampEnd;
    /// No miner locks it later.
    uint40 lockBy;
    uint40 finalAt;
    uint32 lockSeconds;
    uint24 callbackGas;
    address callback;
    /// Who alone may lock it; zero for anyone.
    address miner;
    /// Told to miners, and has no effect.
    uint8 priority;
    /// Any number that tells this order from others for the same statement.
    uint256 salt;
    bytes inputs;
    bytes publics;
}

/// How an order is identified: by the hash that its user signs, and by the task it becomes, of which there is one at most.
abstract contract Orders is TaskBook {
    bytes32 public constant ORDER_TYPEHASH = keccak256(
        "Order(address user,address app,uint96 minFee,uint96 maxFee,uint40 rampStart,uint40 rampEnd,uint40 lockBy,uint40 finalAt,uint32 lockSeconds,uint24 callbackGas,address callback,address miner,uint8 priority,uint256 salt,bytes inputs,bytes publics)"
    );

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("PoZK Task Market");
    bytes32 private constant VERSION_HASH = keccak256("1");
    /// Serials of orders have the highest bit, those of posted tasks never get there.
    uint56 private constant OF_ORDER = 1 << 55;

    error OrderUsed(uint256 taskId);
    error BadOrder(address user, uint96 minFee, uint96 maxFee, uint40 rampStart, uint40 rampEnd);

    /// The EIP-712 hash that an order's user signs.
    function _hashOf(Order calldata order) internal view returns (bytes32) {
        (bytes32 typeHash, bytes32 inputsHash, bytes32 publicsHash) =
            (ORDER_TYPEHASH, keccak256(order.inputs), keccak256(order.publics));
        bytes32 structHash;
        // The type's hash, then the 14 words before the two byte strings as they came, then the hashes of these.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, typeHash)
            calldatacopy(add(start, 0x20), order, 0x1c0)
            mstore(add(start, 0x1e0), inputsHash)
            mstore(add(start, 0x200), publicsHash)
            structHash := keccak256(start, 0x220)
        }
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// The id that the task of an order has: the same whenever it is locked, so that it is locked once. Of a proven one the
    /// statement is taken, which is looked at later.
    function _unusedIdOf(Order calldata order, uint64 space, bytes32 orderHash) internal view returns (uint256 taskId) {
        taskId = _idOf(_keyOf(space, keccak256(order.publics)), uint56(bytes7(orderHash)) | OF_ORDER);
        if (_isKnown(taskId)) revert OrderUsed(taskId);
    }

    /// Worked example: 100 at 1,000 s, 200 at 1,100 s: 100 up to 1,000 s, 150 at 1,050 s, 200 from 1,100 s on.
    function _feeNow(Order calldata order) internal view returns (uint256) {
        (uint256 low, uint256 high, uint256 start, uint256 end) =
            (order.minFee, order.maxFee, order.rampStart, order.rampEnd);
        if (low > high || start > end) revert BadOrder(order.user, order.minFee, order.maxFee, order.rampStart, order.rampEnd);
        if (block.timestamp >= end) return high;
        if (block.timestamp <= start) return low;
        return low + (high - low) * (block.timestamp - start) / (end - start);
    }
}
