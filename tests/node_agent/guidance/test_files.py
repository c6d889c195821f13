"""The files that messages name stand in the agent's folder whole, or say why they do not yet."""

import hashlib
from pathlib import Path

import pytest

from directory.guidance.attachments import MAX_BYTES, Attachment
from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from node_agent import db
from node_agent.guidance import changes, files
from node_agent.guidance.files import File, State
from tests.node_agent.guidance.halls import GUIDE, Hall, carry

PDF = b"%PDF-1.7\n" + bytes(1_000)
HASH = hashlib.sha256(PDF).hexdigest()


def waiting(hall: Hall, now_ms: int = 1) -> list[File]:
    with db.reading(hall.engine) as connection:
        return list(files.waiting(connection, now_ms))


@pytest.fixture
def drawing(tmp_path: Path) -> Attachment:
    (tmp_path / "图纸.pdf").write_bytes(PDF)
    taken = files.attach(tmp_path / "attachments", tmp_path / "图纸.pdf")
    assert isinstance(taken, Attachment)
    return taken


def test_a_file_that_is_attached_stands_in_the_folder_by_its_hash(tmp_path: Path, drawing: Attachment) -> None:
    assert (drawing.sha256.hex(), drawing.size, drawing.name, drawing.media_type) == (HASH, len(PDF), "图纸.pdf", "application/pdf")
    assert [path.name for path in (tmp_path / "attachments").iterdir()] == [HASH]
    assert files.path_of(tmp_path / "attachments", HASH).read_bytes() == PDF


@pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ" + bytes(100)), ("a.html", b"<html>"), ("a.pdf", b""), (".pdf", PDF)])
def test_a_file_that_may_not_be_attached_is_not_taken(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert isinstance(files.attach(tmp_path / "attachments", tmp_path / name), Refused)
    assert not (tmp_path / "attachments").exists()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.pdf").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert isinstance(files.attach(tmp_path / "attachments", tmp_path / "a.pdf"), Refused)


def test_the_asking_hall_sends_a_file_and_the_other_fetches_it(county: Hall, city: Hall, drawing: Attachment) -> None:
    county.ask("?", attachments=(drawing,))
    carry(county, city)
    assert [(one.sha256, one.state) for one in waiting(county)] == [(HASH, State.TO_SEND)]
    assert [(one.sha256, one.state) for one in waiting(city)] == [(HASH, State.TO_FETCH)]


def test_a_file_that_goes_back_is_handed_in_by_its_new_sender_too(county: Hall, city: Hall, drawing: Attachment) -> None:
    key = county.ask("?", attachments=(drawing,))
    carry(county, city)
    with city.begun() as connection:
        files.done(connection, HASH)
    assert waiting(city) == []
    city.says(key, Kind.ANSWERED, "!", GUIDE, attachments=(drawing,))
    assert [one.state for one in waiting(city)] == [State.TO_SEND]
    with county.begun() as connection:
        files.done(connection, HASH)
    carry(city, county)
    assert waiting(county) == []


def test_what_failed_says_why_and_rests_before_it_is_tried_again(county: Hall, drawing: Attachment) -> None:
    county.ask("?", attachments=(drawing,))
    with county.begun() as connection:
        files.failed(connection, HASH, "REASON_QUOTA", again_ms=60_000)
        assert files.known(connection, [HASH])[HASH].why == "REASON_QUOTA"
    assert waiting(county, 59_999) == []
    assert len(waiting(county, 60_000)) == 1


def test_what_came_and_is_not_what_its_hash_says_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    files.part_of(folder, HASH).write_bytes(PDF[:-1])
    assert not files.settle(folder, HASH)
    assert list(folder.iterdir()) == []
    files.part_of(folder, HASH).write_bytes(PDF)
    assert files.settle(folder, HASH)
    assert files.path_of(folder, HASH).read_bytes() == PDF


def test_whoever_watches_a_thread_is_told_when_its_file_has_come(county: Hall, city: Hall, drawing: Attachment) -> None:
    key = county.ask("如何办理?", attachments=(drawing,))
    carry(county, city)
    with city.begun() as connection:
        seen = changes.newest(connection)
        files.done(connection, HASH)
        told = changes.changes_after(connection, seen).changes
    assert [(one.asking_hall, one.thread, one.what) for one in told] == [(*key, files.FILE)]
