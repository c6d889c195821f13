"""The hall's replica of the register: folded from what is delivered and proved, there offline, after restarts and restored stores."""

import json
import shutil
from collections.abc import Sequence
from typing import Any

import pytest

from certs import merkle
from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.merkle import Frontier
from certs.names import EVERY_HALL
from directory.register.changes import RESOURCE, TYPE, Change, Place, write_change
from directory.register.fold import Register
from node_agent import db, directory_replica, hall_keys, store_check
from node_agent.deliveries import Checker
from node_agent.errors import DeliveryInvalid
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView
from tests.node_agent.linked import HALL, Linked, until
from tests.node_agent.tiny_province import Author, Journal, TinyProvince
from tongban.directory.v1 import register_pb2
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Delivery


def hall(name: str, number: int = 1) -> Change:
    return Change(Place("hall", name, "1980-01-01"), json.dumps({"hall": name, "number": number}, separators=(",", ":")))


def envelope(journal: str, payload: bytes, recipients: Sequence[str] = (EVERY_HALL,)) -> bytes:
    header = Header(version=1, type=TYPE, resource=RESOURCE, recipients=recipients, journal=journal)
    return Envelope(header=header.SerializeToString(), payload=payload).SerializeToString()


def say(province: TinyProvince, *payloads: bytes) -> int:
    """Have the hub say changes to every hall; return the ledger index of the first."""
    envelopes = [envelope(province.own.name, payload) for payload in payloads]
    grown = province.journals.setdefault(province.own.name, Journal()).frontier.extend(merkle.leaf_hashes(envelopes))
    note = sign_checkpoint(Checkpoint(province.own.name, grown.size, grown.root()), province.own)
    return province.accept(Batch(checkpoint=note, envelopes=envelopes).SerializeToString()).ledger_first


def say_all(province: TinyProvince, *changes: Change) -> Register:
    """Have the hub say changes, and fold them as it does."""
    first = say(province, *map(write_change, changes))
    register = Register()
    for at, change in enumerate(changes):
        register.apply(change, first + at)
    return register


def standing(linked: Linked) -> dict[str, Any]:
    found: dict[str, Any] = linked.look(directory_replica.standing)
    return found


async def taken(linked: Linked) -> None:
    """Run the agent until it holds all that is addressed to it."""
    async with linked.running():
        await linked.hub.posted()
        await until(lambda: linked.inbox().size == linked.province.mailboxes[HALL].size)


async def test_what_the_hub_says_to_every_hall_is_there_with_the_hubs_own_digest(linked: Linked) -> None:
    register = say_all(linked.province, hall("yushu"), hall("dehui"), hall("yushu", 2), Change(Place("hall", "dehui", "1980-01-01"), None))
    await taken(linked)
    found = standing(linked)
    assert (found["documents"], found["kinds"], found["unread"]) == (1, {"hall": 1}, 0)
    assert (found["digest"], found["ledger_index"]) == (register.digest(), register.newest)
    assert linked.look(directory_replica.load).documents() == register.documents()


async def test_what_was_said_while_the_hall_was_away_comes_when_it_is_back(linked: Linked) -> None:
    say_all(linked.province, hall("yushu"))
    await taken(linked)
    register = say_all(linked.province, hall("yushu", 2))
    assert standing(linked)["digest"] != register.digest()
    await taken(linked)
    assert standing(linked)["digest"] == register.digest()


async def test_a_store_that_was_lost_or_set_back_gets_the_same_replica_again(linked: Linked) -> None:
    say_all(linked.province, hall("yushu"))
    await taken(linked)
    store = linked.config.store_path
    shutil.copy(store, store.with_suffix(".backup"))
    register = say_all(linked.province, hall("yushu", 2))
    await taken(linked)
    linked.lose_store()
    shutil.copy(store.with_suffix(".backup"), store)
    await taken(linked)
    assert standing(linked)["digest"] == register.digest()
    linked.lose_store()
    await taken(linked)
    assert standing(linked)["digest"] == register.digest()


