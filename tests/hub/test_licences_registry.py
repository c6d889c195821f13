"""The registry holds what halls did to licences by right, tells them what does not count, and is the same when it is made again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from certs.credential import Holder
from certs.key_entries import LicenceRevocation
from certs.keys import generate_signing_key
from certs.names import status_uri
from certs.status_list import INVALID, SUSPENDED, VALID, open_token
from directory.identifiers import uscc_of
from directory.licences.acts import Act
from directory.licences.identifiers import LicenceId
from directory.licences.vocabulary import ActKind
from directory.register.importing import File
from hub.consumers import Consumer, clear, rebuild, run_once
from hub.db import transaction
from hub.exchange.segments import read_after
from hub.following import licences
from hub.keys import load_keys
from hub.licences.tables import findings, versions
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.licensing import CODE, ISSUER, NAME, OFFICER, OTHER, IssuingHall, Licensed, fields, food, key_counts
from tests.hub.people import eventually, refusal
from tests.hub.running import RunningHub
from tests.hub.test_register import stage
from tests.province import licensed, provincial
from tongban.envelope.v1.envelope_pb2 import Actor
from tongban.licence.v1 import licence_service_pb2 as messages

NONE_ISSUED = "no licence of this number was issued, as far as the exchange knows"
FIRST, SECOND, THIRD, ELEVENTH = food("0000001"), food("0000002"), food("0000003"), food("0000011")


@pytest.fixture
async def scene(hub: RunningHub) -> AsyncIterator[Licensed]:
    """Give a hub with three licences."""
    made = await Licensed.on(hub)
    await made.issuer.issue(FIRST, SECOND, THIRD)
    await made.registered(FIRST, SECOND, THIRD)
    yield made
    await made.close()


Wrong = Callable[[IssuingHall], bytes]


def credential(licence: LicenceId = ELEVENTH, **clear: Any) -> Wrong:
    """Issue a licence with a credential that says something else."""

    def made(hall: IssuingHall) -> bytes:
        given = {name: value for name, value in clear.items() if name in {"holder", "given"}}
        rest = {name: value for name, value in clear.items() if name not in given}
        return hall.envelope(hall.act(ActKind.ISSUED, licence, credential=hall.credential(licence, **given, **rest)))

    return made


def done(kind: ActKind, licence: LicenceId = FIRST, **changes: Any) -> Wrong:
    return lambda hall: hall.envelope(hall.act(kind, licence, **changes))


def by(actor: Actor) -> Wrong:
    return lambda hall: hall.envelope(hall.act(ActKind.ISSUED, food("0000012")), actor=actor)


def swapped(hall: IssuingHall) -> bytes:
    """Sign with a key that the hall has not named."""
    thief = replace(hall, key=generate_signing_key())
    return hall.envelope(hall.act(ActKind.ISSUED, food("0000013"), credential=thief.credential(food("0000013"))))


def reduced(hall: IssuingHall) -> bytes:
    whole = hall.credential(food("0000014"))
    return hall.envelope(hall.act(ActKind.ISSUED, food("0000014"), credential="~".join([*whole.split("~")[:-2], ""])))


def doubled(hall: IssuingHall) -> bytes:
    parts = hall.credential(food("0000015")).split("~")
    return hall.envelope(hall.act(ActKind.ISSUED, food("0000015"), credential="~".join([*parts[:-1], parts[1], ""])))


def _foreign_list(hall: IssuingHall) -> bytes:
    """Name another hall's list, which the hub's own issuing function would refuse."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("certs.credential.clear_claims", _careless)
        return credential(status_uri=status_uri(TRUST_DOMAIN, OTHER, 1))(hall)


def _careless(clear: Any) -> dict[str, Any]:
    """Write claims without looking at them."""
    return {
        "iss": clear.issuer,
        "vct": f"urn:tongban:licence:{clear.type}",
        "licence_id": clear.licence_id,
        "iat": int(clear.issued_at.timestamp()),
        "nbf": int(clear.valid_from.timestamp()),
        "exp": int(clear.valid_to.timestamp()),
        "status": {"status_list": {"idx": clear.status_index, "uri": clear.status_uri}},
        "trust_level": clear.trust_level,
    }


