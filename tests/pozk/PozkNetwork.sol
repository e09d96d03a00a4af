// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The arithmetic of the deployed PoZK network in words of our own, for tests: signed 256 bits, 127 of them after the
/// point. Every division truncates toward zero; what leaves 256 bits reverts (docs/deployed-pozk.md).
library PozkMath {
    int256 internal constant ONE = 1 << 127;
    int256 internal constant LN_MIN = 0x0733048c5a;
    int256 internal constant EXP_MIN = -0x1ff0000000000000000000000000000000;

    /// pool * (x/X)^e * (s/S)^(1-e) as these contracts have it, with e = num/den.
    function cobbDouglas(uint256 pool, uint256 x, uint256 xTotal, uint256 s, uint256 sTotal, int256 num, int256 den)
        internal
        pure
        returns (uint256)
    {
        if (s == 0 || x == 0) return 0;
        if (s == sTotal || x == xTotal) return pool;
        int256 f = (int256(x) * ONE) / int256(xTotal);
        int256 k = (int256(s) * ONE) / int256(sTotal);
        int256 q = f <= k ? (f * ONE) / k : (k * ONE) / f;
        int256 e = exponential((logarithm(q) * num) / den);
        int256 v = f <= k ? (k * e) / ONE : (k * ONE) / e;
        int256 paid = (v * int256(pool)) >> 127;
        return paid < 0 ? 0 : uint256(paid);
    }

    function logarithm(int256 x) internal pure returns (int256 r) {
        require(x > 0 && x <= ONE, "no logarithm");
        if (x == ONE) return 0;
        if (x <= LN_MIN) return EXP_MIN;
        if (x <= 0x01c8464f76164760000000) {
            r -= 0x1000000000000000000000000000000000;
            x = (x * ONE) / 0x01c8464f76164760000000;
        }
        if (x <= 0xf1aaddd7742e90000000000000) {
            r -= 0x0800000000000000000000000000000000;
            x = (x * ONE) / 0xf1aaddd7742e90000000000000;
        }
        if (x <= 0x0afe10820813d78000000000000000) {
            r -= 0x0400000000000000000000000000000000;
            x = (x * ONE) / 0x0afe10820813d78000000000000000;
        }
        if (x <= 0x02582ab704279ec00000000000000000) {
            r -= 0x0200000000000000000000000000000000;
            x = (x * ONE) / 0x02582ab704279ec00000000000000000;
        }
        if (x <= 0x1152aaa3bf81cc000000000000000000) {
            r -= 0x0100000000000000000000000000000000;
            x = (x * ONE) / 0x1152aaa3bf81cc000000000000000000;
        }
        if (x <= 0x2f16ac6c59de70000000000000000000) {
            r -= 0x80000000000000000000000000000000;
            x = (x * ONE) / 0x2f16ac6c59de70000000000000000000;
        }
        if (x <= 0x4da2cbf1be5828000000000000000000) {
            r -= 0x40000000000000000000000000000000;
            x = (x * ONE) / 0x4da2cbf1be5828000000000000000000;
        }
        if (x <= 0x63afbe7ab2082c000000000000000000) {
            r -= 0x20000000000000000000000000000000;
            x = (x * ONE) / 0x63afbe7ab2082c000000000000000000;
        }
        if (x <= 0x70f5a893b608861e1f58934f97aea57d) {
            r -= 0x10000000000000000000000000000000;
            x = (x * ONE) / 0x70f5a893b608861e1f58934f97aea57d;
        }
        int256 y = x - ONE;
        int256 z = y;
        int256 w = (y * y) / ONE;
        r += (z * (0x0100000000000000000000000000000000 - y)) / 0x0100000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa - y)) / 0x0200000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x99999999999999999999999999999999 - y)) / 0x0300000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x92492492492492492492492492492492 - y)) / 0x0400000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x8e38e38e38e38e38e38e38e38e38e38e - y)) / 0x0500000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x8ba2e8ba2e8ba2e8ba2e8ba2e8ba2e8b - y)) / 0x0600000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x89d89d89d89d89d89d89d89d89d89d89 - y)) / 0x0700000000000000000000000000000000;
        z = (z * w) / ONE;
        r += (z * (0x88888888888888888888888888888888 - y)) / 0x0800000000000000000000000000000000;
    }

    function exponential(int256 x) internal pure returns (int256 r) {
        require(x <= 0, "no exponential");
        if (x == 0) return ONE;
        if (x < EXP_MIN) return 0;
        int256 y = x % 0x10000000000000000000000000000000;
        int256 z = y;
        z = (z * y) / ONE;
        r += z * 0x10e1b3be415a0000;
        z = (z * y) / ONE;
        r += z * 0x05a0913f6b1e0000;
        z = (z * y) / ONE;
        r += z * 0x0168244fdac78000;
        z = (z * y) / ONE;
        r += z * 0x4807432bc18000;
        z = (z * y) / ONE;
        r += z * 0x0c0135dca04000;
        z = (z * y) / ONE;
        r += z * 0x01b707b1cdc000;
        z = (z * y) / ONE;
        r += z * 0x36e0f639b800;
        z = (z * y) / ONE;
        r += z * 0x0618fee9f800;
        z = (z * y) / ONE;
        r += z * 0x9c197dcc00;
        z = (z * y) / ONE;
        r += z * 0x0e30dce400;
        z = (z * y) / ONE;
        r += z * 0x012ebd1300;
        z = (z * y) / ONE;
        r += z * 0x17499f00;
        z = (z * y) / ONE;
        r += z * 0x01a9d480;
        z = (z * y) / ONE;
        r += z * 0x1c6380;
        z = (z * y) / ONE;
        r += z * 0x01c638;
        z = (z * y) / ONE;
        r += z * 0x1ab8;
        z = (z * y) / ONE;
        r += z * 0x017c;
        z = (z * y) / ONE;
        r += z * 0x14;
        z = (z * y) / ONE;
        r += z * 0x01;
        r = r / 0x21c3677c82b40000 + y + ONE;
        int256 left = -x;
        if (left & 0x1000000000000000000000000000000000 != 0) r = (r * 0xf1aaddd7742e56d32fb9f99744) / 0x43cbaf42a000812488fc5c220ad7b97bf6e99e;
        if (left & 0x0800000000000000000000000000000000 != 0) r = (r * 0x0afe10820813d65dfe6a33c07f738f) / 0x05d27a9f51c31b7c2f8038212a0574779991;
        if (left & 0x0400000000000000000000000000000000 != 0) r = (r * 0x02582ab704279e8efd15e0265855c47a) / 0x1b4c902e273a58678d6d3bfdb93db96d02;
        if (left & 0x0200000000000000000000000000000000 != 0) r = (r * 0x1152aaa3bf81cb9fdb76eae12d029571) / 0x03b1cc971a9bb5b9867477440d6d157750;
        if (left & 0x0100000000000000000000000000000000 != 0) r = (r * 0x2f16ac6c59de6f8d5d6f63c1482a7c86) / 0x015bf0a8b1457695355fb8ac404e7a79e3;
        if (left & 0x80000000000000000000000000000000 != 0) r = (r * 0x4da2cbf1be5827f9eb3ad1aa9866ebb3) / 0xd3094c70f034de4b96ff7d5b6f99fcd8;
        if (left & 0x40000000000000000000000000000000 != 0) r = (r * 0x63afbe7ab2082ba1a0ae5e4eb1b479dc) / 0xa45af1e1f40c333b3de1db4dd55f29a7;
        if (left & 0x20000000000000000000000000000000 != 0) r = (r * 0x70f5a893b608861e1f58934f97aea57d) / 0x910b022db7ae67ce76b441c27035c6a1;
        if (left & 0x10000000000000000000000000000000 != 0) r = (r * 0x783eafef1c0a8f3978c7f81824d62ebf) / 0x88415abbe9a76bead8d00cf112e4d4a8;
    }
}

