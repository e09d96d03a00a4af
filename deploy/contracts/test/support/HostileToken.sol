// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token that behaves until it is told not to.
contract HostileToken is ERC20 {
    enum Mood {
        Plain,
        TakesTenth,
        Reverts,
        ReturnsFalse,
        BurnsGas,
        FloodsReturnData,
        Reenters,
        LosesHalf
    }

    Mood public mood;
    address public target;
    bytes public call;
    bool public reentered;
    uint256 public slowness;

    constructor() ERC20("Hostile", "HOS") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function behave(Mood mood_) external {
        mood = mood_;
    }

    /// From now on transfers call `target` first.
    function reenter(address target_, bytes calldata call_) external {
        (mood, target, call) = (Mood.Reenters, target_, call_);
    }

    /// From now on every call of a balance or from an allowance takes about `gas_`.
    function slowDown(uint256 gas_) external {
        slowness = gas_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        linger(5_000);
        return super.balanceOf(account);
    }

    /// Takes all but `rest` of the gas a call shall take.
    function linger(uint256 rest) private view {
        uint256 most = slowness;
        uint256 started = gasleft();
        while (started - gasleft() + rest < most) {}
    }

    /// A rebase: the holder's balance shrinks by itself.
    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (misbehaves()) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (misbehaves()) return false;
        linger(60_000);
        super.transferFrom(from, to, amount);
        if (mood == Mood.TakesTenth) _burn(to, amount / 10);
        return true;
    }

    /// Does what the mood asks; true where the transfer then answers `false`.
    function misbehaves() private returns (bool) {
        if (mood == Mood.Reverts) revert("hostile");
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.FloodsReturnData) {
            assembly {
                revert(0, 1000000)
            }
        }
        if (mood == Mood.Reenters) (reentered,) = target.call(call);
        return mood == Mood.ReturnsFalse;
    }
}
