"""The paper's rulesets evaluated from the formula, in plain integers, on documents of `pozk allocate`.

It shares no code with the rules: floor of the Q-th root of a rational, row by row, for all rows and bonus pools.
"""

from tests.settlement.rules.epoch_inputs import naive_floor

ROLES = (("miner", "miners", "work"), ("user", "users", "tasks"))


def naive_output(document):
    """Return what `pozk allocate` must give for a document with small roots."""
    numbers = {key: naive_floor(scale, factors) for key, (scale, factors) in naive_factors(document).items()}
    pool = int(document["pool"])
    if document["residual"] == "normalize":
        numbers = naive_normalize(numbers, pool)
    roles = {role: place for place, (role, _, _) in enumerate(ROLES)}
    order = sorted(numbers, key=lambda key: (key[0], key[1], roles[key[2]]))
    paid = sum(numbers.values())
    output = {
        "amounts": [{"account": k[0], "app": k[1], "role": k[2], "amount": str(numbers[k])} for k in order],
        "distributed": str(paid),
        "remainder": str(pool - paid),
    }
    return output | ({"bonuses": naive_bonuses(document)} if "bonuses" in document else {})


def naive_amounts(document):
    """Return (account, app, role) -> floor, before any normalization."""
    return {key: naive_floor(scale, factors) for key, (scale, factors) in naive_factors(document).items()}


def naive_normalize(numbers, pool):
    """Return `pool * y // sum` for each, and the wei left one each to the largest, ties by (account, app, role)."""
    total = sum(numbers.values())
    if total == 0:
        return numbers
    scaled = {key: pool * wei // total for key, wei in numbers.items()}
    order = sorted(scaled, key=lambda key: (-scaled[key], key))  # "miner" < "user", as 0 < 1
    for key in order[: pool - sum(scaled.values())]:
        scaled[key] += 1
    return scaled


def naive_factors(document):
    """Return (account, app, role) -> (scale, factors (p, q, exponent in basis points)) of the emission."""
    weight, x_of, counted = weights_of(document), x_by_app(document), counted_apps(document)
    parts = parts_of(document, document["apps"])
    found = {}
    for role, table, x in ROLES:
        for row in document[table]:
            key = (row["account"], row["app"], role)
            if row["app"] not in counted or parts[role] == 0:
                found[key] = (0, [])
                continue
            app = counted[row["app"]]
            factors = [
                (parts[role], sum(parts.values()), 10_000),
                (int(app["circuit_work"]), sum(int(one["circuit_work"]) for one in counted.values()), weight["a"]),
                (int(app["user_stake"]), app_total(document, counted), weight["b"]),
                (int(row[x]), x_of[role, row["app"]], weight["c"]),
                (int(row["stake"]), own_total(document, app, role), weight["d"]),
            ]
            found[key] = (int(document["pool"]), factors)
    return found


def app_total(document, counted):
    """Return what an app's user stake is divided by."""
    if document["ruleset"] == "paper-v1":
        return int(document["total_app_staking"])
    return sum(int(app["user_stake"]) for app in counted.values())


def own_total(document, app, role):
    """Return what an account's own stake is divided by in the emission."""
    return int(document["total_staking"] if document["ruleset"] == "paper-v1" else app[f"{role}_stake"])


def naive_bonuses(document):
    """Return the bonus rows above 0 by (token, account, app, role number)."""
    rows = []
    pools = sorted({(deposit["token"], deposit["app"]) for deposit in document["bonuses"]})
    for token, app in pools:
        deposits = {}
        for deposit in document["bonuses"]:
            if (deposit["token"], deposit["app"]) == (token, app):
                deposits[deposit["from"]] = deposits.get(deposit["from"], 0) + int(deposit["amount"])
        paid = naive_pool(document, app, sum(deposits.values()))
        paid |= naive_returned(deposits, sum(deposits.values()) - sum(paid.values()))
        rows += [(token, who, app, role, wei) for (who, role), wei in paid.items() if wei]
    names = ("miner", "user", "returned")
    return [
        {"token": token, "account": who, "app": app, "role": names[role], "amount": str(wei)}
        for token, who, app, role, wei in sorted(rows)
    ]


def naive_pool(document, app, pool):
    """Return (account, role number) -> wei of a pool's participants."""
    weight, x_of, counted = weights_of(document), x_by_app(document), counted_apps(document)
    if app not in counted:
        return {}
    parts, paid = parts_of(document, [counted[app]]), {}
    for number, (role, table, x) in enumerate(ROLES):
        rows = [row for row in document[table] if row["app"] == app]
        own = sum(int(row["stake"]) for row in rows)
        total = own if document["ruleset"] == "paper-v1" else int(counted[app][f"{role}_stake"])
        for row in rows:
            factors = [
                (parts[role], sum(parts.values()), 10_000),
                (int(row[x]), x_of[role, app], weight["c"]),
                (int(row["stake"]), total, weight["d"]),
            ]
            paid[row["account"], number] = naive_floor(pool, factors) if parts[role] else 0
    return paid


def naive_returned(deposits, rest):
    """Return (depositor, 2) -> wei: pro rata, the wei left one each to the largest deposits, ties by address."""
    total = sum(deposits.values())
    if total == 0:
        return {}
    back = {who: rest * wei // total for who, wei in deposits.items()}
    for who in sorted(deposits, key=lambda who: (-deposits[who], who))[: rest - sum(back.values())]:
        back[who] += 1
    return {(who, 2): wei for who, wei in back.items()}


def weights_of(document):
    """Return the weights in basis points."""
    return {key: int(value) for key, value in document["weights"].items()}


def x_by_app(document):
    """Return (role, app) -> work or tasks of all its miners or users."""
    return {
        (role, app["app"]): sum(int(row[x]) for row in document[table] if row["app"] == app["app"])
        for app in document["apps"]
        for role, table, x in ROLES
    }


def parts_of(document, apps):
    """Return role -> work or usage of some apps."""
    x_of = x_by_app(document)
    own = {role: sum(x_of[role, app["app"]] for app in apps) for role, _, _ in ROLES}
    return own | {"user": own["user"] * int(document["usage_unit"])}


def counted_apps(document):
    """Return the apps whose rows' work and tasks are not all 0, by address."""
    x_of = x_by_app(document)
    return {app["app"]: app for app in document["apps"] if x_of["miner", app["app"]] + x_of["user", app["app"]]}
