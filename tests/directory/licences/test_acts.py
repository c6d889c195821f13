"""An act has all that its kind needs and nothing else, and is read from its message as it was said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.licences.acts import Act, Objection, objection
from directory.licences.identifiers import LicenceId
from directory.licences.messages import read_act, write_act
from directory.licences.vocabulary import ENDINGS, MAKING, ActKind, CodeType, Fault, Ground, Status, title
from tests.directory.licences.made import FIRST, OTHER, act
from tongban.licence.v1.licence_pb2 import LicenceEvent

SECOND = FIRST.next_version()


def of(kind: ActKind, **changes: Any) -> Act:
    return act(kind, SECOND if kind in {ActKind.CHANGED, ActKind.RENEWED} else FIRST, **changes)


def fault(one: Act) -> Fault | None:
    found = objection(one)
    return found.fault if found else None


@pytest.mark.parametrize("kind", ActKind)
def test_a_complete_act_is_taken_and_comes_through_its_message(kind: ActKind) -> None:
    assert objection(of(kind)) is None
    assert read_act(write_act(of(kind)), FIRST.root) == of(kind)


@pytest.mark.parametrize("kind", ActKind)
def test_each_part_belongs_to_some_acts_alone(kind: ActKind) -> None:
    making, next_one = kind in MAKING, kind in {ActKind.CHANGED, ActKind.RENEWED}
    parts: list[tuple[dict[str, Any], bool]] = [
        ({"credential": "" if making else "e30.e30.e30~"}, True),
        ({"trust_level": 0 if making else 1}, True),
        ({"trust_level": 5}, True),
        ({"previous": None if next_one else FIRST}, True),
        ({"successor": None if kind is ActKind.SUPERSEDED else OTHER}, True),
        ({"second_officer": "" if kind in ENDINGS else "2048"}, True),
        ({"ground": ""}, kind is not ActKind.ISSUED),
        ({"ground": "because"}, kind in ENDINGS),
        ({"basis": ""}, kind in ENDINGS),
        ({"document": ""}, kind is ActKind.REVOKED),
    ]
    assert [bool(objection(of(kind, **part))) for part, _ in parts] == [wrong for _, wrong in parts]


@pytest.mark.parametrize("kind", ENDINGS)
def test_an_ending_has_grounds_of_its_own(kind: ActKind) -> None:
    assert {ground for ground in Ground if objection(of(kind, ground=ground)) is None} == ENDINGS[kind]


def test_no_ground_belongs_to_two_endings() -> None:
    assert sum(len(grounds) for grounds in ENDINGS.values()) == len(Ground) == len(frozenset().union(*ENDINGS.values()))


def test_a_licence_is_neither_its_own_successor_nor_the_next_version_of_another() -> None:
    assert fault(of(ActKind.SUPERSEDED, successor=SECOND)) is Fault.IDENTIFIER
    assert fault(of(ActKind.CHANGED, previous=OTHER)) is Fault.IDENTIFIER


@pytest.mark.parametrize("name", ["ground", "basis", "document", "case_number", "second_officer"])
def test_a_text_that_does_not_show_itself_is_refused_and_not_repeated(name: str) -> None:
    kind = ActKind.SUSPENDED if name == "ground" else ActKind.REVOKED
    found = objection(of(kind, **{name: "220113\u202e18991231"}))
    assert found is not None
    assert "220113" not in found.what


def test_a_credential_has_an_end() -> None:
    assert fault(of(ActKind.ISSUED, credential="e" * (128 * 1024 + 1))) is Fault.INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"kind": 0}, Fault.UNREADABLE),
        ({"kind": 77}, Fault.UNREADABLE),
        ({"licence_id": "x"}, Fault.IDENTIFIER),
        ({"licence_id": str(OTHER)}, Fault.IDENTIFIER),
        ({"type": "11220000DEM000145D001"}, Fault.IDENTIFIER),
        ({"previous": "x"}, Fault.IDENTIFIER),
        ({"successor": "x"}, Fault.IDENTIFIER),
        ({"effective_at": None}, Fault.INCOMPLETE),
    ],
)
def test_a_message_that_says_something_else_is_an_objection(changes: dict[str, Any], wanted: Fault) -> None:
    said = LicenceEvent.FromString(write_act(act()))
    for name, value in changes.items():
        said.ClearField(name)
        if value is not None:
            setattr(said, name, value)
    found = read_act(said.SerializeToString(), FIRST.root)
    assert isinstance(found, Objection)
    assert found.fault is wanted


def test_an_impossible_moment_is_none() -> None:
    said = LicenceEvent.FromString(write_act(act()))
    said.effective_at.seconds = 2**62
    assert isinstance(read_act(said.SerializeToString(), FIRST.root), Objection)


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_act_or_an_objection(payload: bytes) -> None:
    assert isinstance(read_act(payload, FIRST.root), Act | Objection)


def test_times_come_through_to_the_millisecond() -> None:
    one = replace(act(), effective_at=act().effective_at + timedelta(milliseconds=7))
    assert read_act(write_act(one), FIRST.root) == one


def test_every_word_has_a_title() -> None:
    for words in (ActKind, Status, Ground, CodeType):
        assert all(title(word) for word in words)


def test_the_subject_is_the_root() -> None:
    found = read_act(write_act(act()), str(LicenceId(FIRST.type, FIRST.issuer, "7", 1).root))
    assert isinstance(found, Objection)