DO_NOT_COUNT: dict[str, tuple[str, Wrong]] = {
    "no act": ("unreadable", lambda hall: hall.envelope(hall.act(ActKind.ISSUED, food("0000010")), payload=b"\xff")),
    "another subject": ("identifier", lambda hall: hall.envelope(hall.act(ActKind.ISSUED, food("0000010")), subject=SECOND.root)),
    "issued twice": ("issued-twice", done(ActKind.ISSUED)),
    "unknown": ("unknown-licence", done(ActKind.SUSPENDED, food("0000099"))),
    "foreign": ("foreign-licence", done(ActKind.SUSPENDED, food("0000001", hall=OTHER))),
    "unknown type": (
        "unknown-type",
        done(ActKind.ISSUED, LicenceId(f"{licensed.FOOD[:18]}999", "220182", "1", 1), credential="e30.e30.e30~"),
    ),
    "no officer": ("not-entitled", by(Actor(person=OFFICER, role="clerk"))),
    "the agent itself": ("not-entitled", by(Actor(role="node"))),
    "one officer alone": ("second-officer", done(ActKind.ANNULLED, second_officer=OFFICER)),
    "nobody confirmed": ("second-officer", done(ActKind.ANNULLED, second_officer="")),
    "a ground of another ending": ("ground", done(ActKind.ANNULLED, ground="penalty")),
    "resumed and not suspended": ("out-of-turn", done(ActKind.RESUMED)),
    "another key": ("credential", swapped),
    "a disclosure is missing": ("credential", reduced),
    "a disclosure twice": ("credential", doubled),
    "another licence's credential": (
        "identifier",
        lambda hall: hall.envelope(hall.act(ActKind.ISSUED, food("16"), credential=hall.credential(FIRST))),
    ),
    "a place that is taken": ("status-place", credential(status_index=1)),
    "a place that there is not": ("status-place", credential(status_index=1 << 17)),
    "another hall's list": ("credential", _foreign_list),
    "too long": ("contents", credential(valid_to=None)),
    "a field too many": ("contents", credential(given=fields(height="3"))),
    "a field too few": ("contents", credential(given=fields(premises=None))),
    "a wrong code": ("contents", credential(holder=Holder(NAME, "001", "12345"))),
    "another level of trust": ("contents", credential(trust_level="C")),
    "the code in the number": ("identifier", credential(food(CODE), holder=Holder(NAME, "001", CODE))),
}


async def test_what_does_not_count_changes_nothing_and_is_told_to_its_hall_alone(scene: Licensed) -> None:
    before = rows(scene)
    await scene.issuer.sender.submit([make(scene.issuer) for _, make in DO_NOT_COUNT.values()])
    told = await scene.refused(len(DO_NOT_COUNT))
    assert dict(zip(DO_NOT_COUNT, [one.fault for one in told], strict=True)) == {why: fault for why, (fault, _) in DO_NOT_COUNT.items()}
    assert rows(scene) == before
    texts = " ".join(one.what for one in told)
    assert not any(secret in texts for secret in (NAME, CODE, "12345", "示例市示例路1号"))
    assert {one.journal for one in told} == {scene.issuer.identity.journal.name}


def rows(scene: Licensed) -> list[tuple[Any, ...]]:
    with scene.hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.select(versions).order_by(versions.c.licence_id))]


async def test_an_event_counts_once_however_often_it_is_sent(scene: Licensed) -> None:
    act = scene.issuer.act(ActKind.ISSUED, food("0000004"))
    once = "01234567-89ab-8def-8123-456789abcdef"
    envelopes = [scene.issuer.envelope(act, event_id=once) for _ in range(2)]
    await scene.issuer.sender.submit(envelopes)
    await scene.issuer.sender.submit([scene.issuer.envelope(act, event_id=once)])
    await scene.issuer.send(scene.issuer.act(ActKind.SUSPENDED, food("0000004")))
    await scene.registered(food("0000004"), status="suspended")
    await scene.hub.hub.rooms.licences.saying.sweep()
    assert await scene.refused(0) == []


