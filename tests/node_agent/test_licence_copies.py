"""A copy of a licence is for one recipient: its page says so all over itself, and its file verifies offline."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from certs import authority, licence_file
from certs.credential import present
from certs.identity import read_certificate
from certs.licence_findings import LicenceFindings, LicenceVerdict
from node_agent.licences.copy_words import WORDS
from tests.node_agent.licensed_hall import CITIZEN, TEACHER, furnish
from tests.node_agent.linked import Linked
from tests.node_agent.test_licence_commands import drafted, said
from tests.province import licensed

FOR = ("--recipient", "示例学校", "--purpose", "核验任教资格", "--until", "2036-01-01", "--without-status")
BY = ("--person", "1024")


@pytest.fixture
async def hall(linked: Linked) -> Linked:
    """Give a hall whose hub is away, with its register and its licence key."""
    await furnish(linked)
    await linked.hub.stop()
    return linked


async def issued(hall: Linked, **changes: Any) -> str:
    found = await said(hall, "issue", drafted(hall, {**TEACHER, **changes}), "--type", licensed.TEACHER, "--person", "1024")
    return str(found["licence"])


async def copied(hall: Linked, folder: Path, *words: str, by: tuple[str, ...] = BY, code: int = 0) -> dict[str, Any]:
    out = ("--out", str(folder / "copy.licence"), "--page", str(folder / "copy.html"))
    return await said(hall, "annotate", *FOR, *by, *words, *out, code=code)


def checked(hall: Linked, folder: Path, recipient: str = "示例学校") -> LicenceFindings:
    root = read_certificate((hall.province.keys / authority.ROOT).read_bytes())
    file = licence_file.read((folder / "copy.licence").read_bytes())
    return licence_file.check(file, root, datetime.now(UTC), recipient=recipient)


async def test_a_copy_is_made_without_the_hub_and_names_its_recipient_and_what_it_cannot_prove(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall)
    facts = await copied(hall, tmp_path, licence, "--field", "holder_name", "--field", "subject")
    assert (facts["licence"], facts["disclosed"], facts["status_list"]) == (licence, ["holder.name", "subject"], False)
    found = checked(hall, tmp_path)
    assert found.licence.disclosed == {"holder.name": TEACHER["holder_name"], "subject": TEACHER["subject"]}
    assert found.verdict is LicenceVerdict.INCOMPLETE
    assert found.limits == ["its status: unknown, no status list of it was given"]
    assert any("not for 另一学校" in reason for reason in checked(hall, tmp_path, "另一学校").reasons)


async def test_a_page_hides_whose_code_it_is_and_says_for_what_it_is_in_every_place(hall: Linked, tmp_path: Path) -> None:
    await copied(hall, tmp_path, await issued(hall))
    page = (tmp_path / "copy.html").read_text("utf-8")
    assert page.count("仅供 示例学校 用于核验任教资格") > 20
    assert (CITIZEN in page, CITIZEN[-4:] in page, "<svg" in page, "数学" in page) == (False, True, True, True)
    assert not re.search(r"<script|<link|<img|url\(|@import|\bsrc=|https?://(?!www\.w3\.org/2000/svg)", page)


async def test_a_page_shows_what_was_written_as_text_and_a_citizen_id_in_any_field_masked(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall, holder_name="<script>alert(1)</script>", subject=CITIZEN)
    await copied(hall, tmp_path, licence)
    page = (tmp_path / "copy.html").read_text("utf-8")
    assert ("<script>" in page, "&lt;script&gt;" in page, CITIZEN in page) == (False, True, False)


async def test_less_can_be_copied_of_what_was_shown_and_never_more(hall: Linked, tmp_path: Path) -> None:
    await copied(hall, tmp_path, await issued(hall))
    whole = json.loads((tmp_path / "copy.licence").read_bytes())["presentation"]
    shown = tmp_path / "shown"
    shown.write_text(present(whole, ["subject"]), "ascii")
    await copied(hall, tmp_path, "--presentation", str(shown))
    assert checked(hall, tmp_path).licence.disclosed == {"subject": TEACHER["subject"]}
    more = await copied(hall, tmp_path, "--presentation", str(shown), "--field", "holder_code", code=1)
    assert more["faults"] == [{"path": "holder_code", "what": "this field is not there to be shown"}]
    shown.write_text(whole.replace("~", "~e30~", 1), "ascii")
    await copied(hall, tmp_path, "--presentation", str(shown), code=1)


async def test_no_copy_is_made_of_what_this_hall_did_not_issue(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall)
    other = licence.replace("0001.001", "0002.001")
    assert (await copied(hall, tmp_path, other, code=1))["fault"] in {"identifier", "unknown-licence"}
    assert (await copied(hall, tmp_path, code=2))["exit"] == 2
    assert not (tmp_path / "copy.licence").exists()


async def test_who_makes_a_copy_for_whom_and_for_what_is_in_the_book(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall)
    made = await copied(hall, tmp_path, licence, "--field", "subject", "--case", "2026-17", "--request", "desk-1")
    (found,) = (await said(hall, "copies", licence))["copies"]
    assert (found["id"], found["licence_id"], found["hall"], found["officer"]) == (made["copy"], licence, "gongzhuling", "1024")
    assert (found["recipient"], found["purpose"], found["case_number"]) == ("示例学校", "核验任教资格", "2026-17")
    assert (found["disclosed"], found["role"], found["expires_at"]) == (["subject"], "licence-officer", made["until"])
    assert (await copied(hall, tmp_path, licence, "--request", "desk-1", code=1))["fault"] == "request"
    assert len((await said(hall, "copies"))["copies"]) == 1
    assert (await said(hall, "show", licence))["copies"] == 1


async def test_only_people_with_a_role_for_licences_make_copies_and_officers_alone_of_the_halls_own(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall)
    await copied(hall, tmp_path, licence)
    shown = tmp_path / "shown"
    shown.write_text(json.loads((tmp_path / "copy.licence").read_bytes())["presentation"], "ascii")
    (tmp_path / "copy.licence").unlink()
    clerk, reader = ("--role", "clerk", "--person", "7"), ("--role", "licence-reader", "--person", "7")
    elsewhere = ("--department", "sheng-fagai", "--person", "7")
    for by, words in ((clerk, (licence,)), (reader, (licence,)), (clerk, ("--presentation", str(shown))), (elsewhere, (licence,))):
        assert (await copied(hall, tmp_path, *words, by=by, code=1))["fault"] == "not-entitled", by
    assert (await copied(hall, tmp_path, licence, by=(), code=2))["exit"] == 2
    assert not (tmp_path / "copy.licence").exists()
    assert len((await said(hall, "copies"))["copies"]) == 1
    await copied(hall, tmp_path, "--presentation", str(shown), by=reader)
    assert [one["officer"] for one in (await said(hall, "copies"))["copies"]] == ["7", "1024"]


async def test_no_citizen_id_is_written_on_a_copy_nor_into_the_book(hall: Linked, tmp_path: Path) -> None:
    licence = await issued(hall)
    for name in ("--recipient", "--purpose", "--case"):
        declined = await copied(hall, tmp_path, licence, name, f"示例 {CITIZEN}", code=1)
        assert [one["path"] for one in declined["faults"]] == [name.removeprefix("--")]
    assert (await copied(hall, tmp_path, licence, "--until", "2020-01-01", code=1))["faults"][0]["path"] == "until"
    assert (await said(hall, "copies"))["copies"] == []


async def test_a_page_in_english_says_the_same(hall: Linked, tmp_path: Path) -> None:
    await copied(hall, tmp_path, await issued(hall), "--language", "en")
    page = (tmp_path / "copy.html").read_text("utf-8")
    assert page.count("Only for 示例学校: 核验任教资格") > 20
    assert ('<html lang="en">' in page, "仅供" in page, "This page alone proves nothing" in page) == (True, False, True)


def test_a_page_has_the_same_words_in_each_language() -> None:
    first, *others = WORDS.values()
    assert all(set(words) == set(first) for words in others)
    for name, text in first.items():
        assert all(set(re.findall(r"{\w+}", words[name])) == set(re.findall(r"{\w+}", text)) for words in others)
