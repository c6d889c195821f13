"""Files that were kept for long enough go, and what needs them says since when."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from directory.guidance.attachments import Attachment
from directory.guidance.vocabulary import Kind
from node_agent import db
from node_agent.guidance import changes, files, sweeping, uploads
from node_agent.guidance.files import State
from node_agent.guidance.threads import Key
from node_agent.guidance.uploads import Given
from tests.node_agent.guidance.halls import GUIDE, Hall, carry
from tests.node_agent.guidance.test_files import HASH, PDF, drawing

__all__ = ["drawing"]

NOW_MS = 1_800_000_000_000
BEFORE_MS = NOW_MS - timedelta(days=1_095) // timedelta(milliseconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def asked(county: Hall, city: Hall, drawing: Attachment) -> Key:
    """Let the county ask with a file that has been sent."""
    key = county.ask("?", attachments=(drawing,))
    carry(county, city)
    with county.begun() as connection:
        files.done(connection, HASH)
    return key


def swept(hall: Hall, folder: Path) -> list[str]:
    with hall.begun() as connection:
        gone = sweeping.forget(connection, folder, BEFORE_MS, now_ms=NOW_MS)
    sweeping.remove(gone)
    return [path.name for path in gone]


def aged(path: Path, by_ms: int = 1) -> None:
    os.utime(path, ((BEFORE_MS - by_ms) / 1000,) * 2)


def test_an_old_file_goes_and_the_thread_says_since_when(county: Hall, folder: Path, asked: Key) -> None:
    aged(folder / HASH, by_ms=-1_000)
    assert swept(county, folder) == []
    aged(folder / HASH)
    with db.reading(county.engine) as connection:
        seen = changes.newest(connection)
    assert swept(county, folder) == [HASH]
    assert list(folder.iterdir()) == []
    with db.reading(county.engine) as connection:
        known = files.known(connection, [HASH])[HASH]
        told = changes.changes_after(connection, seen).changes
    assert known.gone_at is not None
    assert (known.state, known.gone_at.timestamp() * 1000) == (State.GONE, NOW_MS)
    assert [(one.asking_hall, one.thread) for one in told] == [asked]
    assert swept(county, folder) == []


def test_what_has_to_be_sent_yet_stays(county: Hall, folder: Path, drawing: Attachment) -> None:
    county.ask("?", attachments=(drawing,))
    aged(folder / HASH)
    assert swept(county, folder) == []
    assert (folder / HASH).exists()


def test_what_somebody_is_about_to_say_stays(county: Hall, folder: Path, asked: Key) -> None:
    with county.begun() as connection:
        one = uploads.start(connection, folder, ("1024", "ask"), Given("a.pdf", len(PDF), HASH), county.now)
        assert isinstance(one, uploads.Upload)
        assert isinstance(uploads.add(connection, folder, one, 0, PDF), uploads.Upload)
    aged(folder / HASH)
    assert swept(county, folder) == []


def test_parts_that_were_given_up_go_and_what_is_not_ours_stays(county: Hall, folder: Path, asked: Key) -> None:
    part, foreign = files.part_of(folder, "00" * 32), folder / "README"
    for path in (part, foreign):
        path.write_bytes(b"x")
        aged(path)
    assert swept(county, folder) == [part.name]
    assert {path.name for path in folder.iterdir()} == {HASH, "README"}


def test_what_is_gone_and_named_again_comes_again(county: Hall, city: Hall, folder: Path, asked: Key, drawing: Attachment) -> None:
    aged(folder / HASH)
    swept(county, folder)
    city.says(asked, Kind.ANSWERED, "!", GUIDE, attachments=(drawing,))
    carry(city, county)
    with db.reading(county.engine) as connection:
        assert [one.state for one in files.waiting(connection, 1)] == [State.TO_FETCH]
