// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ChallengeDesk} from "../ChallengeDesk.sol";
import {RewardRelay} from "../RewardRelay.sol";
import {Staking} from "../Staking.sol";
import {IRewards} from "./IRewards.sol";

/// The contracts beside a distributor, with what it lets each of them do: the relay checks signatures and stakes claims, the
/// desk takes challenges. They are made here and fixed for ever, so that nobody can put others in their place.
abstract contract Aides is Nonces {
    RewardRelay public immutable relay;
    ChallengeDesk public immutable desk;

    error NotAide(address caller);

    constructor(IERC20 token_, Staking staking_) {
        IRewards here = IRewards(address(this));
        (relay, desk) = (new RewardRelay(here, token_, staking_), new ChallengeDesk(here, token_));
    }

    /// Makes all signatures void that the caller has given so far.
    function revokeSignatures() external {
        _useNonce(msg.sender);
    }

    function _onlyRelay() internal view {
        if (msg.sender != address(relay)) revert NotAide(msg.sender);
    }

    function _onlyDesk() internal view {
        if (msg.sender != address(desk)) revert NotAide(msg.sender);
    }
}
