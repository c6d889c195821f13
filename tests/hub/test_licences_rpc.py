"""Licences are shown for a purpose, in a case and within a grant; each look is in the ledger before its answer leaves."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from certs.credential import verify
from certs.errors import CertsError
from certs.key_entries import LicenceRevocation
from certs.keys import generate_signing_key
from certs.names import hub_audience, journal_origin
from certs.notes import Signer
from certs.questions import sign_question
from directory.catalogue.vocabulary import Manner
from directory.identifiers import citizen_id_check, uscc_of
from directory.licences.vocabulary import ActKind
from directory.validity import Period
from hub.errors import StorageFull
from hub.exchange.own_journal import OwnJournal
from hub.licences.judged import Judge, Judged, Query
from hub.licences.queries import Looked
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.licensing import CASE, CLOSED, CODE, FOREIGN, ISSUER, PURPOSE, READER, WHY, Asker, Licensed, by_holder, by_id, food, granted
from tests.hub.people import refusal
from tests.hub.records_sent import said
from tests.hub.running import RunningHub, running
from tests.province import licensed
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED, VERDICT_NOT_FOUND, DecisionRecord
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

FIRST, SECOND, UNKNOWN = food("0000001"), food("0000002"), food("0000009")
STRANGER = uscc_of("91220000DEM100999")


@pytest.fixture
async def scene(hub: RunningHub) -> AsyncIterator[Licensed]:
    """Give a hub with two licences of one holder, and a window that is granted three of their fields."""
    made = await Licensed.on(hub)
    await made.issuer.issue(FIRST, SECOND)
    await made.registered(FIRST, SECOND)
    yield made
    await made.close()


def shown_by(scene: Licensed, found: messages.FoundLicence) -> dict[str, Any]:
    """Return what a presentation discloses, as anyone with the hall's licence key sees it."""
    keyring = scene.hub.hub.rooms.keyring
    return dict(verify(found.presentation, lambda key_id: keyring.licence_key(key_id).verifier, datetime.now(UTC)).disclosed)


async def test_a_grant_shows_licences_in_the_fields_granted_and_no_others(scene: Licensed) -> None:
    answer = await scene.asker.ask(by_id(FIRST), by_id(SECOND, "premises"), by_holder(), by_holder(licence_type=licensed.TRANSPORT))
    one, narrow, both, none = answer.answers
    assert shown_by(scene, one.licences[0]) == {"holder.name": "松江示例餐饮有限公司（演示）", "premises": "示例市示例路1号"}
    assert shown_by(scene, narrow.licences[0]) == {"premises": "示例市示例路1号"}
    assert [found.licence_id for found in both.licences] == [str(SECOND), str(FIRST)]
    assert (one.licences[0].status, one.licences[0].type, one.grant) == ("valid", licensed.FOOD, "g-1")
    assert none == messages.LicenceAnswer()
    chain = one.licences[0].chain
    assert (len(chain), chain[0]) == (3, scene.hub.hub.rooms.registry.charter_note)  # with the hall's introduction, and its licence key
    (record,) = [place for place in said(scene.hub, DecisionRecord) if place.ledger_index == answer.ledger_index]
    written = record.read(DecisionRecord)
    assert [one.verdict for one in written.licences] == [VERDICT_ALLOWED] * 3 + [VERDICT_DENIED]
    assert [list(shown.fields) for shown in written.licences[1].shown] == [["premises"]]
    assert (written.purpose, written.licences[0].grant) == (WHY, "g-1")
    holder = written.licences[2].asked_holder
    assert holder == written.licences[0].shown[0].holder == scene.hub.hub.rooms.licences.seal.holder("001", CODE)  # type: ignore[union-attr]


Ask = Callable[[Asker], Awaitable[messages.QueryLicencesResponse]]
AGAIN = by_id(FIRST)


CITIZEN = f"22010219900101777{citizen_id_check('22010219900101777')}"


def cited(**changes: str) -> Ask:
    purpose = {"purpose": PURPOSE, "case_hall": READER, "case_number": CASE} | changes
    return lambda asker: asker.ask(AGAIN, purpose=Purpose(**purpose))


NOTHING_SHOWN: dict[str, Ask] = {
    "there is no such licence": lambda asker: asker.ask(by_id(UNKNOWN)),
    "there is no such holder": lambda asker: asker.ask(by_holder(STRANGER)),
    "a field is not granted": lambda asker: asker.ask(by_id(FIRST, "legal_person")),
    "one of two fields is not granted": lambda asker: asker.ask(by_id(FIRST, "premises", "legal_person")),
    "a field is none of the type's": lambda asker: asker.ask(by_id(FIRST, "height")),
    "the type is not granted": lambda asker: asker.ask(by_holder(licence_type=licensed.TRANSPORT)),
    "there is no such type": lambda asker: asker.ask(by_holder(licence_type=f"{licensed.FOOD[:18]}999")),
    "the purpose is not that of the grant": cited(purpose="别的用途"),
    "the case is closed": cited(case_number=CLOSED),
    "the case is another department's": cited(case_number=FOREIGN),
    "there is no such case": cited(case_number="2026-9"),
    "the case is another hall's": cited(case_hall=ISSUER),
    "the window is granted nothing": lambda asker: replace(asker, department="window-other").ask(
        AGAIN, purpose=Purpose(purpose=PURPOSE, case_hall=READER, case_number=FOREIGN)
    ),
}


