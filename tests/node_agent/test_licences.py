"""A hall issues, changes and ends its licences at its own desk: judged at once, done once, sent so that its readers alone read it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certs.credential import LICENCE, split, verify
from certs.jws import read
from certs.names import parse_status_uri
from directory.calendar import BEIJING
from directory.licences.acts import Act
from directory.licences.identifiers import LicenceId
from directory.licences.lifecycle import Licence, fold
from directory.licences.vocabulary import ENDINGS, ActKind, Status
from directory.scopes.principal import Principal
from node_agent import hall_keys, keys_replica
from node_agent.errors import LicenceDeclined, NoLicenceKey
from node_agent.licences import book, endings, keys
from node_agent.licences.asked import Asked, Text
from node_agent.licences.book import Done
from tests.directory.catalogue.made import USCC
from tests.node_agent.licensed_hall import (
    CITIZEN,
    FOOD,
    NOW,
    OFFICER,
    SECOND,
    TEACHER,
    asked,
    at_desk,
    do,
    entered,
    furnish,
    give_key,
    queued,
    write,
)
from tests.node_agent.linked import HALL, Linked
from tests.province import licensed


@pytest.fixture
async def hall(linked: Linked) -> Linked:
    await furnish(linked)
    return linked


def declined(linked: Linked, one: Asked) -> LicenceDeclined:
    before = len(queued(linked))
    with pytest.raises(LicenceDeclined) as raised:
        do(linked, one)
    assert len(queued(linked)) == before
    return raised.value


def holding(linked: Linked, *words: str) -> list[Path]:
    """Return the files of the hall in which a word stands, in whatever way."""
    needles = [spelled for word in words for spelled in (word.encode(), word.encode("utf-16-le"), word.encode("unicode_escape"))]
    files = [path for path in Path(linked.config.data_dir).rglob("*") if path.is_file()]
    return [path for path in files if any(needle in path.read_bytes() for needle in needles)]


def ending(kind: ActKind, licence: LicenceId, request: str = "e-1", **changes: Any) -> Asked:
    ground = "not-renewed" if kind is ActKind.CANCELLED else min(ENDINGS[kind])
    return asked(kind, request, licence=str(licence), **({"ground": ground, "basis": "行政许可法", "document": "示例决字1号"} | changes))


def proposed(linked: Linked, one: Asked) -> str:
    return at_desk(linked, lambda connection, desk: endings.propose(connection, desk, one, NOW)).id


def confirmed(linked: Linked, number: str, officer: Principal) -> Done:
    return at_desk(linked, lambda connection, desk: endings.confirm(connection, desk, number, officer, NOW))


def status(linked: Linked, licence: LicenceId) -> Status | None:
    found = write(linked, lambda connection: book.newest(connection, licence.root))
    return found.status if found else None


async def test_what_is_issued_is_signed_numbered_and_sent_to_the_hub_alone(hall: Linked) -> None:
    done = do(hall, asked())
    ((header, act),) = queued(hall)
    assert (header.subject, header.resource, list(header.recipients)) == (done.licence.root, "licence", [])
    assert (header.actor.person, header.actor.role) == ("1024", "licence-officer")
    assert (done.licence.type, done.licence.issuer, done.licence.serial, done.licence.version) == (
        licensed.FOOD,
        "220184",
        "202600000001",
        1,
    )
    keyring = write(hall, lambda connection: keys_replica.load(connection, hall_keys.load(hall.config).charter)).keyring
    found = verify(act.credential, lambda name: keyring.licence_key(name).verifier, NOW)
    assert found.claims.licence_id == str(done.licence)
    assert found.public == {"business": FOOD["business"]}
    assert found.disclosed["holder.code"] == FOOD["holder_code"]
    assert found.disclosed["premises"] == FOOD["premises"]
    assert found.hidden == 0
    start, end = found.claims.valid_from.astimezone(BEIJING), found.claims.valid_to
    assert start == datetime(2026, 11, 23, tzinfo=BEIJING)
    assert end == datetime(2031, 11, 23, tzinfo=BEIJING)
    assert parse_status_uri(found.claims.status_uri)[1:] == (HALL, 1)


async def test_a_citizens_id_is_nowhere_in_the_halls_files(hall: Linked) -> None:
    done = do(hall, asked(type=licensed.TEACHER, text=Text(fields=TEACHER)))
    do(hall, asked(ActKind.CHANGED, "r-2", licence=str(done.licence), text=Text(fields={**TEACHER, "subject": "物理"})))
    assert holding(hall, CITIZEN, str(TEACHER["holder_name"])) == []
    assert holding(hall, done.licence.root)


async def test_the_same_request_is_done_once_and_another_under_its_number_is_declined(hall: Linked) -> None:
    first, again = do(hall, asked()), do(hall, asked(), NOW + timedelta(days=3))
    assert (again.licence, again.event_id, again.repeated, first.repeated) == (first.licence, first.event_id, True, False)
    assert len(queued(hall)) == 1
    assert declined(hall, asked(text=Text(fields={**FOOD, "premises": "别处"}))).fault == "request"
    assert do(hall, asked(request="r-2")).licence.serial == "202600000002"


@pytest.mark.parametrize("request_number", ["", " ", "a b", "../x", "x" * 101, "号"])
async def test_a_request_has_a_number(hall: Linked, request_number: str) -> None:
    assert declined(hall, asked(request=request_number)).fault == "request"


async def test_every_fault_of_a_draft_is_named_by_its_field_and_none_is_repeated(hall: Linked) -> None:
    fields = {**TEACHER, "holder_code": CITIZEN[:-1] + "?", "category": "9", "weight": 3}
    error = declined(hall, asked(type=licensed.TEACHER, text=Text(fields=fields)))
    assert error.fault == "contents"
    assert {"holder_code", "category"} <= {path for path, _ in error.faults}
    assert "weight" in str(error)
    assert CITIZEN[:-1] not in str(error)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"officer": replace(OFFICER, role="clerk")}, "not-entitled"),
        ({"officer": replace(OFFICER, role=""), "text": Text(fields={})}, "not-entitled"),
        ({"officer": replace(OFFICER, department="sheng-shijian")}, "not-entitled"),
        ({"type": "11220000DEM000217X001"}, "unknown-type"),
        ({"text": Text(fields=FOOD, valid_until=date(2031, 11, 24))}, "contents"),
        ({"text": Text(fields=FOOD, valid_until=date(2026, 11, 22))}, "contents"),
        ({"text": Text(fields=FOOD, trust_level=5)}, "contents"),
        ({"text": Text(fields=FOOD, layout_digest="md5:1")}, "credential"),
        ({"text": None}, "incomplete"),
        ({"case_number": "2026\u202e17"}, "incomplete"),
    ],
)
async def test_what_may_not_be_issued_is_declined_and_takes_no_number(hall: Linked, changes: dict[str, Any], fault: str) -> None:
    assert declined(hall, asked(**changes)).fault == fault
    assert do(hall, asked()).licence.serial == "202600000001"


async def test_a_number_that_shows_its_holders_code_is_declined_before_it_is_sent(hall: Linked) -> None:
    shown = str(LicenceId(licensed.FOOD, "220184", USCC, 1))
    fault = declined(hall, replace(asked(), licence=shown))
    assert fault.fault == "identifier"
    assert "serial number" in str(fault)
    assert USCC not in str(fault)


async def test_a_change_and_a_renewal_make_the_next_version(hall: Linked) -> None:
    first = do(hall, asked()).licence
    changed = do(hall, asked(ActKind.CHANGED, "r-2", licence=str(first), text=Text(fields={**FOOD, "premises": "示例市示例路2号"}))).licence
    renewed = do(hall, asked(ActKind.RENEWED, "r-3", licence=str(changed), text=Text(fields=None)), NOW + timedelta(days=365)).licence
    assert [one.version for one in (first, changed, renewed)] == [1, 2, 3]
    acts = [act for _, act in queued(hall)]
    keyring = write(hall, lambda connection: keys_replica.load(connection, hall_keys.load(hall.config).charter)).keyring
    shown = [verify(act.credential, lambda name: keyring.licence_key(name).verifier, None) for act in acts]
    assert [one.disclosed["premises"] for one in shown] == ["示例市示例路1号", "示例市示例路2号", "示例市示例路2号"]
    assert shown[0].claims.valid_to == shown[1].claims.valid_to
    assert shown[2].claims.valid_to == datetime(2032, 11, 22, tzinfo=BEIJING) + timedelta(days=1)
    assert len({(one.claims.status_uri, one.claims.status_index) for one in shown}) == 3
    assert [version.status for version in fold(Licence(), acts).versions] == [Status.SUPERSEDED, Status.SUPERSEDED, Status.VALID]


async def test_what_is_not_renewable_is_not_renewed(hall: Linked) -> None:
    done = do(hall, asked(type=licensed.TEACHER, text=Text(fields=TEACHER)))
    assert declined(hall, asked(ActKind.RENEWED, "r-2", licence=str(done.licence), text=Text(fields=None))).fault == "contents"


async def test_a_licence_is_suspended_resumed_and_superseded_in_turn(hall: Linked) -> None:
    one, other = do(hall, asked()).licence, do(hall, asked(request="r-2")).licence
    assert declined(hall, asked(ActKind.RESUMED, "r-3", licence=str(one))).fault == "out-of-turn"
    do(hall, asked(ActKind.SUSPENDED, "r-3", licence=str(one)))
    assert status(hall, one) is Status.SUSPENDED
    do(hall, asked(ActKind.RESUMED, "r-4", licence=str(one)))
    assert status(hall, one) is Status.VALID
    do(hall, asked(ActKind.SUPERSEDED, "r-5", licence=str(one), successor=str(other)))
    assert status(hall, one) is Status.SUPERSEDED


@pytest.mark.parametrize("text", ["x", "", "1.2.156.3005.2.11220000DEM0002176001.220184.202600000001.001.X"])
async def test_a_wrong_number_names_no_licence(hall: Linked, text: str) -> None:
    do(hall, asked())
    assert declined(hall, asked(ActKind.SUSPENDED, "r-2", licence=text)).fault == "identifier"


async def test_an_unknown_and_a_foreign_licence_are_left_alone(hall: Linked) -> None:
    unknown, foreign = LicenceId(licensed.FOOD, "220184", "7", 1), LicenceId(licensed.FOOD, "220182", "7", 1)
    assert declined(hall, asked(ActKind.SUSPENDED, licence=str(unknown))).fault == "unknown-licence"
    assert declined(hall, asked(ActKind.SUSPENDED, licence=str(foreign))).fault == "foreign-licence"
    assert declined(hall, asked(ActKind.CHANGED, licence=str(unknown), text=Text(fields=FOOD))).fault == "unknown-licence"


@pytest.mark.parametrize("kind", ENDINGS)
async def test_an_ending_is_proposed_by_one_officer_and_done_by_another(hall: Linked, kind: ActKind) -> None:
    licence = do(hall, asked()).licence
    number = proposed(hall, ending(kind, licence))
    assert status(hall, licence) is Status.VALID
    assert [one.id for one in write(hall, endings.pending)] == [number]
    with pytest.raises(LicenceDeclined, match="another officer"):
        confirmed(hall, number, OFFICER)
    for wrong in (replace(SECOND, role="clerk"), replace(SECOND, person="")):
        with pytest.raises(LicenceDeclined):
            confirmed(hall, number, wrong)
    assert status(hall, licence) is Status.VALID
    confirmed(hall, number, SECOND)
    assert str(status(hall, licence)) == kind.value
    header, act = queued(hall)[-1]
    assert (header.actor.person, act.second_officer, act.ground) == ("1024", "2048", ending(kind, licence).ground)
    assert write(hall, endings.pending) == []
    with pytest.raises(LicenceDeclined, match="already"):
        confirmed(hall, number, SECOND)


async def test_an_ending_that_could_not_be_done_is_not_proposed(hall: Linked) -> None:
    licence = do(hall, asked()).licence
    wrong = [
        (ending(ActKind.ANNULLED, licence, ground="penalty"), "ground"),
        (ending(ActKind.REVOKED, licence, document=""), "incomplete"),
        (ending(ActKind.CANCELLED, licence, ground="ended-before"), "out-of-turn"),
        (ending(ActKind.CANCELLED, LicenceId(licensed.FOOD, "220184", "9", 1)), "unknown-licence"),
        (replace(ending(ActKind.CANCELLED, licence), officer=replace(OFFICER, role="clerk")), "not-entitled"),
        (replace(ending(ActKind.CANCELLED, licence), kind=ActKind.SUSPENDED), "incomplete"),
        (ending(ActKind.CANCELLED, licence, request="r-1"), "request"),
    ]
    for one, fault in wrong:
        with pytest.raises(LicenceDeclined) as raised:
            proposed(hall, one)
        assert raised.value.fault == fault
    assert write(hall, endings.pending) == []


async def test_a_proposal_may_be_repeated_and_taken_back(hall: Linked) -> None:
    licence = do(hall, asked()).licence
    one = ending(ActKind.CANCELLED, licence)
    assert proposed(hall, one) == proposed(hall, one) == "e-1"
    with pytest.raises(LicenceDeclined, match="another request"):
        proposed(hall, replace(one, document="示例决字2号"))
    with pytest.raises(LicenceDeclined):
        at_desk(hall, lambda connection, desk: endings.drop(connection, desk, "e-1", replace(SECOND, role="clerk"), NOW))
    at_desk(hall, lambda connection, desk: endings.drop(connection, desk, "e-1", SECOND, NOW))
    with pytest.raises(LicenceDeclined, match="already"):
        at_desk(hall, lambda connection, desk: endings.confirm(connection, desk, "e-1", SECOND, NOW))
    assert status(hall, licence) is Status.VALID


async def test_nobody_ends_a_licence_without_a_proposal(hall: Linked) -> None:
    licence = do(hall, asked()).licence
    assert declined(hall, ending(ActKind.ANNULLED, licence)).fault == "second-officer"


async def test_without_a_licence_key_nothing_is_issued(linked: Linked) -> None:
    await furnish(linked)
    hall = hall_keys.load(linked.config)
    (name,) = hall.folder.glob("licence-*.key")
    name.unlink()
    with pytest.raises(NoLicenceKey, match="not in"):
        do(linked, asked())
    assert queued(linked) == []


async def test_a_new_key_signs_once_its_entry_is_there_and_the_old_one_is_destroyed(hall: Linked) -> None:
    folder = hall_keys.load(hall.config).folder
    (old,) = folder.glob("licence-*.key")
    new = give_key(hall)
    assert give_key(hall) == new  # one that waits is announced once
    do(hall, asked())
    signed_by = [_kid(queued(hall)[-1][1])]
    await entered(hall, new)
    do(hall, asked(request="r-2"))
    signed_by.append(_kid(queued(hall)[-1][1]))
    assert [f"licence-{name}.key" == old.name for name in signed_by] == [True, False]
    assert signed_by[1] == new

    def tidy(connection: Any) -> int:
        held = hall_keys.load(hall.config)
        return keys.drop_older(keys_replica.load(connection, held.charter).keyring, held)

    assert write(hall, tidy) == 1
    assert [path.name for path in folder.glob("licence-*.key")] == [f"licence-{new}.key"]


def _kid(act: Act) -> str:
    return str(read(LICENCE, split(act.credential).jwt).header["kid"])
