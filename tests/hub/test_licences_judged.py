"""Of a question about licences each query is decided by itself, at its own moment: no neighbour opens or closes it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from directory.licences.types import Types
from directory.scopes.principal import Principal
from directory.scopes.vocabulary import Action
from directory.validity import Period
from hub.decisions.questions import Question
from hub.licences.judged import Judge, Judged, Query
from hub.licences.queries import CitedCase, Looked, Row
from hub.registry.laws import InForce
from tests.directory.licences.made import TODAY, law
from tests.hub.licensing import CASE, PURPOSE, READER, WINDOW, food, granted
from tests.hub.records_sent import Shares
from tests.province import licensed
from tongban.directory.v1.scopes_pb2 import Purpose

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOLDER, STRANGER = b"h" * 32, b"s" * 32
ROWS = {
    str(licence): Row(str(licence), licensed.FOOD, "yushu", "valid", "", 0, None, HOLDER, b"", "key", 1, place)
    for place, licence in enumerate((food("0000001"), food("0000002"), food("0000003")))
}
LOOKED = Looked({(READER, CASE): CitedCase(READER, WINDOW, is_open=True)}, ROWS, {HOLDER: list(ROWS.values())}, 0)

QUERIES = st.one_of(
    st.builds(
        Query,
        licence_id=st.sampled_from([*ROWS, str(food("0000009"))]),
        holder=st.just(b""),
        type=st.just(licensed.FOOD),
        fields=st.sampled_from([(), ("premises",), ("legal_person",), ("legal_person", "premises")]),
    ),
    st.builds(
        Query,
        licence_id=st.just(""),
        holder=st.sampled_from([HOLDER, STRANGER]),
        type=st.sampled_from(["", licensed.FOOD, licensed.TEACHER]),
        fields=st.just(()),
    ),
)
FORBIDDEN = Query(str(food("0000001")), b"", licensed.FOOD, ("legal_person",))


def judge(*grants: Any, clock: Any = lambda: NOON) -> Judge:
    shares = Shares()
    shares.add(*grants)
    question = Question(
        principal=Principal(READER, "licence-reader", WINDOW, "7"),
        method="/tongban.licence.v1.LicenceService/QueryLicences",
        action=Action.LICENCE_QUERY,
        purpose=Purpose(purpose=PURPOSE, case_hall=READER, case_number=CASE),
        in_force=InForce(law(TODAY), ""),
        at=NOON,
    )
    return Judge(question, Types(licensed.types()), shares, clock, lambda _: True)


def outcome(judged: Judged) -> tuple[Any, ...]:
    return tuple((one.row.licence_id, one.opened.claims) for one in judged.shown), judged.grant, judged.record.SerializeToString()


@given(st.lists(QUERIES, max_size=6))
def test_a_forbidden_query_at_any_place_shows_nothing_and_changes_no_other(queries: list[Query]) -> None:
    who = judge(granted())
    alone = [outcome(who.judged(query, LOOKED)) for query in queries]
    for place in range(len(queries) + 1):
        batch = [*queries[:place], FORBIDDEN, *queries[place:]]
        found = [outcome(who.judged(query, LOOKED)) for query in batch]
        assert found[place][0] == ()
        assert [*found[:place], *found[place + 1 :]] == alone


@given(QUERIES)
def test_no_more_is_disclosed_than_the_grant_and_the_query_name(query: Query) -> None:
    open_claims = {"holder.name", "premises"}  # of the fields granted, those that do not stand in clear
    for shown in judge(granted()).judged(query, LOOKED).shown:
        assert set(shown.opened.claims) <= open_claims
        assert not query.fields or set(shown.opened.fields) == set(query.fields)


def test_a_grant_that_ends_between_two_queries_of_a_question_opens_the_first_alone() -> None:
    moments: Iterator[datetime] = iter([NOON, datetime(2026, 11, 23, 16, tzinfo=UTC)])  # midnight in Beijing comes between
    ending = granted(period=Period(date(2026, 1, 1), date(2026, 11, 24)))
    who = judge(ending, clock=lambda: next(moments))
    query = Query(str(food("0000001")), b"", licensed.FOOD, ())
    assert [len(who.judged(query, LOOKED).shown) for _ in range(2)] == [1, 0]


def test_a_grant_that_is_withdrawn_between_two_queries_opens_the_first_alone() -> None:
    who = judge(granted())
    query = Query(str(food("0000001")), b"", licensed.FOOD, ())
    assert len(who.judged(query, LOOKED).shown) == 1
    who.grants.end("g-1")  # type: ignore[attr-defined] # the test's own
    assert who.judged(query, LOOKED).shown == ()


def test_a_case_of_which_no_department_is_known_is_nobodys() -> None:
    looked = Looked({(READER, CASE): CitedCase(READER, "", is_open=True)}, ROWS, {}, 0)
    assert judge(granted(department="")).judged(Query(str(food("0000001")), b"", licensed.FOOD, ()), looked).shown == ()
