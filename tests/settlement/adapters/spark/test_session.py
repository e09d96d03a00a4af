"""The settings that exactness hangs on."""

import pytest

from indexer.words.errors import InputError
from settlement.adapters.spark.session import EXACT, own_session, verify_config, verify_installed, verify_session


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spark.sql.ansi.enabled", "false"),
        ("spark.sql.decimalOperations.allowPrecisionLoss", "true"),
        ("spark.plugins", "org.example.Accelerator"),
        ("spark.sql.extensions", "org.example.Rules"),
        ("spark.shuffle.manager", "org.example.ColumnarShuffle"),
        ("spark.sql.legacy.anything", "true"),
    ],
)
def test_verify_config__setting_that_is_not_exact__is_refused_by_name(name, value):
    with pytest.raises(InputError, match=rf"{name} is not what an exact settlement needs.*{value}"):
        verify_config({"spark.executor.memory": "8g", name: value})


def test_verify_config__the_same_value__is_taken():
    verify_config(EXACT | {"spark.executor.cores": "4"})


def test_verify_installed__no_java__says_what_to_install(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match=r"Spark cannot run here.*no Java.*pozk-oracle\[spark\].*Java 17"):
        verify_installed()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spark.sql.ansi.enabled", "spark.sql.session.timeZone"])
def test_verify_session__changed_where_it_runs__is_refused(spark_session, name):
    session = own_session(spark_session)
    verify_session(session)
    session.conf.set(name, {"spark.sql.ansi.enabled": "false"}.get(name, "Europe/Berlin"))
    with pytest.raises(InputError, match=f"{name} is not what.*the running session"):
        verify_session(session)