IN_VAIN = {"there is no such licence", "there is no such holder"}


async def test_whatever_is_missing_the_answer_is_that_there_is_nothing(scene: Licensed) -> None:
    shapes = set()
    for why, ask in NOTHING_SHOWN.items():
        answer = await ask(scene.asker)
        assert list(answer.answers) == [messages.LicenceAnswer()], why
        shapes.add(len(answer.SerializeToString()))
        assert scene.decisions()[-1].verdict == (VERDICT_NOT_FOUND if why in IN_VAIN else VERDICT_DENIED), why
    assert len(shapes) == 1


@pytest.mark.parametrize(
    "dead",
    [
        granted(hall=ISSUER),
        granted(department="window-other"),
        granted(resource="teacher-qualification"),
        granted(manner=Manner.FILE),
        granted(period=Period(date(2026, 1, 1), date(2026, 2, 1))),
        granted(period=Period(date(2036, 1, 1))),
        granted(ended_at=granted().granted_at),
    ],
    ids=["hall", "department", "resource", "file", "over", "not yet", "withdrawn"],
)
async def test_a_grant_that_does_not_hold_opens_nothing(scene: Licensed, dead: Any) -> None:
    scene.shares.grants.clear()
    scene.shares.add(dead)
    assert list((await scene.asker.ask(AGAIN)).answers) == [messages.LicenceAnswer()]
    scene.shares.add(granted("g-2"))
    assert len((await scene.asker.ask(AGAIN)).answers[0].licences) == 1
    scene.shares.end("g-2")
    assert list((await scene.asker.ask(AGAIN)).answers) == [messages.LicenceAnswer()]


def wrong_check() -> messages.LicenceQuery:
    text = str(FIRST)
    return messages.LicenceQuery(licence_id=text[:-1] + ("A" if text[-1] != "A" else "B"))


def at(**off: float) -> Any:
    return {"clock": lambda: datetime.now(UTC) + timedelta(**off)}


def garbage(asker: Asker) -> messages.QueryLicencesRequest:
    """Sign what is no question."""
    data = b"\xff\xff"
    note = sign_question(data, hub_audience(TRUST_DOMAIN), asker.client.identity.journal)
    return messages.QueryLicencesRequest(question=data, signature=note)


REFUSED: dict[str, tuple[str, Ask]] = {
    "no purpose": ("REASON_FIELD_INVALID", cited(purpose="")),
    "a blank purpose": ("REASON_FIELD_INVALID", cited(purpose="  ")),
    "no case": ("REASON_FIELD_INVALID", cited(case_number="")),
    "no case hall": ("REASON_FIELD_INVALID", cited(case_hall="")),
    "no queries": ("REASON_FIELD_INVALID", lambda asker: asker.ask()),
    "too many queries": ("REASON_FIELD_INVALID", lambda asker: asker.ask(*[AGAIN] * 501)),
    "a wrong check character": ("REASON_FIELD_INVALID", lambda asker: asker.ask(wrong_check())),
    "a code that is none": ("REASON_FIELD_INVALID", lambda asker: asker.ask(by_holder("12345"))),
    "a code as a type": ("REASON_FIELD_INVALID", lambda asker: asker.ask(by_holder(licence_type=CODE))),
    "neither licence nor holder": ("REASON_FIELD_INVALID", lambda asker: asker.ask(messages.LicenceQuery())),
    "a citizen id in the purpose": ("REASON_FIELD_INVALID", cited(purpose=f"核验{CITIZEN}的许可")),
    "a citizen id in the basis": ("REASON_FIELD_INVALID", cited(basis=f"申请人{CITIZEN.lower()}")),
    "a citizen id in wide digits": ("REASON_FIELD_INVALID", cited(basis="".join(chr(ord(sign) + 0xFEE0) for sign in CITIZEN))),
    "a short nonce": ("REASON_FIELD_INVALID", lambda asker: asker.ask(AGAIN, nonce=b"1")),
    "no time": ("REASON_QUESTION_STALE", lambda asker: asker.ask(AGAIN, time=None)),
    "a time long past": ("REASON_QUESTION_STALE", lambda asker: replace(asker, **at(minutes=-6)).ask(AGAIN)),
    "a time to come": ("REASON_QUESTION_STALE", lambda asker: replace(asker, **at(minutes=6)).ask(AGAIN)),
    "another hub": ("REASON_QUESTION_STALE", lambda asker: asker.ask(AGAIN, audience="//other.example/hub")),
    "signed for another hub": (
        "REASON_QUESTION_STALE",
        lambda asker: asker.send(asker.signed(asker.question([AGAIN]), audience="//other.example/hub")),
    ),
    "another role": ("REASON_SCOPE_DENIED", lambda asker: replace(asker, role="clerk").ask(AGAIN)),
    "no person of any role": ("REASON_SCOPE_DENIED", lambda asker: asker.ask(AGAIN, asked_by=None)),
    "another hall's department": ("REASON_FOREIGN_ACTOR", lambda asker: replace(asker, department="sheng-shijian").ask(AGAIN)),
    "another key": (
        "REASON_UNKNOWN_KEY",
        lambda asker: asker.send(asker.signed(asker.question([AGAIN]), Signer(asker.client.identity.journal.name, generate_signing_key()))),
    ),
    "another hall's journal": (
        "REASON_UNKNOWN_KEY",
        lambda asker: asker.send(
            asker.signed(asker.question([AGAIN]), Signer(journal_origin(TRUST_DOMAIN, ISSUER, 1), asker.client.identity.log))
        ),
    ),
    "another question": (
        "REASON_BAD_SIGNATURE",
        lambda asker: asker.send(
            messages.QueryLicencesRequest(
                question=asker.question([AGAIN]).SerializeToString(), signature=asker.signed(asker.question([AGAIN])).signature
            )
        ),
    ),
    "garbage": ("REASON_MALFORMED_MESSAGE", lambda asker: asker.send(garbage(asker))),
}