async def test_the_status_list_says_how_each_stands_and_verifies_with_the_charter(scene: Licensed) -> None:
    hall = scene.issuer
    await hall.send(hall.act(ActKind.SUSPENDED, SECOND), hall.act(ActKind.REVOKED, THIRD))
    await scene.registered(THIRD, status="revoked")
    uri = status_uri(TRUST_DOMAIN, hall.identity.hall, 1)
    reply = await scene.asker.stub.GetStatusList(messages.GetStatusListRequest(uri=uri))
    charter = scene.hub.hub.rooms.keyring.charter
    listed = open_token(reply.token, charter, scene.asker.clock())
    assert [listed.statuses.status(index) for index in (1, 2, 3, 77)] == [VALID, SUSPENDED, INVALID, VALID]
    for unknown in (status_uri(TRUST_DOMAIN, hall.identity.hall, 2), status_uri("other.example", hall.identity.hall, 1), "x", ""):
        assert await refusal(scene.asker.stub.GetStatusList(messages.GetStatusListRequest(uri=unknown))) == "REASON_NOT_FOUND"


async def test_a_key_is_named_once_a_day_and_by_its_holder(scene: Licensed) -> None:
    hall = scene.issuer
    again, thief = hall.key_envelope(), replace(hall, key=generate_signing_key())
    soon = thief.key_envelope()
    without = hall.key_envelope(key=thief.signer.vkey)
    await hall.sender.submit([again, soon, without])
    assert [one.fault for one in await scene.refused(2)] == ["not-entitled", "credential"]
    assert [key.key_id for key in scene.hub.hub.rooms.keyring.licence_keys(hall.identity.hall)] == [hall.key_id]


async def test_made_again_at_any_pace_the_registry_is_the_same(scene: Licensed) -> None:
    hall, changed = scene.issuer, food("0000001", 2)
    wrong = [make(hall) for _, make in list(DO_NOT_COUNT.values())[:6]]
    await hall.sender.submit(wrong)
    await hall.send(
        hall.act(ActKind.CHANGED, changed), hall.act(ActKind.ANNULLED, SECOND), hall.act(ActKind.CANCELLED, SECOND, ground="ended-before")
    )
    await hall.send(hall.act(ActKind.SUPERSEDED, THIRD, successor=SECOND))
    await scene.registered(THIRD, status="superseded")
    rooms, models = scene.hub.hub.rooms, scene.hub.hub.rooms.licences.statuses.models
    await asyncio.gather(rooms.licences.saying.sweep(), rooms.licences.saying.sweep())
    assert len(await scene.refused(6)) == 6
    digests = {_digest(scene)}
    for pace in (1, 3, 1000):
        (consumer,) = licences(load_keys(scene.hub.config.keys), scene.hub.config.keys)
        with transaction(models.writer) as connection:
            clear(connection, consumer)
        while run_once(rooms.database.reader, models.writer, consumer, read_after, pace):
            pass
        digests.add(_digest(scene, consumer))
    assert len(digests) == 1
    await rooms.licences.saying.sweep()
    assert len(await scene.refused(6)) == 6  # what was told is not told again


async def test_an_act_is_judged_by_the_register_of_its_place_in_the_ledger_whenever_that_is_done(scene: Licensed) -> None:
    short = licensed.TYPES.read_bytes().replace(b"validity_months = 60", b"validity_months = 12")
    assert not stage(scene.hub.config, File("types.toml", short)).plan.faults
    await scene.hub.hub.rooms.registrar.take_in()
    await scene.issuer.issue(food("0000031"))
    assert [one.fault for one in await scene.refused(1)] == ["contents"]
    await scene.registered(FIRST)
    before, rooms = _digest(scene), scene.hub.hub.rooms
    (consumer,) = licences(load_keys(scene.hub.config.keys), scene.hub.config.keys)
    rebuild(rooms.database.reader, rooms.licences.statuses.models.writer, consumer, read_after, 1000)
    assert _digest(scene, consumer) == before


