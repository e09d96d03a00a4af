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
