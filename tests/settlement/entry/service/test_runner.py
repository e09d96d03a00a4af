"""Jobs by what becomes of them, in a real database; what they do is played."""

import threading
from pathlib import Path

import pytest

from indexer.adapters.postgres.database import apply_migrations, connect
from indexer.rules.proof.reorg import FinalReorgFault
from indexer.words.errors import CoverageGapError, OutcomeUnknownError, PozkError, RetryLaterError, UnsoundError
from indexer.words.faults import UnreachableFault, WrongAnswerFault
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from settlement.entry.service import runner as runner_module
from settlement.entry.service.instance import alone_on, try_voice
from settlement.entry.service.runner import Ended, Runner
from settlement.entry.status import StatusBoard, load_status
from settlement.entry.system_errors import InternalFault
from settlement.rules.service.retrying import NEEDS
from settlement.words.errors import CannotPayError, QuarantineError, RevertedError
from settlement.words.service import JobState
from tests.settlement.entry.configuration.test_config import CONTRACTS

pytestmark = pytest.mark.database


@pytest.fixture
def settings(database_url, tmp_path):
    path = tmp_path / "pozk.toml"
    path.write_text(render_config(CONTRACTS))
    with connect(database_url) as connection:
        apply_migrations(connection, "journal")
    return load_settings(path, {"POZK_STORE_DATABASE_URL": database_url})


@pytest.fixture
def world(settings, monkeypatch):
    """Return jobs that do what `fails` says, what they said, and their rows."""
    fails, said = {}, []

    def work(name):
        def do(task):
            if name in fails:
                raise fails[name]
            return task.position + 1

        return do

    monkeypatch.setattr(runner_module, "WORK", {name: work(name) for name in NEEDS})
    runner = Runner(settings, None, lambda text, **bound: said.append((text, bound)))
    return runner, fails, said


def rows_of(settings):
    with connect(settings.store.database_url) as connection:
        return PostgresJobs(connection).list_jobs()


def round_of(runner):
    return {name: runner.run(name).state.value for name in NEEDS}


def test_list_jobs__left_running_by_a_killed_process__idle_until_one_speaks_that_runs_it(settings):
    with connect(settings.store.database_url) as connection:
        PostgresJobs(connection).begin("settle")
    left = rows_of(settings)["settle"]
    assert (left.state, left.reason) == (JobState.IDLE, "its process was killed; the next `pozk run` begins it again")
    with try_voice(settings.store.database_url):
        assert rows_of(settings)["settle"].state is JobState.RUNNING


def test_run__all_do_what_they_should__idle_with_their_positions(world, settings):
    runner, _, said = world
    assert set(round_of(runner).values()) == {"idle"}
    assert {row.position for row in rows_of(settings).values()} == {1}
    assert said == []


def test_run__unsound__freezes_what_depends_on_it_with_its_reason_and_the_rest_runs(world, settings):
    runner, fails, said = world
    fails["settle"] = UnsoundError("the sums differ")
    states = round_of(runner)
    assert {name for name, state in states.items() if state == "frozen"} == {
        "settle",
        "publish",
        "distribute",
        "mirror",
    }
    assert runner.run("publish").said == "waits for settle: the sums differ"
    assert said[0][1] == {"job": "settle", "level": "error", "state": "frozen", "code": "pozkjobfrozen"}
    fails.clear()
    assert runner.run("settle").state is JobState.FROZEN
    with connect(settings.store.database_url) as connection:
        PostgresJobs(connection).thaw(JobState.FROZEN)
    assert set(round_of(runner).values()) == {"idle"}


def test_run__a_final_block_is_contradicted__freezes_although_it_is_a_nodes_fault(world):
    runner, fails, said = world
    fails["follow"] = FinalReorgFault("a block that was final has been replaced", kind="final", node="n", block=7)
    states = round_of(runner)
    assert {name for name, state in states.items() if state == "idle"} == {"compact", "backup", "measure"}
    assert set(states.values()) == {"idle", "frozen"}
    assert said[0][1] == {"job": "follow", "level": "error", "state": "frozen", "code": "pozkfinalcontradicted"}