async def test_an_organ_that_sits_in_two_halls_lets_neither_act_on_what_the_other_issued(scene: Licensed) -> None:
    uscc = uscc_of("11220000DEM009999")
    seats = "".join(f"{hall}-market,{uscc},示例市场监督管理局（演示）,{hall},,2020-01-01,\n" for hall in (ISSUER, OTHER))
    departments = (provincial.DATA / "provincial_departments.csv").read_text("utf-8") + seats
    assert not (staged := stage(scene.hub.config, File("departments.csv", departments.encode()))).plan.faults, staged.plan.faults
    await scene.hub.hub.rooms.registrar.take_in()
    organs = replace(food("0000041"), issuer=uscc)
    await scene.issuer.issue(organs)
    await scene.registered(organs)
    before, other = rows(scene), await IssuingHall.at(scene.hub, OTHER)
    await key_counts(scene.hub, other)
    acts = [
        other.act(ActKind.REVOKED, organs),
        other.act(ActKind.CHANGED, organs.next_version()),
        other.act(ActKind.SUSPENDED, organs),
        other.act(ActKind.SUSPENDED, replace(organs, serial="0000042")),  # which there is not
    ]
    await other.send(*acts)
    assert {(one.fault, one.what) for one in await scene.refused(len(acts))} == {("unknown-licence", NONE_ISSUED)}
    assert rows(scene) == before
    await scene.issuer.send(scene.issuer.act(ActKind.REVOKED, organs))
    await scene.registered(organs, status="revoked")
    await other.sender.client.close()


def _digest(scene: Licensed, consumer: Consumer | None = None) -> str:
    made = consumer or licences(load_keys(scene.hub.config.keys), scene.hub.config.keys)[0]
    with scene.hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
        return made.digest(connection)


async def test_another_halls_officer_ends_nothing(scene: Licensed) -> None:
    other = await IssuingHall.at(scene.hub, OTHER)
    await key_counts(scene.hub, other)
    await other.send(other.act(ActKind.ANNULLED, FIRST))
    await other.issue(food("0000001", hall=OTHER))
    await scene.registered(FIRST, food("0000001", hall=OTHER))
    borrowed = other.credential(food("0000021"), status_index=21)
    await scene.issuer.send(scene.issuer.act(ActKind.ISSUED, food("0000021"), credential=borrowed))
    assert [one.fault for one in await scene.refused(2)] == ["foreign-licence", "credential"]
    await other.sender.client.close()


async def test_with_a_key_that_was_revoked_nothing_more_is_issued(scene: Licensed) -> None:
    hall, registry = scene.issuer, scene.hub.hub.rooms.registry
    await registry.log_licence_key(LicenceRevocation(hall.identity.hall, 1, hall.key_id, registry.keyring.ledger_index, "key-stolen"))
    await hall.issue(food("0000022"))
    assert [one.fault for one in await scene.refused(1)] == ["credential"]


async def test_one_act_that_cannot_be_judged_holds_up_no_other(scene: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(act: Act, subject: str) -> Any:
        raise RuntimeError("示例")

    monkeypatch.setattr("hub.licences.consumer.read_act", broken)
    await scene.issuer.issue(food("0000005"))
    await eventually(_findings(scene), lambda found: len(found) == 1)
    monkeypatch.undo()
    await scene.issuer.issue(food("0000006"))
    await scene.registered(food("0000006"))
    assert [one.fault for one in await scene.refused(1)] == ["unreadable"]


def _findings(scene: Licensed) -> Any:
    async def look() -> list[Any]:
        with scene.hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
            return list(connection.execute(sa.select(findings)))

    return look
