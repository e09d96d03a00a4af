"""What the named queries answer, computed a second time in plain Python out of the lake's rows."""

from collections import Counter, defaultdict
from fractions import Fraction

from tests.settlement.adapters.queries.plain_world import (
    ROLES,
    TIERS,
    quantile,
    ratio,
    seconds,
    summed,
    taken,
    text,
    tokens,
)


def leaderboard(world, board="miners"):
    key = "app" if board == "apps" else "account"
    wanted = (0, 1) if board == "apps" else (("miners", "users").index(board),)
    rows = [row for row in world.amounts if row["role"] in wanted and row["token"] == world.token]
    sums = summed(rows, lambda row: row[key], lambda row: row["amount"])
    proofs = Counter(
        row[{"miners": "miner", "users": "user", "apps": "app"}[board]] for row in world.tables["proof_verified"]
    )
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return [(place, text(who), amount, tokens(amount), proofs[who]) for place, (who, amount) in enumerate(ranked, 1)]


def miner_history(world, account):
    found = []
    for epoch in world.epochs:
        proofs = [row for row in world.tables["proof_verified"] if (row["miner"], row["epoch"]) == (account, epoch)]
        fees = sum(
            task["paid"]["to_miner"]
            for task in world.proven
            if "paid" in task and (task["proof"]["miner"], task["proof"]["epoch"]) == (account, epoch)
        )
        missed = sum(
            row["miner"] == account and world.epoch_at(world.at(row)) == epoch for row in world.tables["task_expired"]
        )
        paid = [
            row["amount"]
            for row in world.amounts
            if (row["epoch"], row["account"], row["role"], row["token"]) == (epoch, account, 0, world.token)
        ]
        stake = world.stake(epoch, 0, account)[account]
        if proofs or missed or paid or stake:
            apps, gates = len({row["app"] for row in proofs}), sum(row["gates"] for row in proofs)
            money = [part for amount in (stake, fees, sum(paid)) for part in (amount, tokens(amount))]
            found.append((epoch, len(proofs), apps, gates, missed, *money))
    return found


def app_revenue(world):
    rows = [row for row in world.amounts if row["role"] <= 1 and row["token"] == world.token]
    paid = summed(rows, lambda row: row["app"], lambda row: row["amount"])
    names = {app: row["name"].decode() for (app,), row in world.last_of("app_registered", "app").items()}
    found = []
    for app in {task["app"] for task in world.proven} | set(paid):
        own = [task for task in world.proven if task["app"] == app]
        miners, users = {task["proof"]["miner"] for task in own}, {task["user"] for task in own}
        parts = [
            sum(task["paid"][name] for task in own if "paid" in task) for name in ("to_miner", "burned", "rebated")
        ]
        fees = sum(task["fee"] for task in own)
        counts = (len(own), len(miners), len(users), fees, tokens(fees), *parts)
        found.append((text(app), names.get(app), *counts, paid[app], tokens(paid[app])))
    return sorted(found, key=lambda row: (-row[5], row[0]))