def test_must_freeze__every_class_of_exit_code_1__but_those_that_another_may_have_caused():
    ours, kinds = {InternalFault, RevertedError}, [PozkError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    unsound = {kind for kind in kinds if kind.exit_code == UnsoundError.exit_code and kind is not PozkError}
    assert {FinalReorgFault, QuarantineError, CoverageGapError} <= unsound
    found = {kind for kind in kinds if runner_module.must_freeze(kind.__new__(kind))}
    assert unsound - ours <= found
    assert not found & ours


def test_run__node_is_away__is_tried_again_after_a_pause_and_says_when_it_works_again(world, settings):
    runner, fails, said = world
    fails["follow"] = RetryLaterError("no node answers")
    assert round_of(runner)["follow"] == "failed"
    row = rows_of(settings)["follow"]
    assert (row.failures, row.reason) == (1, "no node answers")
    assert row.not_before > row.started_at
    fails.clear()
    assert runner.run("follow").state is JobState.FAILED  # its pause is not over
    with connect(settings.store.database_url) as connection:
        connection.execute("UPDATE pozk.jobs SET not_before = now() - INTERVAL '2 seconds'")
    assert runner.run("follow").state is JobState.IDLE
    assert said[-1][0] == "works again"
    assert rows_of(settings)["follow"].failures == 0


def test_run__reverted_in_a_race__is_tried_again_and_not_frozen(world):
    runner, fails, _ = world
    fails["publish"] = RevertedError("vote 7 did not succeed")
    assert runner.run("publish").state is JobState.FAILED


def test_run__what_nobody_foresaw__is_tried_again_and_not_frozen(world, settings):
    runner, fails, _ = world
    fails["measure"] = KeyError("what")
    assert runner.run("measure").state is JobState.FAILED
    assert "a fault of pozk itself" in rows_of(settings)["measure"].reason


@pytest.mark.parametrize(
    ("job", "state", "error", "code"),
    [
        ("publish", JobState.FAILED, CannotPayError("the signer cannot pay"), "pozksignerlow"),
        ("publish", JobState.FAILED, OutcomeUnknownError("sent"), "pozktxunknown"),
        ("follow", JobState.FAILED, UnreachableFault("no answer"), "pozknodesaway"),
        ("follow", JobState.FAILED, WrongAnswerFault("another root", kind="proof", node="n"), "pozknodesdisagree"),
        ("mirror", JobState.FAILED, RetryLaterError("no room"), "pozkmirrorstale"),
        ("audit", JobState.FAILED, RetryLaterError("no room"), "pozkjobfailing"),
        ("follow", JobState.FROZEN, UnsoundError("another block"), "pozkfinalcontradicted"),
        ("settle", JobState.FROZEN, UnsoundError("another sum"), "pozkjobfrozen"),
    ],
)
def test_code_of__how_a_job_ended__is_an_anchor_of_the_runbook(job, state, error, code):
    assert runner_module.code_of(Ended(job, state, error)) == code


def test_codes__all__are_entries_of_the_runbook():
    text = (Path(__file__).parents[4] / "deploy/monitoring/RUNBOOK.md").read_text()
    anchors = {line[3:].lower() for line in text.splitlines() if line.startswith("## ")}
    found = {code for _, code in runner_module.CODES}
    found |= {*runner_module.JOB_CODES.values(), *runner_module.FROZEN_CODES.values()}
    assert found | {runner_module.FAILING_CODE, runner_module.FROZEN_CODE, runner_module.DATABASE_CODE} <= anchors


def test_load_status__nothing_measured__unready_and_each_check_has_value_limit_and_since(settings):
    document = load_status(settings, "speaks").document
    assert (document["ready"], document["role"]) == (False, "speaks")
    assert "nodes" in document["alerts"]
    assert all({"value", "limit", "since", "unit"} <= check.keys() for check in document["checks"])


@pytest.mark.usefixtures("settings")
def test_load_status__database_is_away__one_failed_check(tmp_path):
    gone = "postgresql://postgres:planted-secret@127.0.0.1:1/none"
    away = load_settings(tmp_path / "pozk.toml", {"POZK_STORE_DATABASE_URL": gone})
    board = StatusBoard(away)
    assert [(check["name"], check["ok"]) for check in board.newest().document["checks"]] == [("database", False)]
    assert "planted-secret" not in str(board.newest().document)


def test_alone_on__a_second_instance__is_3_until_the_first_ends(tmp_path):
    with (
        alone_on(tmp_path),
        pytest.raises(RetryLaterError, match="another `pozk run` works on this data_dir"),
        alone_on(tmp_path),
    ):
        pass
    with alone_on(tmp_path):
        pass


def test_try_voice__another_speaks__none_until_its_connection_ends(database_url):
    first = try_voice(database_url)
    assert try_voice(database_url) is None
    first.close()
    with try_voice(database_url) as second:
        assert second is not None


def test_stop__a_job_runs_and_another_waits__the_first_is_ended_the_other_never_begun(settings, monkeypatch):
    begun, interrupted, said = threading.Event(), threading.Event(), []

    class Shop:
        interrupt = interrupted.set

    def follow(_task):
        begun.set()
        interrupted.wait(20)
        raise RetryLaterError("interrupted")

    monkeypatch.setattr(runner_module, "WORK", {"follow": follow, "audit": lambda _: said.append("audit")})
    runner = Runner(settings, Shop, lambda text, **_: said.append(text))
    threads = [threading.Thread(target=runner.run, args=[name]) for name in ("follow", "audit")]
    threads[0].start()
    assert begun.wait(20)
    threads[1].start()
    runner.stop(20)
    for thread in threads:
        thread.join(5)
    assert said == []
    assert rows_of(settings)["follow"].failures == 0