async def test_a_question_that_is_not_what_it_should_be_is_refused_and_tells_nothing(scene: Licensed) -> None:
    for why, (reason, ask) in REFUSED.items():
        assert await refusal(ask(scene.asker)) == reason, why


async def test_a_question_is_answered_once_after_a_restart_too(scene: Licensed) -> None:
    request = scene.asker.signed(scene.asker.question([AGAIN]))
    assert len((await scene.asker.send(request)).answers[0].licences) == 1
    before = len(scene.decisions())
    assert await refusal(scene.asker.send(request)) == "REASON_QUESTION_STALE"
    assert len(scene.decisions()) == before
    await scene.close()
    scene.hub.hub.stop()
    async with running(scene.hub.folder, scene.hub.config) as again:
        client = type(scene.asker.client)(scene.asker.client.identity, again.exchange)
        assert await refusal(replace(scene.asker, client=client).send(request)) == "REASON_QUESTION_STALE"
        await client.close()


async def test_of_many_queries_each_is_decided_by_itself(scene: Licensed) -> None:
    queries = [by_id(FIRST), by_id(UNKNOWN), by_id(SECOND, "legal_person"), by_id(SECOND), by_holder(STRANGER)]
    answer = await scene.asker.ask(*queries)
    assert [[found.licence_id for found in one.licences] for one in answer.answers] == [[str(FIRST)], [], [], [str(SECOND)], []]


async def test_a_long_question_about_all_types_lets_others_have_their_turn(scene: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, honest, began = itertools.count(), Judge.judged, []

    def watched(self: Judge, query: Query, looked: Looked) -> Judged:
        began.append(next(turns))
        return honest(self, query, looked)

    async def others() -> None:
        while True:
            next(turns)
            await asyncio.sleep(0)

    monkeypatch.setattr(Judge, "judged", watched)
    waiting = asyncio.create_task(others())
    answer = await scene.asker.ask(*[by_holder()] * 20)
    waiting.cancel()
    assert len(answer.answers) == len(began) == 20
    assert all(after > before + 1 for before, after in itertools.pairwise(began))


async def test_what_cannot_be_written_down_is_not_told(scene: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(self: OwnJournal, messages: object, recipients: object = (), also: object = None) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(OwnJournal, "say", full)
    request = scene.asker.signed(scene.asker.question([AGAIN]))
    assert await refusal(scene.asker.send(request)) == "REASON_STORAGE_FULL"


async def test_an_ending_is_seen_at_once_and_a_change_shows_the_next_version(scene: Licensed) -> None:
    changed = food("0000001", 2)
    await scene.issuer.send(scene.issuer.act(ActKind.ANNULLED, SECOND), scene.issuer.act(ActKind.CHANGED, changed))
    await scene.registered(SECOND, status="annulled")
    await scene.registered(changed)
    ended, superseded, of_holder = (await scene.asker.ask(by_id(SECOND), by_id(FIRST), by_holder())).answers
    assert (ended.licences[0].status, ended.licences[0].ground) == ("annulled", "abuse-of-office")
    assert superseded.licences[0].status == "superseded"
    assert {one.licence_id for one in of_holder.licences} == {str(changed), str(SECOND)}


async def test_a_licence_signed_with_a_stolen_key_is_not_there(scene: Licensed) -> None:
    registry = scene.hub.hub.rooms.registry
    (key,) = registry.keyring.licence_keys(ISSUER)
    with pytest.raises(CertsError):
        await registry.log_licence_key(LicenceRevocation(ISSUER, 1, key.key_id, 1 << 40, "key-stolen"))
    await registry.log_licence_key(LicenceRevocation(ISSUER, 1, key.key_id, key.introduced_at + 1, "key-stolen"))
    assert list((await scene.asker.ask(AGAIN)).answers) == [messages.LicenceAnswer()]