/// The library for whoever compares it with another: rows of pool, x, X, s, S, num, den.
contract PozkMathProbe {
    function cobbDouglas(uint256[7][] calldata rows) external pure returns (uint256[] memory paid) {
        paid = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            uint256[7] calldata r = rows[i];
            paid[i] = PozkMath.cobbDouglas(r[0], r[1], r[2], r[3], r[4], int256(r[5]), int256(r[6]));
        }
    }
}

/// A token that anybody may move: nothing is at stake in a test.
contract PozkToken {
    string public constant symbol = "POZK";
    uint8 public constant decimals = 18;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function move(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// Epochs that advance by one a call, however long the gap.
contract PozkEpoch {
    event NewEpoch(uint256 height, uint256 startTime);

    uint256 public height = 1;
    uint256 public startTime = block.timestamp;
    uint256 public immutable PERIOD;

    constructor(uint256 period) {
        PERIOD = period;
        emit NewEpoch(height, startTime);
    }

    function update() external returns (uint256) {
        if (block.timestamp > startTime + PERIOD) {
            height += 1;
            startTime = block.timestamp;
            emit NewEpoch(height, startTime);
        }
        return height;
    }
}

/// Apps and their work, which waits for an approval.
contract PozkProver {
    event RegisterProver(
        address prover, uint8 ptype, uint256 work, uint256 version, uint256 overtime, address verifier, string name, string types
    );
    event UpgradeProver(
        address prover, uint8 ptype, uint256 work, uint256 version, uint256 overtime, address verifier, string name, string types
    );
    event ApproveProver(
        address prover,
        uint8 ptype,
        uint256 work,
        uint256 epoch,
        uint256 version,
        uint256 overtime,
        address verifier,
        string types,
        bool minable,
        bool approved
    );
    event StopProver(address prover);
    event TransferProver(address prover, address owner);

    struct Work {
        uint256 value;
        uint256 next;
        uint256 from;
    }

    PozkEpoch internal immutable EPOCHS;
    mapping(address => Work) internal works;
    mapping(address => address) public ownerOf;

    constructor(PozkEpoch epochs) {
        EPOCHS = epochs;
    }

    function register(address app, uint256 work) external {
        works[app] = Work(0, work, 0);
        ownerOf[app] = msg.sender;
        emit RegisterProver(app, 0, work, 1, 60, app, "a game", "card");
    }

    function upgrade(address app, uint256 work) external {
        Work storage w = works[app];
        if (EPOCHS.height() >= w.from) w.value = w.next;
        w.next = work;
        w.from = type(uint256).max;
        emit UpgradeProver(app, 0, work, 2, 60, app, "a game", "card");
    }

    function approve(address app, bool approved) external {
        Work storage w = works[app];
        w.from = EPOCHS.height() + 1;
        if (!approved) w.next = w.value;
        emit ApproveProver(app, 0, w.next, w.from, 2, 60, app, "card", true, approved);
    }

    function give(address app, address owner) external {
        ownerOf[app] = owner;
        emit TransferProver(app, owner);
    }

    function workOf(address app) external view returns (uint256) {
        Work storage w = works[app];
        return EPOCHS.height() >= w.from ? w.next : w.value;
    }
}

/// Stakes of apps, miners and players: a change counts from the next epoch on.
contract PozkStake {
    event ProverStakeChange(
        uint256 epoch, address prover, address account, int256 changed, uint256 staking, uint256 total
    );
    event MinerStakeChange(
        uint256 epoch, address prover, address account, int256 changed, uint256 staking, uint256 total
    );
    event PlayerStakeChange(uint256 epoch, address account, int256 changed, uint256 staking, uint256 total);

    struct Sum {
        int256 now_;
        int256 next;
        uint256 from;
    }

    PozkEpoch internal immutable EPOCHS;
    mapping(address => Sum) internal apps;
    mapping(address => mapping(address => Sum)) internal miners;
    mapping(address => Sum) internal players;

    constructor(PozkEpoch epochs) {
        EPOCHS = epochs;
    }

    function stakeProver(address app, address account, int256 changed) external {
        (uint256 from, uint256 total) = _change(apps[app], changed);
        emit ProverStakeChange(from, app, account, changed, 7, total); // that field is wrong there, too
    }

    function stakeMiner(address app, address account, int256 changed) external {
        (uint256 from, uint256 total) = _change(miners[app][account], changed);
        emit MinerStakeChange(from, app, account, changed, total, total);
    }

    function stakePlayer(address account, int256 changed) external {
        (uint256 from, uint256 total) = _change(players[account], changed);
        emit PlayerStakeChange(from, account, changed, total, total);
    }

    function ofApp(address app) external view returns (uint256) {
        return _effective(apps[app]);
    }

    function ofMiner(address app, address account) external view returns (uint256) {
        return _effective(miners[app][account]);
    }

    function ofPlayer(address account) external view returns (uint256) {
        return _effective(players[account]);
    }

    function _change(Sum storage sum, int256 changed) internal returns (uint256, uint256) {
        uint256 from = EPOCHS.update() + 1;
        if (sum.from < from) {
            sum.now_ = sum.next;
            sum.from = from;
        }
        sum.next += changed;
        return (from, uint256(sum.next));
    }

    function _effective(Sum storage sum) internal view returns (uint256) {
        return uint256(EPOCHS.height() >= sum.from ? sum.next : sum.now_);
    }
}

/// Where pools come from; the miners' amounts are in no event.
contract PozkVesting {
    event NewMineReward(uint256 epoch, uint256 amount);

    struct Amount {
        uint256 amount;
        uint256 end;
    }

    PozkEpoch internal immutable EPOCHS;
    uint256 public mine;
    mapping(address => Amount) internal amounts;

    constructor(PozkEpoch epochs, uint256 amount) {
        EPOCHS = epochs;
        _set(amount);
    }

    function setMineReward(uint256 amount) external {
        _set(amount);
    }

    function setMinerAmount(address[] calldata miners, uint256[] calldata vested, uint256[] calldata ends) external {
        for (uint256 i = 0; i < miners.length; i++) {
            amounts[miners[i]] = Amount(vested[i], ends[i]);
        }
    }

    function miner(address account) external view returns (uint256) {
        Amount memory a = amounts[account];
        return a.end == 0 || block.timestamp < a.end ? a.amount : 0;
    }

    function _set(uint256 amount) internal {
        mine = amount;
        emit NewMineReward(EPOCHS.height(), amount);
    }
}

/// Tasks, as far as they are labor.
contract PozkTask {
    event SubmitTask(uint256 id, bytes proof);

    uint256 internal tasks;

    function submit(PozkReward reward, address app, address miner, address player, uint256 times) external {
        for (uint256 i = 0; i < times; i++) {
            emit SubmitTask(++tasks, "");
            reward.work(app, miner, player);
        }
    }
}

/// Labor and its rewards, with the known faults of the deployed ones.
contract PozkReward {
    event MinerLabor(uint256 epoch, address prover, address miner, uint256 work);
    event PlayerLabor(uint256 epoch, address prover, address player, uint256 play);
    event MinerCollect(uint256 epoch, address prover, address miner, uint256 amount);
    event PlayerCollect(uint256 epoch, address prover, address player, uint256 amount);
    event Alpha(int256 n, int256 d);
    event Beta(int256 n, int256 d);
    event Gamma(int256 n, int256 d);
    event MinerPlayerPer(uint256 minerMaxPer, uint256 minerMinPer, uint256 playerMaxNum);
    event DepositExtraProverRewards(address prover, uint256 epoch, address token, uint256 amount);
    event ClaimExtraProverRewards(address prover, uint256 epoch, uint256 remain);

    struct Labor {
        uint256 labor;
        uint256 stake;
        bool collected;
    }

    struct Pool {
        uint256 work;
        uint256 stake;
        uint256 labor;
        uint256 staked; // labor of accounts with a stake that is not collected
        uint256[2] parts;
        uint256[2] stakes;
        uint256 left;
        uint256 extra;
        uint256 extraLeft;
        uint256[2] extras;
    }

    struct Epoch {
        uint256 open;
        uint256 work;
        uint256 stake;
    }

    PozkEpoch internal immutable EPOCHS;
    PozkProver internal immutable PROVERS;
    PozkStake internal immutable STAKES;
    PozkVesting internal immutable VESTING;
    PozkToken internal immutable TOKEN;

    int256[2] internal alpha;
    int256[2][2] internal exponents;
    uint256[3] internal percent;
    mapping(uint256 => Epoch) internal epochs;
    mapping(uint256 => mapping(address => Pool)) internal pools;
    mapping(bytes32 => Labor) internal labors;

    constructor(PozkEpoch epochs_, PozkProver provers, PozkStake stakes, PozkVesting vesting, PozkToken token) {
        (EPOCHS, PROVERS, STAKES, VESTING, TOKEN) = (epochs_, provers, stakes, vesting, token);
        setAlpha(1, 4);
        setBeta(1, 4);
        setGamma(1, 4);
        setMinerPlayerPer(90, 10, 10000);
    }

    function setAlpha(int256 n, int256 d) public {
        alpha = [n, d];
        emit Alpha(n, d);
    }

    function setBeta(int256 n, int256 d) public {
        exponents[0] = [n, d];
        emit Beta(n, d);
    }

    function setGamma(int256 n, int256 d) public {
        exponents[1] = [n, d];
        emit Gamma(n, d);
    }

    function setMinerPlayerPer(uint256 most, uint256 least, uint256 full) public {
        percent = [most, least, full];
        emit MinerPlayerPer(most, least, full);
    }

    function depositExtra(address app, uint256 epoch, uint256 amount) external {
        pools[epoch][app].extra += amount;
        TOKEN.move(msg.sender, address(this), amount);
        emit DepositExtraProverRewards(app, epoch, address(TOKEN), amount);
    }

    function work(address app, address miner, address player) external {
        uint256 epoch = EPOCHS.update();
        uint256 own = STAKES.ofApp(app);
        if (own == 0) return;
        Pool storage pool = pools[epoch][app];
        if (pool.labor == 0) {
            (pool.work, pool.stake) = (PROVERS.workOf(app), own);
            epochs[epoch].open += 1;
            epochs[epoch].work += pool.work;
            epochs[epoch].stake += own;
        }
        pool.labor += 1;
        _add(pool, 0, _key(epoch, app, miner, 0), STAKES.ofMiner(app, miner) + VESTING.miner(miner));
        _add(pool, 1, _key(epoch, app, player, 1), STAKES.ofPlayer(player));
        emit MinerLabor(epoch, app, miner, 1);
        emit PlayerLabor(epoch, app, player, 1);
    }

    function minerCollect(uint256 epoch, address app, address miner) external {
        emit MinerCollect(epoch, app, miner, _collect(epoch, app, miner, 0));
    }

    function playerCollect(uint256 epoch, address app, address player) external {
        emit PlayerCollect(epoch, app, player, _collect(epoch, app, player, 1));
    }

    function _add(Pool storage pool, uint256 role, bytes32 key, uint256 stake) internal {
        Labor storage own = labors[key];
        if (own.labor == 0) {
            own.stake = stake;
            pool.stakes[role] += stake;
        }
        own.labor += 1;
        if (own.stake > 0) pool.staked += 1;
    }

    function _collect(uint256 epoch, address app, address account, uint256 role) internal returns (uint256 amount) {
        require(epoch < EPOCHS.update(), "epoch goes on");
        Pool storage pool = pools[epoch][app];
        Labor storage own = labors[_key(epoch, app, account, role)];
        require(own.labor > 0 && !own.collected, "nothing to collect");
        if (pool.parts[0] == 0 && pool.parts[1] == 0) _open(epoch, app);
        amount = _share(pool.parts[role], pool, own, role);
        own.collected = true;
        if (amount > 0) TOKEN.move(address(this), account, amount);
        uint256 extra = _share(pool.extras[role], pool, own, role);
        if (extra > 0) TOKEN.move(address(this), account, extra);
        pool.extraLeft -= extra;
        pool.left -= amount; // a changed beta can overdraw it
        if (own.stake > 0) pool.staked -= own.labor;
        if (pool.staked == 0) _close(epoch, app, pool);
    }

    function _share(uint256 part, Pool storage pool, Labor storage own, uint256 role) internal view returns (uint256) {
        return PozkMath.cobbDouglas(
            part, own.labor, pool.labor, own.stake, pool.stakes[role], exponents[role][0], exponents[role][1]
        );
    }

    function _open(uint256 epoch, address app) internal {
        Pool storage pool = pools[epoch][app];
        Epoch storage e = epochs[epoch];
        uint256 phi =
            PozkMath.cobbDouglas(VESTING.mine(), pool.work, e.work, pool.stake, e.stake, alpha[0], alpha[1]);
        uint256 y = percent[0];
        if (pool.labor < percent[2]) y = (pool.labor * (percent[0] - percent[1])) / percent[2] + percent[1];
        pool.parts = [(phi * y) / 100, phi - (phi * y) / 100];
        pool.left = phi;
        TOKEN.move(address(VESTING), address(this), phi);
        emit ClaimExtraProverRewards(app, epoch, pool.extra);
        pool.extras = [(pool.extra * y) / 100, pool.extra - (pool.extra * y) / 100];
        (pool.extraLeft, pool.extra) = (pool.extra, 0);
    }

    function _close(uint256 epoch, address app, Pool storage pool) internal {
        if (pool.left > 0) TOKEN.move(address(this), address(VESTING), pool.left);
        if (pool.extraLeft > 0) TOKEN.move(address(this), PROVERS.ownerOf(app), pool.extraLeft);
        (pool.extraLeft, pool.extras) = (0, [uint256(0), 0]);
        (pool.left, pool.work, pool.stake) = (0, 0, 0);
        pool.parts = [uint256(0), 0];
        Epoch storage e = epochs[epoch];
        e.open -= 1; // a second time for a zero-stake account that comes late
        if (e.open == 0) (e.work, e.stake) = (0, 0);
    }

    function _key(uint256 epoch, address app, address account, uint256 role) internal pure returns (bytes32) {
        return keccak256(abi.encode(epoch, app, account, role));
    }
}
