"""A decision record says what was shown, however much that was, in bounded room."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from directory.hall_list import seed
from directory.scopes.decisions import Allowed, Denied, Nearest, Part, Why
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.vocabulary import Action
from hub.decisions.questions import CASES_BYTES, CaseId, Question, digest
from hub.registry.laws import Laws, Sources
from tongban.directory.v1.scopes_pb2 import Purpose

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LAWS = Laws(lambda: Sources(default_rules(), seed(), ()), lambda: NOW)


def question() -> Question:
    return Question(
        principal=Principal("changchun", "supervisor", "", "7"),
        method="/tongban.case.v1.CaseService/ListCases",
        action=Action.CASE_LIST,
        purpose=Purpose(purpose="a check"),
        hall="",
        in_force=LAWS.in_force(),
        at=NOW,
    )


@pytest.mark.parametrize("characters", [1, 30, 200])
@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_what_does_not_fit_is_counted_and_digested(count: int, characters: int) -> None:
    shown: list[CaseId] = [("changchun", f"{number:04}" + "号" * (characters - 1)) for number in range(count)]
    record = question().allowed([Allowed("supervisor-reads", 1)] * count, shown)
    kept = [(case.hall, case.case_number) for case in record.cases]
    assert kept == shown[: len(kept)]
    assert record.cases_shown == count
    assert record.digest == (b"" if len(kept) == count else digest(shown))
    assert (len(kept) < count) == (sum(len(hall) + len(number.encode()) for hall, number in shown) > CASES_BYTES)
    assert record.ByteSize() < 2 * CASES_BYTES


def test_the_digest_is_of_length_prefixed_words() -> None:
    assert digest([("a", "bc"), ("号", "1")]) == sha256(b"\0\0\0\1a\0\0\0\2bc\0\0\0\3\xe5\x8f\xb7\0\0\0\0011").digest()
    assert digest([("ab", "c")]) != digest([("a", "bc")])


def test_a_rule_that_opened_much_is_cited_once() -> None:
    record = question().allowed([Allowed("b", 1), Allowed("a", 2), Allowed("b", 1), Allowed("a", 1)], [("changchun", "1")] * 4)
    assert [(cited.rule, cited.version) for cited in record.rules] == [("a", 1), ("a", 2), ("b", 1)]


def test_a_denial_names_what_came_nearest() -> None:
    record = question().denied(Denied(Why.NO_RULE, Nearest("supervisor-reads", 1, Part.REACH)))
    assert (record.why, [(cited.rule, cited.version) for cited in record.rules], record.cases_shown) == (
        "no-rule",
        [("supervisor-reads", 1)],
        0,
    )
    assert not question().denied(Denied(Why.FOREIGN_ROLE)).rules
