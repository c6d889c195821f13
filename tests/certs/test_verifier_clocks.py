"""What a hall signs as the time never spoils what other halls signed."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from certs.evidence import Evidence, encode
from certs.evidence_findings import CLOCKS_DIFFER, Verdict, Why
from certs.evidence_words import limits, words
from certs.notes import MAX_TIMESTAMP
from certs.verify_cli import main
from tests.certs.evidence_history import NOW, NOW_MS, ROOT, five_halls, sent_and_received, verify

HISTORY = five_halls()
SENT = sent_and_received(HISTORY)
NOW_SECONDS = NOW_MS // 1000
NEVER = MAX_TIMESTAMP - NOW_SECONDS
"""In seconds after now: a time that a cosignature holds and no calendar."""
END_OF_CALENDARS = 253_402_300_799
"""9999-12-31T23:59:59Z."""
LAST = -int(CLOCKS_DIFFER.total_seconds())
NOBODY_COUNTS = "no cosignature of another hall counts"


def cosigned(**seconds: int) -> Evidence:
    return HISTORY.evidence(SENT, "changchun", "jilin", **seconds)


@given(after=st.integers(-NOW_SECONDS, LAST - 1) | st.integers(END_OF_CALENDARS + 1 - NOW_SECONDS, NEVER))
@example(after=-NOW_SECONDS)
@example(after=LAST - 1)
@example(after=NEVER)
def test_one_hostile_line_among_good_ones_changes_nothing_but_its_own_word(after: int) -> None:
    found = verify(cosigned(dunhua=after, shulan=40, jilin=60))
    honest = verify(cosigned(shulan=40, jilin=60))
    assert replace(found, ignored=()) == honest
    assert honest.at_the_latest is not None
    assert [(one.hall, one.seconds) for one in found.ignored] == [("dunhua", NOW_SECONDS + after)]


@given(after=st.integers(LAST, END_OF_CALENDARS - NOW_SECONDS))
@example(after=LAST)
@example(after=END_OF_CALENDARS - NOW_SECONDS)
def test_a_time_that_two_clocks_may_differ_by_and_any_later_one_count(after: int) -> None:
    found = verify(cosigned(dunhua=after))
    assert found.ignored == ()
    assert found.at_the_latest is not None
    assert found.at_the_latest.at == NOW + timedelta(seconds=after)


def test_only_hostile_lines_leave_the_hubs_word_alone_and_that_is_said() -> None:
    found = verify(cosigned(dunhua=NEVER, shulan=-86_400))
    assert (found.verdict, found.cosignatures, found.at_the_latest) == (Verdict.PROVED, (), None)
    assert [(one.hall, one.why) for one in found.ignored] == [("shulan", Why.TOO_EARLY), ("dunhua", Why.IMPOSSIBLE)]
    assert any(NOBODY_COUNTS in limit for limit in limits(found))
    assert [line for line in words(found) if line.startswith("ignored: ")] == [
        (
            "ignored: the cosignature of shulan on the ledger of 7: its time, 2026-11-22 08:00:00 UTC, lies more than 5 minutes"
            " before the hub's word: one of the two clocks is wrong"
        ),
        f"ignored: the cosignature of dunhua on the ledger of 7: no calendar holds its time, {MAX_TIMESTAMP} s after 1970",
    ]


def test_a_hub_that_dates_acceptance_after_what_others_saw_has_no_bound_at_all() -> None:
    history = five_halls()
    history.accepted_at += 600_000
    found = verify(history.evidence(sent_and_received(history), "changchun", "jilin", shulan=0))
    assert found.at_the_latest is None
    assert any("one of the two clocks is wrong" in line for line in words(found))


@pytest.mark.parametrize("after", [NEVER, -86_400])
def test_a_hostile_line_on_an_earlier_checkpoint_refuses_nothing_either(after: int) -> None:
    history = five_halls()
    sent = sent_and_received(history)
    history.send("shulan", ["jilin"])
    honest = history.evidence(sent, "changchun", "jilin", shulan=50)
    found = verify(replace(honest, message=history.message(sent, earlier=7, dunhua=after)))
    assert found.at_the_latest == verify(honest).at_the_latest
    assert [(one.hall, one.ledger_size) for one in found.ignored] == [("dunhua", 7)]


def test_the_author_may_sign_any_time_of_its_own_message() -> None:
    found = verify(cosigned(huadian=NEVER, shulan=40))
    assert found.ignored == ()
    assert found.verdict is Verdict.PROVED


def test_the_command_reports_what_it_ignores(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "a.evidence").write_bytes(encode(cosigned(dunhua=NEVER, shulan=-86_400)))
    asked = [str(tmp_path / "a.evidence"), "--root", str(tmp_path / "root.pem")]
    spoken, told = (CliRunner().invoke(main, [*asked, *more]) for more in ((), ("--json",)))
    assert (spoken.exit_code, told.exit_code) == (0, 0)
    assert spoken.stdout.count("\n  ignored: ") == 2
    said = json.loads(told.stdout.splitlines()[0])
    assert (said["verdict"], said["at_the_latest"], said["cosignatures"]) == ("proved", None, [])
    assert said["ignored"] == [
        {
            "hall": "shulan",
            "ledger_size": 7,
            "seconds": NOW_SECONDS - 86_400,
            "at": "2026-11-22T08:00:00+00:00",
            "why": "too-early",
        },
        {"hall": "dunhua", "ledger_size": 7, "seconds": MAX_TIMESTAMP, "at": None, "why": "impossible"},
    ]
    assert any(NOBODY_COUNTS in limit for limit in said["not_proved"])
