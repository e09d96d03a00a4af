"""One Spark session for all of this folder: a Java machine of 1 GB, two threads, nothing compiled for a few rows."""

import shutil

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.spark.spark_engine import SparkEngine

MASTER = "local[2]"
MOST_COLLECTED = "512k"
"""What all tasks of one job may hand to the driver: more stops it."""
SMALL = {
    "spark.driver.memory": "1g",
    "spark.driver.maxResultSize": MOST_COLLECTED,
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="session")
def spark_session():
    """The session, where there are Java and pyspark."""
    pytest.importorskip("pyspark", reason="pyspark is not installed: the engine spark is not tested")
    if shutil.which("java") is None:
        pytest.skip("there is no Java: the engine spark is not tested")
    from settlement.adapters.spark.session import open_session

    session = open_session(MASTER, SMALL)
    yield session
    session.stop()


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path / "my data", REFERENCE) as opened:  # a blank, as people have
        yield opened


@pytest.fixture
def engine_of(spark_session, tmp_path):  # noqa: ARG001 - its settings are the session's
    """Return the engine of a lake, over the shared session."""
    return lambda lake: SparkEngine(lake, MASTER, SMALL, tmp_path / "parts")
