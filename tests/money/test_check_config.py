"""What `check` passes works afterwards, and what it refuses does not: each key of the toml altered in turn.

`make check-config` alters every key, also to contracts that are copies of the right ones; the suite a handful.
"""

import os
from dataclasses import dataclass

import pytest

from deploy.devnet import reload_devnet
from deploy.devnet.rpc import DevRpc
from settlement.entry.configuration.keys import KEYS
from tests.support.operator import operator_of, reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
EVERY_KEY = bool(os.environ.get("EVERY_KEY"))
ROLES = ("app_registry", "staking", "task_market", "parameters", "distributor", "token")
NOBODY, HASH = "0x" + "77" * 20, "0x" + "11" * 32


@dataclass(frozen=True)
class Alteration:
    """One key with another value. `is_spared`: wrong, but no report depends on it, on this network or at all.

    `is_fewer`: fewer epochs may be settled. In the value {rpc} is the node's URL, {staking} an address, and so on.
    """

    section: str
    key: str
    value: str
    is_spared: bool = False
    is_fewer: bool = False

    def __str__(self):
        return f"{self.section}.{self.key}={self.value}"

    def apply(self, operator, network):
        names = {"rpc": network.rpc, "genesis": str(network.genesis + 1), **network.addresses}
        value = self.value
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        operator.environment[f"POZK_{self.section}_{self.key}".upper()] = value


HANDFUL = [
    Alteration("chain", "verify", "none"),
    Alteration("contracts", "staking", "{task_market}"),
    Alteration("epoch", "genesis", "{genesis}"),
]
EVERY = [
    *HANDFUL,
    Alteration("protocol", "name", "nobody's"),
    Alteration("protocol", "vesting", "none.csv", is_spared=True),  # of networks of the deployed contracts
    *(Alteration("chain", "rpc", value) for value in ("http://127.0.0.1:9", "{rpc},http://127.0.0.1:9", "no url")),
    Alteration("chain", "chain_id", "1"),
    *(Alteration("chain", "finality", value, is_fewer=True) for value in ("0", "20", "100000")),
    *(Alteration("chain", "verify", value) for value in ("bloom", "quorum:1", "quorum:2")),
    *(Alteration("chain", "start_block", value) for value in ("1", "90", "100000")),
    *(Alteration("chain", "final_agreement", value) for value in ("1", "2")),
    *(Alteration("chain", "checkpoints", f"{number}:{HASH}") for number in (5, 999_999)),
    Alteration("chain", "max_ahead_seconds", "1"),
    Alteration("chain", "vouch_start", "true"),
    *(Alteration("chain", key, "none.pem") for key in ("ca_file", "client_cert", "client_key")),
    *(Alteration("chain", key, "1") for key in ("answer_seconds", "answer_megabytes", "patience_seconds")),
    *(Alteration("contracts", role, NOBODY) for role in ROLES),
    *(Alteration("contracts", role, "{" + other + "}") for role in ROLES for other in ROLES if role != other),
    *(Alteration("contracts", role, "{copy of " + role + "}") for role in ROLES),
    *(
        Alteration("contracts", role, '[{"address": "{' + role + '}", "from_block": 60}]')
        for role in ROLES
        if role != "token"
    ),
    Alteration("epoch", "length_seconds", "3600"),
    Alteration("epoch", "first", "1"),
    Alteration("settlement", "ruleset", "paper-v2"),
    Alteration("settlement", "ruleset", "paper-v9", is_spared=True),  # the devnet has a RulesetSet for every epoch
    Alteration("settlement", "residual", "normalize"),
    Alteration("settlement", "engine", "abacus"),
    Alteration("settlement", "spark_master", "local[1]", is_spared=True),  # of another engine than this one
    Alteration("settlement", "spark_config", "spark.a=b", is_spared=True),
    Alteration("settlement", "opening", "none.bin"),
    Alteration("settlement", "peers", "nowhere", is_spared=True),
    Alteration("store", "data_dir", "elsewhere"),
    Alteration("store", "database_url", "mysql://x"),
    Alteration("serve", "host", "0.0.0.0", is_spared=True),  # noqa: S104 - nothing listens
    *(Alteration("serve", key, "0", is_spared=True) for key in ("port", "requests_per_minute")),
    Alteration("serve", "origins", "*", is_spared=True),
    Alteration("serve", "behind_proxy", "true", is_spared=True),
    *(Alteration("serve", key, "https://example.org", is_spared=True) for key in ("public_rpc", "explorer")),
    *(Alteration(section, key, "1", is_spared=True) for section in ("alerts", "run", "query") for key in KEYS[section]),
    *(
        Alteration(section, key, value, is_spared=True)
        for section in ("relayer", "signer")
        for key, value in (
            ("keystore", "none.json"),
            ("password", "x"),
            ("url", "http://127.0.0.1:9"),
            ("address", NOBODY),
        )
    ),
    Alteration("relayer", "private_key", "0x" + "42" * 32, is_spared=True),
    Alteration("signer", "max_fee_gwei", "1", is_spared=True),
    Alteration("signer", "private_key", ""),
    Alteration("signer", "private_key", "0x" + "42" * 32, is_spared=True),
]


@pytest.fixture(scope="module")
def network(devnet, tmp_path_factory):
    """The devnet; for every key one of its own, where each contract has a copy of its code at another address."""
    if not EVERY_KEY:
        yield devnet
        return
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path_factory.mktemp("node")) as running:
        rpc = DevRpc(running.rpc)
        for number, role in enumerate(ROLES, start=1):
            copy = f"0x{'c0de' * 9}{number:04x}"
            rpc.call("anvil_setCode", copy, rpc.call("eth_getCode", running.addresses[role], "latest"))
            running.addresses[f"copy of {role}"] = copy
        yield running


@pytest.fixture(scope="session")
def right_reports(settled):
    folder, _ = settled
    return {path.parent.name: path.read_bytes() for path in sorted(folder.glob("my data/epochs/*/report.json"))}


def test_alterations__all_of_them__name_every_key():
    assert {(each.section, each.key) for each in EVERY} == {(section, key) for section in KEYS for key in KEYS[section]}


@pytest.mark.parametrize("altered", EVERY if EVERY_KEY else HANDFUL, ids=str)
def test_check__a_key_altered__says_what_index_and_settle_do(
    network, tmp_path, capsys, lake_url, right_reports, altered
):
    operator = operator_of(network, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.environment |= {"POZK_CHAIN_PATIENCE_SECONDS": "1"}
    altered.apply(operator, network)
    checked = operator.try_pozk("check")
    done = [operator.try_pozk(command) for command in ("index", "settle")]
    code = next((answer.code for answer in done if answer.code), 0)
    assert "governance" not in "".join(answer.stderr for answer in done), f"{altered}: {done[-1].stderr}"
    made = {path.parent.name: path.read_bytes() for path in tmp_path.glob("*/epochs/*/report.json")} | reports_of(
        operator
    )
    is_right = made == right_reports or (altered.is_fewer and made.items() <= right_reports.items())
    if checked.code == 0:
        assert code == 0, f"check passed {altered}: {[answer.stderr for answer in done]}"
        assert is_right, f"check passed {altered}: other reports"
    elif code:
        later = {2, 3} if checked.code == 2 else {checked.code}  # a wrong key may look like a node that is not ready
        assert code in later, f"check said {checked.code} of {altered}, then came {code}"
    elif is_right:
        assert altered.is_spared, f"check said {checked.code} of {altered}, which works"
