import os
import tempfile

import pytest

from indexer.adapters.postgres import embedded_tools
from indexer.adapters.postgres.embedded_tools import clean_environment, create_cluster, find_program, run_program
from indexer.words.errors import InputError

UNKNOWN_ID = 54_321


def test_find_program__wheel_is_missing__says_what_to_do(monkeypatch):
    monkeypatch.setattr(embedded_tools, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"install the wheel, or set store\.database_url"):
        find_program("postgres")


def test_clean_environment__servers_and_locales__are_left_out(monkeypatch):
    for name in ("PGHOST", "LC_TIME", "LANG", "LANGUAGE"):
        monkeypatch.setenv(name, "x")
    found = clean_environment()
    assert found["LC_ALL"] == "C"
    assert not {"PGHOST", "LC_TIME", "LANG", "LANGUAGE"} & set(found)


def test_run_program__that_fails__its_own_sentence_is_the_error(tmp_path):
    (tmp_path / "there").write_text("")
    with pytest.raises(InputError, match=r"cannot create the database, got initdb: error: .*exists but is not empty"):
        create_cluster(tmp_path, embedded_tools.server_account())


def test_run_program__without_words__the_exit_code_is_the_error():
    with pytest.raises(InputError, match="exit code 1"):
        run_program(["false"], "")


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user id")
def test_create_cluster__user_id_without_a_name__works_or_says_what_is_missing(tmp_path):
    folder = tmp_path / "cluster"
    folder.mkdir()
    embedded_tools.give_to(folder, embedded_tools.server_account())  # the folders above let others through
    os.chown(folder, UNKNOWN_ID, UNKNOWN_ID)
    said = in_child_process(UNKNOWN_ID, lambda: create_cluster(folder, ""))
    if embedded_tools._find_wrapper() is None:
        assert "could not look up effective user ID 54321" in said
        assert "install libnss-wrapper" in said
    else:
        assert said == ""
        assert (folder / "PG_VERSION").exists()


def in_child_process(user_id, act):
    """Act as another user id; return the line of the error, "" if there was none."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "died"
        try:
            os.setgroups([])
            os.setgid(user_id)
            os.setuid(user_id)
            os.environ["TMPDIR"] = tempfile.tempdir = "/tmp"  # noqa: S108 - the one folder that every id can write to
            act()
            said = ""
        except (InputError, OSError) as error:
            said = str(error)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()