def reward_concentration(world):
    found = []
    for epoch in sorted({row["epoch"] for row in world.amounts}):
        rows = [
            row for row in world.amounts if row["epoch"] == epoch and row["role"] <= 1 and row["token"] == world.token
        ]
        paid = sorted(summed(rows, lambda row: row["account"], lambda row: row["amount"]).values())
        if paid:
            many, whole = len(paid), sum(paid)
            apart = sum(abs(one - other) for one in paid for other in paid)
            shares = [ratio(sum(paid[-count:]), whole) for count in (1, 10, -(-many // 10))]
            found.append((epoch, many, whole, tokens(whole), ratio(apart, 2 * many * whole), *shares))
    return found


def stake_flows(world):
    found = []
    keys = {(row["effective_epoch"], row["app"], row["role"]) for row in world.tables["stake_changed"]}
    for epoch, app, role in keys:
        own = [row for row in world.tables["stake_changed"] if (row["app"], row["role"]) == (app, role)]
        now = [row["delta"] for row in own if row["effective_epoch"] == epoch]
        added, removed = sum(each for each in now if each > 0), -sum(each for each in now if each < 0)
        effective = sum(row["delta"] for row in own if row["effective_epoch"] <= epoch)
        money = [part for amount in (added, removed, added - removed, effective) for part in (amount, tokens(amount))]
        found.append((epoch, text(app), ROLES[role], len(now), *money))
    return sorted(found)


def utilisation(world):
    found = []
    for epoch in world.epochs:
        posted = [task for task in world.tasks if world.epoch_at(task["posted_at"]) == epoch]
        counts = [
            len(posted),
            sum(bool(task["takes"]) for task in posted),
            sum("proof" in task for task in posted),
            sum("cancel" in task and "proof" not in task for task in posted),
            sum(task["misses"] > 0 for task in posted),
        ]
        stakers = sum(stake > 0 for stake in world.stake(epoch, 0).values())
        now = [task for task in world.proven if task["proof"]["epoch"] == epoch]
        miners = len({task["proof"]["miner"] for task in now})
        busy = sum(max(0, seconds(task)) for task in now if task["takes"])
        shares = (ratio(counts[2], counts[0]), ratio(miners, stakers), ratio(busy, world.length * miners))
        found.append((epoch, *counts, stakers, miners, busy, *shares))
    return found


def missed_deadlines(world):
    apps = {(task["address"], task["task_id"]): task["app"] for task in world.tasks}
    counts = defaultdict(lambda: [0, 0, 0, 0, 0])
    for row in world.tables["task_accepted"]:
        counts[apps[row["address"], row["task_id"]], row["miner"]][0] += 1
    for row in world.tables["task_expired"]:
        own = counts[apps[row["address"], row["task_id"]], row["miner"]]
        own[1] += 1
        own[2] += row["slashed"]
    for task in world.proven:
        if task["takes"] and task["takes"][0]["miner"] != task["proof"]["miner"]:
            counts[task["app"], task["takes"][0]["miner"]][3] += 1
            counts[task["app"], task["proof"]["miner"]][4] += 1
    rows = [
        (text(app), text(miner), took, missed, slashed, tokens(slashed), lost, stepped, ratio(missed, took))
        for (app, miner), (took, missed, slashed, lost, stepped) in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row[3], row[0], row[1]))


def fees(world):
    found = []
    paid = [task for task in world.proven if "paid" in task]
    for epoch in sorted({task["proof"]["epoch"] for task in paid}):
        own = [task for task in paid if task["proof"]["epoch"] == epoch]
        sums = [sum(task["fee"] for task in own)]
        sums += [sum(task["paid"][name] for task in own) for name in ("to_miner", "burned", "rebated")]
        offers = [task["fee"] for task in own]
        money = [part for amount in sums for part in (amount, tokens(amount))]
        found.append((epoch, len(own), *money, min(offers), max(offers)))
    return found


def time_to_proof(world):
    found = []
    for app in sorted({task["app"] for task in world.tasks}):
        own = [task for task in world.tasks if task["app"] == app]
        spent = [seconds(task) for task in own if "proof" in task and task["takes"]]
        missed = sum(task["misses"] for task in own)
        if spent or missed:
            found.append(
                (text(app), len(spent), quantile(spent, 5), quantile(spent, 9), max(spent, default=None), missed)
            )
    return found


def throughput(world):
    weights = world.in_order("scheme_weight_set")
    found = []
    for miner in {task["proof"]["miner"] for task in world.proven}:
        own = [task for task in world.proven if task["proof"]["miner"] == miner]
        work = 0
        for task in own:
            in_force = [row for row in weights if row["scheme"] == task["proof"]["scheme"]]
            in_force = [row for row in in_force if row["from_epoch"] <= task["proof"]["epoch"]]
            alpha = max(in_force, key=lambda row: (row["from_epoch"], row["block_number"], row["log_index"]))
            work += task["proof"]["gates"] * alpha["alpha_milli"]
        gates, busy = sum(task["proof"]["gates"] for task in own), sum(max(0, seconds(task)) for task in own)
        epochs = len({task["proof"]["epoch"] for task in own})
        hours = Fraction(epochs * world.length, 3600)
        rates = (float(len(own) / hours), float(gates / hours), ratio(gates * 3600, busy))
        reached = [name for least, name in (*TIERS, (6968, "4 cores")) if busy and work >= least * 1000 * busy]
        tier = "too fast to tell" if not busy else (reached or ["fewer than 4 cores"])[0]
        found.append((text(miner), len(own), epochs, gates, work, busy, *rates, tier))
    return sorted(found, key=lambda row: (-row[4], row[0]))


def cohort_retention(world, role="miners"):
    key = "miner" if role == "miners" else "user"
    active = defaultdict(set)
    for row in world.tables["proof_verified"]:
        active[row[key]].add(row["epoch"])
    last, found = max((max(epochs) for epochs in active.values()), default=0), []
    for cohort in sorted({min(epochs) for epochs in active.values()}):
        own = [epochs for epochs in active.values() if min(epochs) == cohort]
        for epoch in range(cohort, last + 1):
            now = sum(epoch in epochs for epochs in own)
            found.append((cohort, epoch - cohort, len(own), now, ratio(now, len(own))))
    return found


def claim_lag(world):
    firsts = {}
    for row in sorted(world.leaves, key=lambda row: row["epoch"]):
        firsts.setdefault((row["account"], row["token"], row["cumulative"]), row["epoch"])
    active = {row["epoch"]: world.at(row) for row in world.in_order("root_activated")}
    claims = defaultdict(list)
    for row in world.tables["claimed"]:
        epoch = firsts.get((row["account"], row["token"], row["cumulative"]))
        lag = world.at(row) - active[epoch] if epoch in active else None
        claims[epoch, row["token"]].append((row["account"], row["amount"], lag))
    found = []
    for epoch, token in sorted(claims, key=lambda key: (key[0] is None, key[0] or 0, key[1])):
        own = claims[epoch, token]
        lags = [lag for _, _, lag in own if lag is not None]
        amount = sum(amount for _, amount, _ in own)
        accounts = len({account for account, _, _ in own})
        middle = (min(lags, default=None), quantile(lags, 5), quantile(lags, 9))
        found.append((epoch, text(token), len(own), accounts, amount, *middle))
    return found


def unclaimed_by_age(world):
    claimed, before, left = defaultdict(int), defaultdict(int), defaultdict(dict)
    for row in world.tables["claimed"]:
        key = row["account"], row["token"]
        claimed[key] = max(claimed[key], row["cumulative"])
    for row in sorted(world.leaves, key=lambda row: row["epoch"]):
        key = row["account"], row["token"]
        rest = row["cumulative"] - max(before[key], claimed[key])
        before[key] = row["cumulative"]
        if rest > 0:
            left[row["token"], row["epoch"]][row["account"]] = rest
    last = max(row["epoch"] for row in world.reports)
    return [
        (text(token), epoch, last - epoch, len(own), sum(own.values())) for (token, epoch), own in sorted(left.items())
    ]


def account_statement(world, account):
    lines = [
        ("earned", world.genesis + (row["epoch"] + 1) * world.length, row["epoch"], text(row["token"]), row["amount"])
        for row in world.amounts
        if row["account"] == account
    ]
    lines += [
        ("claimed", world.at(row), None, text(row["token"]), row["amount"])
        for row in world.tables["claimed"]
        if row["account"] == account
    ]
    own = text(world.token)
    for task in world.tasks:
        paid, is_user = task.get("paid"), task["user"] == account
        if is_user:
            lines.append(("fee offered", task["posted_at"], None, own, -task["fee"]))
            if "cancel" in task:
                lines.append(("fee returned", task["cancel"]["at"], None, own, task["fee"]))
        if paid and is_user and paid["rebated"]:
            lines.append(("fee rebated", paid["at"], None, own, paid["rebated"]))
        if paid and task.get("proof", {}).get("miner") == account:
            lines.append(("fee earned", paid["at"], None, own, paid["to_miner"]))
    for table, kind, name, sign in (
        ("stake_changed", "stake", "delta", 1),
        ("slashed", "slashed", "amount", -1),
        ("withdrawn", "withdrawn", "amount", 1),
    ):
        rows = [row for row in world.tables[table] if row["account"] == account]
        lines += [(kind, world.at(row), None, own, sign * row[name]) for row in rows]
    return sorted(lines, key=str)


def self_dealing_pairs(world, least=3, quick=60):
    pairs = defaultdict(list)
    for task in world.proven:
        pairs[task["proof"]["miner"], task["user"]].append(task)
    of_miner = Counter(task["proof"]["miner"] for task in world.proven)
    of_user = Counter(task["user"] for task in world.proven)
    spent = summed(world.proven, lambda task: task["user"], lambda task: task["fee"])
    found = []
    for (miner, user), own in pairs.items():
        if len(own) < least:
            continue
        fee = sum(task["fee"] for task in own)
        wait = quantile([taken(task) - task["posted_at"] for task in own if task["takes"]], 5)
        exclusive = 2 * len(own) > of_miner[miner] and 2 * len(own) > of_user[user]
        flags = (miner == user, exclusive, wait is not None and wait <= quick, 2 * fee > spent[user])
        shares = (ratio(len(own), of_miner[miner]), ratio(len(own), of_user[user]), ratio(fee, spent[user]))
        found.append((text(miner), text(user), sum(flags), *flags, len(own), fee, wait, *shares))
    return sorted(found, key=lambda row: (-row[2], -row[7], row[0], row[1]))


def anomalies(world):
    found = Counter()
    by_app, by_epoch = defaultdict(list), defaultdict(list)
    for row in world.tables["proof_verified"]:
        by_app[row["app"]].append(row["gates"])
        by_epoch[row["epoch"], row["app"]].append(row["miner"])
        if row["miner"] == row["user"]:
            found["self-dealing", row["epoch"], text(row["miner"]), text(row["app"])] = 1
    for (epoch, app), miners in by_epoch.items():
        if len(miners) >= 3 and len(set(miners)) == 1:
            found["single miner", epoch, text(miners[0]), text(app)] = 1
    for task in world.proven:
        proof, middle = task["proof"], quantile(by_app[task["app"]], 5)
        place = (proof["epoch"], text(proof["miner"]), text(task["app"]))
        if proof["gates"] > 10 * middle or proof["gates"] * 10 < middle:
            found["gate outlier", *place] = 1
        if task["takes"]:
            left, whole = task["takes"][-1]["deadline"] - proof["at"], task["takes"][-1]["deadline"] - taken(task)
            if left >= 0 and left * 20 <= whole:
                found["proof at the deadline", *place] = 1
    for row in world.tables["stake_changed"]:
        starts = world.genesis + row["effective_epoch"] * world.length
        if row["delta"] > 0 and starts - world.length // 10 <= world.at(row) < starts:
            found["late stake", row["effective_epoch"], text(row["account"]), text(row["app"])] += 1
    apps = {(task["address"], task["task_id"]): task["app"] for task in world.tasks}
    for row in world.tables["task_expired"]:
        found["missed deadline", None, text(row["miner"]), text(apps[row["address"], row["task_id"]])] += 1
    return found


def quality(world):
    found = []
    took = Counter(row["miner"] for row in world.tables["task_accepted"])
    missed = Counter(row["miner"] for row in world.tables["task_expired"])
    slashed = summed(world.tables["task_expired"], lambda row: row["miner"], lambda row: row["slashed"])
    last = {(task["address"], task["task_id"]): task["takes"][-1]["miner"] for task in world.tasks if task["takes"]}
    disputes = [(last[row["address"], row["task_id"]], row["ruling"]) for row in world.tables["dispute_resolved"]]
    for miner in took.keys() | missed.keys() | {task["proof"]["miner"] for task in world.proven}:
        own = [task for task in world.proven if task["proof"]["miner"] == miner]
        spent = [seconds(task) for task in own]
        left = [task["takes"][-1]["deadline"] - task["proof"]["at"] for task in own if task["takes"]]
        stepped = sum(bool(task["takes"]) and task["takes"][0]["miner"] != miner for task in own)
        judged = [ruling for who, ruling in disputes if who == miner]
        counts = (took[miner], len(own), missed[miner], stepped, len(judged), judged.count(1))
        times = (quantile(spent, 5), quantile(spent, 9), quantile(left, 5))
        shares = (ratio(len(own), took[miner]), ratio(missed[miner], took[miner]))
        found.append((text(miner), *counts, slashed[miner], tokens(slashed[miner]), *times, *shares))
    return sorted(found, key=lambda row: (-row[2], row[0]))


def committee_punctuality(world):
    votes = world.last_of("report_voted", "epoch", "oracle")
    dissents = world.last_of("dissented", "epoch", "oracle")
    roots = {epoch: row["report_hash"] for (epoch,), row in world.last_of("root_proposed", "epoch").items()}
    found = []
    for oracle in sorted({oracle for _, oracle in [*votes, *dissents]}):
        own = {epoch: row for (epoch, who), row in votes.items() if who == oracle}
        against = {epoch for epoch, who in dissents if who == oracle}
        since = min([*own, *against])
        against |= {epoch for epoch, row in own.items() if epoch in roots and roots[epoch] != row["report_hash"]}
        missed = sum(epoch >= since and epoch not in own for epoch in roots)
        late = [world.at(row) - (world.genesis + (epoch + 1) * world.length) for epoch, row in own.items()]
        times = (min(late, default=None), quantile(late, 5), max(late, default=None))
        found.append((text(oracle), since, len(own), missed, len(against), *times, ratio(len(own), len(own) + missed)))
    return found
