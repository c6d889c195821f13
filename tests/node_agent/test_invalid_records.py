"""What the hub found invalid of this hall's records is kept with the delivery that says so, and shown offline."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from certs import merkle
from certs.checkpoints import Checkpoint, sign_checkpoint
from node_agent import crash, db, invalid_records, retention
from node_agent.config import KeepSection
from node_agent.invalid_records import RESOURCE, TYPE
from tests.node_agent.linked import HALL, Linked
from tests.node_agent.test_directory_replica import taken
from tests.node_agent.tiny_province import NOW, Author, Journal, TinyProvince
from tongban.directory.v1.records_pb2 import InvalidRecord, RecordFault
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch


def invalid(number: int, resource: str = "enterprise-register", fault: str = "is missing") -> bytes:
    faults = [RecordFault(path="name", what=fault), RecordFault(what="not UTF-8")]
    where = {"journal": f"jilin.test/journal/{HALL}/1", "journal_index": number, "ledger_index": 100 + number, "event_id": f"id-{number}"}
    return InvalidRecord(resource=resource, subject=f"R-{number}", version=1, faults=faults, **where).SerializeToString()  # type: ignore[arg-type]


def wrapped(journal: str, payload: bytes, resource: str = RESOURCE) -> bytes:
    header = Header(version=1, id="some", type=TYPE, resource=resource, recipients=[HALL], journal=journal)
    return Envelope(header=header.SerializeToString(), payload=payload).SerializeToString()


def say(province: TinyProvince, *payloads: bytes, resource: str = RESOURCE) -> int:
    """Have the hub say something to this hall; return the ledger index of the first."""
    return accept(province, [wrapped(province.own.name, payload, resource) for payload in payloads])


def accept(province: TinyProvince, envelopes: Sequence[bytes]) -> int:
    grown = province.journals.setdefault(province.own.name, Journal()).frontier.extend(merkle.leaf_hashes(envelopes))
    note = sign_checkpoint(Checkpoint(province.own.name, grown.size, grown.root()), province.own)
    return province.accept(Batch(checkpoint=note, envelopes=envelopes).SerializeToString()).ledger_first


def keys(linked: Linked) -> list[str]:
    return [one.key for one in linked.look(invalid_records.newest)]


async def test_a_record_that_the_hub_found_invalid_is_listed_with_what_is_wrong(linked: Linked) -> None:
    say(linked.province, invalid(1), invalid(2, "licences"))
    await taken(linked)
    await linked.hub.stop()
    code, told = await linked.command("record", "invalid", "--json")
    assert code == 0
    found = json.loads(told)
    assert (found["count"], [one["key"] for one in found["records"]]) == (2, ["R-2", "R-1"])
    assert found["records"][1] == {
        "resource": "enterprise-register",
        "key": "R-1",
        "version": 1,
        "faults": [{"path": "name", "what": "is missing"}, {"path": "", "what": "not UTF-8"}],
        "said_at": NOW.isoformat(),
        "event_id": "id-1",
        "journal": f"jilin.test/journal/{HALL}/1",
        "journal_index": 1,
        "ledger_index": 101,
    }
    code, told = await linked.command("record", "invalid", "--resource", "licences")
    assert (code, told.splitlines()[0].split("  ")[1]) == (0, "licences R-2, version 1, journal index 2")
    assert "    name: is missing" in told
    assert "R-1" not in told
    await linked.hub.start()


async def test_status_and_doctor_mention_them_and_say_where_to_look(linked: Linked) -> None:
    await taken(linked)
    assert "invalid" not in (await linked.command("status"))[1]
    assert "ok   records" not in (await linked.command("doctor"))[1]
    say(linked.province, invalid(1))
    await taken(linked)
    assert "invalid       1 records that the hub found invalid: see `tongban-agent record invalid`" in (await linked.command("status"))[1]
    told = (await linked.command("doctor"))[1]
    assert "ok   records: the hub found 1 records of this hall invalid\n     → see `tongban-agent record invalid`" in told


async def test_a_lost_store_gets_them_again_and_once(linked: Linked) -> None:
    say(linked.province, invalid(1), invalid(2))
    await taken(linked)
    linked.lose_store()
    await taken(linked)
    say(linked.province, invalid(3))
    await taken(linked)
    assert keys(linked) == ["R-3", "R-2", "R-1"]


async def test_what_cannot_be_read_or_is_of_another_author_says_nothing_and_stops_nothing(linked: Linked) -> None:
    province = linked.province
    say(province, b"\xff\xff", invalid(1), b"")
    say(province, invalid(2), resource="weather")
    other = Author(province, "yushu")
    forged = wrapped(other.log.name, invalid(3))
    grown = other.frontier.extend(merkle.leaf_hashes([forged]))
    note = sign_checkpoint(Checkpoint(other.log.name, grown.size, grown.root()), other.log)
    province.accept(Batch(checkpoint=note, envelopes=[forged]).SerializeToString())
    await taken(linked)
    assert keys(linked) == ["R-1"]


async def test_a_crash_where_deliveries_are_stored_loses_and_doubles_none(linked: Linked) -> None:
    for number, step in enumerate(("delivery-received", "delivery-stored", "acknowledgement-sent"), start=1):
        say(linked.province, invalid(number))
        assert (await linked.command("sync", "--timeout", "5", crash_at=step))[0] == crash.STATUS
    await taken(linked)
    assert keys(linked) == ["R-3", "R-2", "R-1"]


async def test_they_are_forgotten_with_the_deliveries_that_said_so(linked: Linked) -> None:
    say(linked.province, invalid(1))
    await taken(linked)
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            retention.forget(connection, KeepSection(), NOW + timedelta(days=89))
        assert keys(linked) == ["R-1"]
        with db.begin(engine) as connection:
            retention.forget(connection, KeepSection(), datetime.now(UTC) + timedelta(days=91))
    assert keys(linked) == []


async def test_before_enrolment_there_is_nothing_to_show(linked: Linked) -> None:
    code, told = await linked.command("record", "invalid")
    assert code == 3, told
