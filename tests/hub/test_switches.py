"""What is kept of quarantine and of held messages changes only as it may, on every database."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hub.db import open_database, transaction
from hub.errors import HubError
from hub.exchange import held
from hub.quarantine import switches
from hub.quarantine.switches import Act, Asked, State
from hub.tables import held as table
from hub.tables import metadata

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    database = open_database(database_url)
    metadata.create_all(database.writer)
    with transaction(database.writer) as begun:
        yield begun
    database.dispose()


def asked(act: Act, hall: str = "yushu") -> Asked:
    return Asked(hall, act, "why", "op-1", NOW)


def waits(connection: sa.Connection, ledger_first: int, count: int, hall: str = "yushu") -> None:
    row = {"ledger_first": ledger_first, "hall": hall, "next_member": 0, "waiting": count, "accepted_at_ms": ledger_first}
    connection.execute(table.insert(), row)


def test_a_switch_is_thrown_once_and_each_throw_is_to_be_logged_in_its_turn(connection: sa.Connection) -> None:
    assert not switches.throw(connection, asked(Act.RELEASE))
    assert switches.throw(connection, asked(Act.QUARANTINE))
    assert not switches.throw(connection, asked(Act.QUARANTINE))
    assert switches.throw(connection, asked(Act.RELEASE))
    assert not switches.throw(connection, asked(Act.RELEASE))
    assert switches.throw(connection, asked(Act.QUARANTINE))
    assert {hall: switch.state for hall, switch in switches.load(connection).items()} == {"yushu": State.QUARANTINED}
    acts = []
    while (found := switches.first_unlogged(connection)) is not None:
        acts.append(found[1])
        switches.logged(connection, found[0])
        with pytest.raises(HubError):
            switches.logged(connection, found[0])
    assert acts == [asked(Act.QUARANTINE), asked(Act.RELEASE), asked(Act.QUARANTINE)]


def test_a_release_ends_when_nothing_of_the_hall_waits_and_nobody_put_it_back(connection: sa.Connection) -> None:
    switches.throw(connection, asked(Act.QUARANTINE))
    waits(connection, 7, 2)
    waits(connection, 3, 1, "dehui")
    assert not switches.settle(connection, "yushu")
    switches.throw(connection, asked(Act.RELEASE))
    assert not switches.settle(connection, "yushu")
    one = held.first_of(connection, "yushu")
    assert one is not None
    held.strike_off(connection, one, 5, 2)
    assert switches.settle(connection, "yushu")
    assert not switches.settle(connection, "yushu")
    assert switches.load(connection) == {}


def test_what_is_forwarded_is_struck_off_once_and_in_its_order(connection: sa.Connection) -> None:
    waits(connection, 9, 1)
    waits(connection, 4, 3)
    first = held.first_of(connection, "yushu")
    assert first is not None
    held.strike_off(connection, first, 2, 2)
    with pytest.raises(HubError):
        held.strike_off(connection, first, 2, 2)
    rest = held.first_of(connection, "yushu")
    assert rest is not None
    assert (rest.ledger_first, rest.next_member, rest.waiting) == (4, 2, 1)
    held.strike_off(connection, rest, 5, 1)
    with pytest.raises(HubError):
        held.strike_off(connection, rest, 5, 1)
    last = held.first_of(connection, "yushu")
    assert last is not None
    assert (last.ledger_first, held.counts(connection)) == (9, {"yushu": 1})
    assert held.drop_before(connection, 9) == {}
    assert held.drop_before(connection, 10) == {"yushu": 1}
    assert held.counts(connection) == {}
