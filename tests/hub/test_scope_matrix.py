"""Who reads whose cases, by every role, tier and question, is what a person wrote; and whichever check goes missing, a test notices."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import grpc
import pytest

from directory.access import CALLERS, CallerKind
from directory.scopes.decisions import Allowed
from directory.scopes.law import Law
from directory.scopes.predicates import Always
from directory.scopes.principal import Asserted, Principal, seat_of
from directory.scopes.vocabulary import Role, Seat
from hub.cases.paging import PageTokens, Question
from hub.errors import HubError
from hub.registry.laws import Sources
from hub.rpc.cases import CaseService
from tests.e2e.contract import answered, methods, path
from tests.hub import test_cases_rpc as doors
from tests.hub.hall_client import HallClient
from tests.hub.people import Person, Told, eventually, refusal, tell
from tests.hub.running import RunningHub
from tests.hub.test_submit import reason_of
from tongban.case.v1 import case_pb2

# Written by hand, from the office's own words: clerks read their own hall's cases, reviewers what was referred to the hall besides,
# supervisors everything below. A guide reads what a thread is about, and none is here. A cell names the tiers of those
# who are answered: 省 province, 市 city, 县 county. The case is one of the own hall, of a hall directly below or above, of another
# one under the same superior, of one elsewhere, or one there that was referred to the own hall. There, seen from the province,
# is below too.
MATRIX = """
| role                    | question    | own    | below | above | beside | elsewhere | referred |
|-------------------------|-------------|--------|-------|-------|--------|-----------|----------|
| nobody                  | GetCase     |        |       |       |        |           |          |
| nobody                  | GetTimeline |        |       |       |        |           |          |
| nobody                  | GetClocks   |        |       |       |        |           |          |
| nobody                  | ListCases   |        |       |       |        |           |          |
| node                    | GetCase     |        |       |       |        |           |          |
| node                    | GetTimeline |        |       |       |        |           |          |
| node                    | GetClocks   |        |       |       |        |           |          |
| node                    | ListCases   |        |       |       |        |           |          |
| clerk                   | GetCase     | 省市县 |       |       |        |           |          |
| clerk                   | GetTimeline | 省市县 |       |       |        |           |          |
| clerk                   | GetClocks   | 省市县 |       |       |        |           |          |
| clerk                   | ListCases   | 省市县 |       |       |        |           |          |
| reviewer                | GetCase     | 省市县 |       |       |        |           | 省市县   |
| reviewer                | GetTimeline | 省市县 |       |       |        |           | 省市县   |
| reviewer                | GetClocks   | 省市县 |       |       |        |           | 省市县   |
| reviewer                | ListCases   | 省市县 |       |       |        |           | 省市县   |
| guide                   | GetCase     |        |       |       |        |           |          |
| guide                   | GetTimeline |        |       |       |        |           |          |
| guide                   | GetClocks   |        |       |       |        |           |          |
| guide                   | ListCases   |        |       |       |        |           |          |
| supervisor              | GetCase     | 省市县 | 省市  |       |        |           | 省       |
| supervisor              | GetTimeline | 省市县 | 省市  |       |        |           | 省       |
| supervisor              | GetClocks   | 省市县 | 省市  |       |        |           | 省       |
| supervisor              | ListCases   | 省市县 | 省市  |       |        |           | 省       |
| licence-officer         | GetCase     |        |       |       |        |           |          |
| licence-officer         | GetTimeline |        |       |       |        |           |          |
| licence-officer         | GetClocks   |        |       |       |        |           |          |
| licence-officer         | ListCases   |        |       |       |        |           |          |
| licence-reader          | GetCase     |        |       |       |        |           |          |
| licence-reader          | GetTimeline |        |       |       |        |           |          |
| licence-reader          | GetClocks   |        |       |       |        |           |          |
| licence-reader          | ListCases   |        |       |       |        |           |          |
| catalogue-administrator | GetCase     |        |       |       |        |           |          |
| catalogue-administrator | GetTimeline |        |       |       |        |           |          |
| catalogue-administrator | GetClocks   |        |       |       |        |           |          |
| catalogue-administrator | ListCases   |        |       |       |        |           |          |
| hall-administrator      | GetCase     |        |       |       |        |           |          |
| hall-administrator      | GetTimeline |        |       |       |        |           |          |
| hall-administrator      | GetClocks   |        |       |       |        |           |          |
| hall-administrator      | ListCases   |        |       |       |        |           |          |
| auditor                 | GetCase     |        |       |       |        |           |          |
| auditor                 | GetTimeline |        |       |       |        |           |          |
| auditor                 | GetClocks   |        |       |       |        |           |          |
| auditor                 | ListCases   |        |       |       |        |           |          |
| operator                | GetCase     |        |       |       |        |           |          |
| operator                | GetTimeline |        |       |       |        |           |          |
| operator                | GetClocks   |        |       |       |        |           |          |
| operator                | ListCases   |        |       |       |        |           |          |
| emperor                 | GetCase     |        |       |       |        |           |          |
| emperor                 | GetTimeline |        |       |       |        |           |          |
| emperor                 | GetClocks   |        |       |       |        |           |          |
| emperor                 | ListCases   |        |       |       |        |           |          |
"""

# What a hall of a tier is told when it speaks for a role that is not to be had there.
FOREIGN = {
    "省": {"operator", "emperor"},
    "市": {"operator", "emperor", "auditor"},
    "县": {"operator", "emperor", "auditor", "guide"},
}

SPACES = ("own", "below", "above", "beside", "elsewhere", "referred")
QUESTIONS = ("GetCase", "GetTimeline", "GetClocks", "ListCases")
ASKERS = {"省": "jilin-sheng", "市": "changchun", "县": "yushu"}
PLACES: Mapping[str, Mapping[str, str]] = {
    "省": {"own": "jilin-sheng", "below": "changchun", "referred": "lishu"},
    "市": {"own": "changchun", "below": "yushu", "above": "jilin-sheng", "beside": "siping", "elsewhere": "lishu", "referred": "lishu"},
    "县": {"own": "yushu", "above": "changchun", "beside": "dehui", "elsewhere": "lishu", "referred": "lishu"},
}
"""The hall of a case, seen from an asker's. No hall is above, beside or elsewhere for the province, and none below a county."""
HALLS = ("jilin-sheng", "changchun", "yushu", "siping", "dehui", "lishu")


