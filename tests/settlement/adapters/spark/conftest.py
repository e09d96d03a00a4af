"""One Spark session for all of this folder: a Java machine of 1 GB, two executors, nothing compiled for a few rows."""

import os
import shutil
from pathlib import Path

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.spark.spark_engine import SparkEngine

MASTER = os.environ.get("SPARK_TEST_MASTER", "local-cluster[2,1,1024]")
"""Executors that are processes of their own; `local[2]` has them as threads."""
MOST_COLLECTED = "512k"
"""What all tasks of one job may hand to the driver: more stops it."""
SMALL_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
SMALL = {
    "spark.driver.memory": "1g",
    "spark.driver.maxResultSize": MOST_COLLECTED,
    "spark.driver.extraJavaOptions": SMALL_JAVA,
    "spark.executor.memory": "512m",
    "spark.executor.extraJavaOptions": SMALL_JAVA,
    "spark.deploy.maxExecutorRetries": "-1",
    "spark.task.maxFailures": "100",
    "spark.stage.maxConsecutiveAttempts": "100",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="package")
def spark_session(tmp_path_factory):
    """The session, where there are Java and pyspark."""
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: the engine spark is not tested")
    if shutil.which("java") is None:
        pytest.skip("there is no Java: the engine spark is not tested")
    from settlement.adapters.spark.session import open_session

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(home_of(Path(pyspark.__file__).parent, tmp_path_factory.mktemp("spark"))))
        session = open_session(MASTER, SMALL)
        yield session
        session.stop()


def home_of(installed, folder):
    """Return an installation of Spark whose executors write their logs into a folder and not beside the programs."""
    for path in installed.iterdir():
        if path.name != "work":
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path / "my data", REFERENCE) as opened:  # a blank, as people have
        yield opened


@pytest.fixture
def engine_of(spark_session, tmp_path):  # noqa: ARG001 - its settings are the session's
    """Return the engine of a lake, over the shared session."""
    return lambda lake: SparkEngine(lake, MASTER, SMALL, tmp_path / "parts")
