// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20, ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {MAX_AMOUNT, AmountOutOfRange} from "./Limits.sol";

/// The token of a development network: its owner mints. The supply stays below the limit of the settlement,
/// so no sum of balances, stakes or fees can exceed it.
contract DevToken is ERC20Permit, Ownable {
    constructor(string memory name, string memory symbol, address owner) ERC20(name, symbol) ERC20Permit(name) Ownable(owner) {}

    function mint(address to, uint256 amount) external onlyOwner {
        uint256 supply = totalSupply();
        if (amount > MAX_AMOUNT - supply) revert AmountOutOfRange(amount, MAX_AMOUNT - supply);
        _mint(to, amount);
    }
}