def written_by_hand() -> list[tuple[str, ...]]:
    """Read the table, without its heading."""
    lines = MATRIX.strip().splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_the_table_has_a_row_for_every_role_and_question() -> None:
    assert [row[:2] for row in written_by_hand()] == list(product(["nobody", *Role, "emperor"], QUESTIONS))
    assert {path(method).rpartition("/")[2] for method in methods() if method.containing_service.name == "CaseService"} == set(QUESTIONS)
    assert {tier: seat_of(doors.PROVINCE, hall) for tier, hall in ASKERS.items()} == {
        "省": Seat.PROVINCE,
        "市": Seat.CITY,
        "县": Seat.COUNTY,
    }


async def everybody(hub: RunningHub) -> dict[str, HallClient]:
    """Have every hall tell of a case of its own, and 梨树 of one that it referred to each asker besides."""
    clients = {hall: await hub.join(hall) for hall in HALLS}
    for hall, client in clients.items():
        referred = [Told(f"to-{asker}", case_pb2.CASE_EVENT_KIND_REFERRED_UP, asker) for asker in ASKERS.values()]
        await tell(client, [Told("1"), *(referred if hall == "lishu" else ())])
    for hall in HALLS:
        await eventually(lambda: refusal(Person(clients["jilin-sheng"], "supervisor").case(hall, "1")), lambda reason: not reason)  # noqa: B023
    return clients


async def said(asker: Person, question: str, hall: str, number: str) -> str:
    """Ask, and return the reason for which there is no answer, empty when there is one; a list answers when it holds the case."""
    if question == "ListCases":
        try:
            page = await asker.cases(hall=hall)
        except grpc.aio.AioRpcError as error:
            return reason_of(error)
        shown = [(case.hall, case.case_number) for case in page.cases]
        return "" if (hall, number) in shown else "REASON_NOT_FOUND"
    asked: dict[str, Callable[[str, str], Awaitable[Any]]] = {
        "GetCase": asker.case,
        "GetTimeline": asker.timeline,
        "GetClocks": asker.clocks,
    }
    return await refusal(asked[question](hall, number))


async def test_every_role_at_every_tier_is_answered_what_the_table_says_and_nothing_else(hub: RunningHub) -> None:
    clients = await everybody(hub)
    found: list[tuple[str, ...]] = []
    for role, question in product(["nobody", *map(str, Role), "emperor"], QUESTIONS):
        cells = dict.fromkeys(SPACES, "")
        for tier, space in product(ASKERS, SPACES):
            if space in PLACES[tier]:
                asker = Person(clients[ASKERS[tier]], "" if role == "nobody" else role)
                number = f"to-{ASKERS[tier]}" if space == "referred" else "1"
                reason = await said(asker, question, PLACES[tier][space], number)
                assert (reason == "REASON_FOREIGN_ACTOR") == (role in FOREIGN[tier]), (role, tier, reason)
                cells[space] += "" if reason else tier
        found.append((role, question, *cells.values()))
    assert found == written_by_hand()
    for client in clients.values():
        await client.close()


