"""Files that people attach come in pieces, go on where they broke off, and are judged by what they are."""

import hashlib
from datetime import timedelta
from pathlib import Path

from directory.guidance.attachments import MAX_BYTES, MOST
from directory.refusal import Refused
from node_agent.guidance import files, uploads
from node_agent.guidance.uploads import Given, Upload
from tests.node_agent.guidance.halls import MONDAY, Hall

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
WHOSE = ("1024", "thread a b")


def given(data: bytes = PDF, name: str = "图纸.pdf") -> Given:
    return Given(name, len(data), hashlib.sha256(data).hexdigest())


def begun(hall: Hall, folder: Path, one: Given, whose: tuple[str, str] = WHOSE) -> Upload | Refused:
    with hall.begun() as connection:
        return uploads.start(connection, folder, whose, one, hall.now)


def added(hall: Hall, folder: Path, one: Upload, offset: int, piece: bytes) -> Upload | Refused:
    with hall.begun() as connection:
        return uploads.add(connection, folder, one, offset, piece)


def upload(hall: Hall, folder: Path, data: bytes = PDF, name: str = "图纸.pdf", whose: tuple[str, str] = WHOSE) -> Upload | Refused:
    one = begun(hall, folder, given(data, name), whose)
    return added(hall, folder, one, 0, data) if isinstance(one, Upload) and not one.is_whole else one


def test_a_file_that_broke_off_is_gone_on_with_where_it_was(county: Hall, tmp_path: Path) -> None:
    first = begun(county, tmp_path, given())
    assert isinstance(first, Upload)
    assert isinstance(added(county, tmp_path, first, 0, PDF[:5000]), Upload)
    again = begun(county, tmp_path, given())
    assert isinstance(again, Upload)
    assert (again.id, again.received) == (first.id, 5000)
    whole = added(county, tmp_path, again, 5000, PDF[5000:])
    assert isinstance(whole, Upload)
    assert whole.media_type == "application/pdf"
    assert files.path_of(tmp_path, whole.sha256).read_bytes() == PDF
    assert list(tmp_path.glob("*.upload")) == []


def test_a_piece_that_comes_twice_or_too_early_changes_nothing(county: Hall, tmp_path: Path) -> None:
    one = begun(county, tmp_path, given())
    assert isinstance(one, Upload)
    assert added(county, tmp_path, one, 10, PDF[10:]) == one
    half = added(county, tmp_path, one, 0, PDF[:100])
    assert isinstance(half, Upload)
    assert added(county, tmp_path, half, 0, PDF[:100]) == half
    assert half.received == 100


def test_what_a_failed_transaction_wrote_is_written_over(county: Hall, tmp_path: Path) -> None:
    one = begun(county, tmp_path, given())
    assert isinstance(one, Upload)
    (tmp_path / f"{one.id}.upload").write_bytes(b"x" * 20_000)
    whole = added(county, tmp_path, one, 0, PDF)
    assert isinstance(whole, Upload)
    assert files.path_of(tmp_path, whole.sha256).read_bytes() == PDF


def test_what_is_not_as_was_said_or_of_no_kind_is_thrown_away(county: Hall, tmp_path: Path) -> None:
    html = b"<html><script>alert(1)</script>"
    assert isinstance(upload(county, tmp_path, html, "a.pdf"), Refused)
    said = begun(county, tmp_path, given())
    assert isinstance(said, Upload)
    assert isinstance(added(county, tmp_path, said, 0, PDF[:-1] + b"x"), Refused)
    longer = begun(county, tmp_path, given())
    assert isinstance(longer, Upload)
    assert isinstance(added(county, tmp_path, longer, 0, PDF + b"x"), Refused)
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith("county.db")] == []


def test_names_sizes_and_hashes_are_judged_before_a_byte_comes(county: Hall, tmp_path: Path) -> None:
    sha256 = given().sha256
    bad = (Given("a/b.pdf", 1, sha256), Given("a.pdf", 0, sha256), Given("a.pdf", MAX_BYTES + 1, sha256), Given("a.pdf", 1, "../" + sha256))
    assert [isinstance(begun(county, tmp_path, one), Refused) for one in bad] == [True] * len(bad)


def test_a_message_has_no_more_files_than_the_contract_allows(county: Hall, tmp_path: Path) -> None:
    for number in range(MOST):
        assert isinstance(upload(county, tmp_path, PDF + bytes([number])), Upload)
    assert isinstance(upload(county, tmp_path, PDF + b"more"), Refused)


def test_nobody_reaches_the_files_of_another(county: Hall, tmp_path: Path) -> None:
    one = upload(county, tmp_path)
    assert isinstance(one, Upload)
    with county.begun() as connection:
        assert uploads.find(connection, "7", one.id) is None
        assert uploads.of_form(connection, ("7", WHOSE[1])) == []


def test_a_file_that_another_form_names_stays_when_one_drops_it(county: Hall, tmp_path: Path) -> None:
    one, other = upload(county, tmp_path), upload(county, tmp_path, whose=("7", "ask"))
    assert isinstance(one, Upload)
    assert isinstance(other, Upload)
    path = files.path_of(tmp_path, one.sha256)
    with county.begun() as connection:
        uploads.drop(connection, tmp_path, one)
        assert path.exists()
        uploads.drop(connection, tmp_path, other)
    assert not path.exists()


def test_files_that_were_never_said_are_forgotten_with_their_drafts(county: Hall, tmp_path: Path) -> None:
    one = upload(county, tmp_path)
    assert isinstance(one, Upload)
    county.now = MONDAY + uploads.KEPT + timedelta(days=1)
    assert isinstance(upload(county, tmp_path, PDF + b"new"), Upload)
    assert not files.path_of(tmp_path, one.sha256).exists()


def test_a_person_has_no_more_files_on_the_way_than_a_few_messages_hold(county: Hall, tmp_path: Path) -> None:
    for number in range(uploads.MOST_OF_PERSON):
        one = given(PDF + bytes([number]), "图纸.pdf")
        assert isinstance(begun(county, tmp_path, one, (WHOSE[0], f"form {number // MOST}")), Upload)
    assert isinstance(begun(county, tmp_path, given(b"%PDF-more", "图纸.pdf"), (WHOSE[0], "another form")), Refused)
    assert isinstance(begun(county, tmp_path, given(b"%PDF-more", "图纸.pdf"), ("another", "form")), Upload)