async def test_a_change_of_a_later_release_is_kept_and_shown_and_stops_nothing(linked: Linked) -> None:
    later = register_pb2.Change(kind="hall", key="yushu", operation=77).SerializeToString()  # type: ignore[arg-type]  # an enum of later
    first = say(linked.province, later, b"\xff", write_change(Change(Place("weather", "rain"), "{}")), write_change(hall("dehui")))
    await taken(linked)
    found = standing(linked)
    assert (found["kinds"], found["unread"], found["ledger_index"]) == ({"hall": 1, "weather": 1}, 2, first + 3)
    code, said = await linked.command("directory", "list", "weather", "--json")
    told = json.loads(said)
    assert (code, [one["key"] for one in told["documents"]]) == (0, ["rain"])
    assert [one["ledger_index"] for one in told["unread"]] == [first, first + 1]


async def test_the_commands_show_the_replica_offline(linked: Linked) -> None:
    first = say_all(linked.province, Change(Place("hall", "yushu", "1980-01-01"), '{"name":"榆树"}', "decision 7")).newest
    await taken(linked)
    await linked.hub.stop()
    code, said = await linked.command("directory", "show", "hall", "yushu")
    assert code == 0
    assert '"name": "榆树"' in said
    assert f"ledger index {first}" in said
    assert "decision 7" in said
    code, said = await linked.command("directory", "list", "hall")
    assert (code, said.split()[0]) == (0, "yushu")
    code, said = await linked.command("status")
    assert "directory     1 documents (1 hall)" in said
    await linked.hub.start()


@pytest.mark.parametrize("words", [("list", "rule"), ("show", "hall", "nobody")])
async def test_what_the_replica_does_not_hold_is_said_with_what_it_does(linked: Linked, words: tuple[str, ...]) -> None:
    say_all(linked.province, hall("yushu"))
    await taken(linked)
    code, said = await linked.command("directory", *words, "--json")
    assert code == 1
    assert json.loads(said.splitlines()[0])["kinds"] == {"hall": 1}


async def test_a_replica_that_does_not_follow_from_the_deliveries_is_found(linked: Linked) -> None:
    say_all(linked.province, hall("yushu"))
    await taken(linked)
    keys = hall_keys.load(linked.config)
    assert linked.look(lambda connection: store_check.check_inbox(connection, keys)).fault == ""
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            connection.exec_driver_sql("UPDATE directory SET document = '{}'")
    assert "replica of the directory" in linked.look(lambda connection: store_check.check_inbox(connection, keys)).fault


async def test_before_enrolment_there_is_no_replica(linked: Linked) -> None:
    code, said = await linked.command("directory", "list", "hall")
    assert code == 3, said


def forge(province: TinyProvince, recipient: str) -> None:
    """Have a hall say a change of the register."""
    author = Author(province, "nongan")
    forged = envelope(author.log.name, write_change(hall("yushu")), (recipient,))
    grown = Frontier.empty().extend(merkle.leaf_hashes([forged]))
    note = sign_checkpoint(Checkpoint(author.log.name, grown.size, grown.root()), author.log)
    province.accept(Batch(checkpoint=note, envelopes=[forged]).SerializeToString())


async def test_only_the_hub_speaks_to_every_hall(linked: Linked) -> None:
    """A hall that says something of the register to everyone is not believed, even by a hub that let it through."""
    province = linked.province
    forge(province, EVERY_HALL)
    keys = hall_keys.load(linked.config)
    checker = Checker(HALL, Frontier.empty(), KeysReplica(keys.charter, ()), LedgerView(keys.ledger_verifier, None))
    with pytest.raises(DeliveryInvalid, match="is not addressed to"):
        for first, _, segment in province.mailboxes[HALL].segments:
            checker.check(Delivery(first=first, segments=[segment]))


async def test_what_a_hall_says_of_the_register_to_this_hall_changes_nothing(linked: Linked) -> None:
    forge(linked.province, HALL)
    await taken(linked)
    assert standing(linked)["documents"] == 0