DOOR = sorted(method for method, row in CALLERS.items() if row.thing is not None and CallerKind.NODE in row.kinds)


async def nodes_are_stopped_at_the_door(hub: RunningHub) -> None:
    """Take every rule away: then nothing that a node calls is answered, and everything is refused in the same words."""
    client = await hub.join("yushu")
    laws = hub.hub.rooms.laws
    before, province = laws._sources, hub.hub.rooms.registry.province
    laws._sources = lambda: Sources((), province, ())
    try:
        for method in methods():
            if path(method) in DOOR:
                answers, error = await answered(client.channel, method, [b""])
                assert not answers, path(method)
                assert reason_of(error) == "REASON_SCOPE_DENIED", path(method)
    finally:
        laws._sources = before
        await client.close()


async def test_a_node_calls_nothing_that_no_rule_opens_to_nodes(hub: RunningHub) -> None:
    await nodes_are_stopped_at_the_door(hub)


@pytest.fixture
def service(database_url: str) -> Iterator[CaseService]:
    """Give the case doors of tests/hub/test_cases_rpc.py."""
    yield from doors.told(database_url)


def believe_everyone(patch: pytest.MonkeyPatch) -> None:
    def believed(law: Law, principal: Principal) -> Asserted:
        return Asserted(seat_of(law.province, principal.hall) or Seat.COUNTY)

    patch.setattr(Law, "may_assert", believed)


def decide_nothing_on_what_is_found(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.rpc.cases._decided", lambda *_: Allowed("everything", 1))


def list_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.decisions.questions.Question.scope", lambda *_: Always())


def write_nothing_down(patch: pytest.MonkeyPatch) -> None:
    async def forget(*_: object) -> None:
        pass

    patch.setattr(doors.Written, "write", forget)


def write_no_list_down(patch: pytest.MonkeyPatch) -> None:
    async def forgive(_log: doors.Written, *_: object) -> None:
        pass

    patch.setattr(CaseService, "_write_list", forgive)


def bind_tokens_to_no_caller(patch: pytest.MonkeyPatch) -> None:
    mac = PageTokens._mac
    patch.setattr(PageTokens, "_mac", lambda tokens, _caller, question, where: mac(tokens, "", question, where))


def bind_tokens_to_no_asker_and_no_rules(patch: pytest.MonkeyPatch) -> None:
    mac = PageTokens._mac

    def loose(tokens: PageTokens, caller: str, question: Question, where: bytes) -> bytes:
        return mac(tokens, caller, (question[0], *question[5:]), where)

    patch.setattr(PageTokens, "_mac", loose)


Named = Callable[..., Awaitable[None]]
Noticed = type[BaseException] | tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A check that is taken away, the test that then fails, and how."""

    check: Callable[[pytest.MonkeyPatch], None]
    test: Named
    given: tuple[Any, ...] = ()
    noticed: Noticed = (AssertionError, pytest.fail.Exception)


SPEAKS = doors.test_a_hall_speaks_for_no_role_or_department_that_it_has_not
ALIKE = doors.test_forbidden_and_absent_cases_are_answered_in_the_same_words
WRITTEN = doors.test_every_answer_and_every_denial_is_written_down
MISSING = [
    Missing(believe_everyone, SPEAKS, ("yushu", "clerk", "changchun-rs")),
    Missing(believe_everyone, SPEAKS, ("yushu", "guide", "")),
    Missing(decide_nothing_on_what_is_found, ALIKE, ("dehui", "1")),
    Missing(decide_nothing_on_what_is_found, WRITTEN),
    # Nothing of it is shown: each case of a list is decided on besides.
    Missing(list_everything, doors.test_a_list_holds_the_own_subtree_each_case_once, ("yushu", {"yushu"}, 50), HubError),
    Missing(write_nothing_down, WRITTEN, noticed=ValueError),
    Missing(write_no_list_down, WRITTEN, noticed=ValueError),
    Missing(bind_tokens_to_no_caller, doors.test_a_page_token_of_another_caller_or_question_is_refused),
    Missing(bind_tokens_to_no_asker_and_no_rules, doors.test_a_page_token_is_its_askers_alone_and_ends_with_the_rules),
]


@pytest.mark.parametrize("missing", MISSING, ids=lambda missing: f"{missing.check.__name__}-{missing.test.__name__}")
async def test_a_check_that_goes_missing_is_noticed(service: CaseService, monkeypatch: pytest.MonkeyPatch, missing: Missing) -> None:
    missing.check(monkeypatch)
    with pytest.raises(missing.noticed):
        await missing.test(service, *missing.given)


async def test_a_door_that_lets_every_node_in_is_noticed(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.rpc.lawful.judge_node", lambda *_: None)
    with pytest.raises(AssertionError):
        await nodes_are_stopped_at_the_door(hub)
