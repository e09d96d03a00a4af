// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Keeps bytes as the code of a contract of their own: from two words on cheaper than storage. The code
/// begins with STOP, so that nobody can run it.
library CodeStore {
    error StoreFailed();

    // Init code that returns everything after its own 11 bytes: codesize, 11 | sub | dup1, 11, returndest 0 ..
    // 600B PUSH1 11 | 38 CODESIZE | 03 SUB | 80 DUP1 | 600B PUSH1 11 | 5F PUSH0 | 39 CODECOPY | 5F PUSH0 | F3 RETURN
    bytes11 private constant INIT = 0x600B380380600B5F395FF3;

    function write(bytes memory data) internal returns (address place) {
        bytes memory creation = abi.encodePacked(INIT, hex"00", data);
        assembly ("memory-safe") {
            place := create(0, add(creation, 32), mload(creation))
        }
        if (place == address(0)) revert StoreFailed();
    }

    function read(address place) internal view returns (bytes memory data) {
        uint256 size = place.code.length - 1;
        data = new bytes(size);
        assembly ("memory-safe") {
            extcodecopy(place, add(data, 32), 1, size)
        }
    }
}
