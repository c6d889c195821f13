"""Give a hall of a fake hub a register, a licence key and officers; synthetic."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from certs import authority
from certs.keys import load_hpke_key
from certs.names import HUB
from certs.readers import Opener, Sealed
from directory.identifiers import citizen_id_check
from directory.licences.acts import Act
from directory.licences.messages import read_act
from directory.licences.vocabulary import ActKind
from directory.register.importing import plan
from directory.scopes.principal import Principal
from node_agent import db, hall_keys, keys_replica
from node_agent.licences import acting, keys
from node_agent.licences.asked import Asked, Text
from node_agent.licences.book import Done
from node_agent.licences.desk import Desk, open_desk
from node_agent.tables import outbox
from tests.directory.catalogue.made import USCC
from tests.directory.register.made import HALLS, LICENCE_RESOURCES, LICENCE_TYPES, UNITS
from tests.node_agent.fake_hub import FakeHub
from tests.node_agent.linked import HALL, Linked, configuration, enrolled, until
from tests.node_agent.test_directory_replica import say_all
from tests.node_agent.tiny_province import TinyProvince
from tests.province import licensed
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

T = TypeVar("T")
OFFICER = Principal(HALL, "licence-officer", "", "1024")
SECOND = replace(OFFICER, person="2048")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
FOOD: Mapping[str, Any] = {
    "holder_name": "松江示例餐饮有限公司（演示）",
    "holder_code": USCC,
    "holder_code_type": "001",
    "premises": "示例市示例路1号",
    "business": "热食类食品制售",
    "legal_person": "示例人员甲",
}
CITIZEN = f"22018418990203001{citizen_id_check('22018418990203001')}"
"""Stands in no sample of the catalogue, so that wherever it is found it was let out."""
TEACHER: Mapping[str, Any] = {
    "holder_name": "示例人员乙",
    "holder_code": CITIZEN,
    "holder_code_type": "111",
    "category": "2",
    "subject": "数学",
    "born": "1899-12-31",
}


async def furnish(linked: Linked) -> None:
    """Have the hub say the register, give the hall a licence key, and let the agent take both in."""
    found = plan([HALLS, UNITS, LICENCE_RESOURCES, LICENCE_TYPES], {}, NOW.date())
    say_all(linked.province, *found.changes)
    await entered(linked, give_key(linked))


async def furnished_alone(folder: Path) -> Linked:
    """Give a hall with a licence key in a folder; its hub is away again."""
    province = TinyProvince(folder / "province")
    config = configuration(folder)
    enrolled(config, province)
    hub = FakeHub(province)
    await hub.start()
    linked = Linked(config, province, hub)
    await furnish(linked)
    await hub.stop()
    return linked


async def entered(linked: Linked, name: str) -> None:
    """Run the agent until a licence key has its entry, and all that was said before it is taken in."""
    async with linked.running():
        await until(lambda: name in known_keys(linked))


def known_keys(linked: Linked) -> list[str]:
    """Return the thumbprints of the hall's licence keys, as far as it has received their entries."""

    def look(connection: sa.Connection) -> list[str]:
        keyring = keys_replica.load(connection, hall_keys.load(linked.config).charter).keyring
        return [one.key_id for one in keyring.licence_keys(HALL)]

    found: list[str] = linked.look(look)
    return found


def give_key(linked: Linked) -> str:
    """Make and announce a licence key."""

    def work(connection: sa.Connection) -> str:
        hall = hall_keys.load(linked.config)
        return keys.make(connection, hall, keys_replica.load(connection, hall.charter).keyring, linked.writer, NOW)

    return write(linked, work)


def write(linked: Linked, work: Callable[[sa.Connection], T]) -> T:
    """Do something in a transaction of the hall's store."""
    engine = db.open_store(linked.config.store_path)
    try:
        with db.begin(engine) as connection:
            return work(connection)
    finally:
        engine.dispose()


def at_desk(linked: Linked, work: Callable[[sa.Connection, Desk], T], now: datetime = NOW) -> T:
    """Do something at the hall's desk for licences."""

    def with_desk(connection: sa.Connection) -> T:
        hall = hall_keys.load(linked.config)
        return work(connection, open_desk(connection, hall, keys_replica.load(connection, hall.charter), now))

    return write(linked, with_desk)


def asked(kind: ActKind = ActKind.ISSUED, request: str = "r-1", **changes: Any) -> Asked:
    """Make a request that is in order; of an issue of the food licence, if nothing else is said."""
    usual: dict[str, Any] = {"request": request, "kind": kind, "officer": OFFICER}
    if kind is ActKind.ISSUED:
        usual |= {"type": licensed.FOOD, "text": Text(fields=FOOD)}
    else:
        usual["ground"] = "示例事由"
    return Asked(**(usual | changes))


def do(linked: Linked, one: Asked, now: datetime = NOW) -> Done:
    """Do what is asked."""
    return at_desk(linked, lambda connection, desk: acting.do(connection, desk, one, now), now)


def queued(linked: Linked) -> list[tuple[Header, Act]]:
    """Return the acts that the hub would be sent, opened as the hub opens them."""
    reading = load_hpke_key(linked.province.keys / authority.READING_KEY)
    opener = Opener(HUB, reading, hall_keys.load(linked.config).trust_domain)
    found = []
    for data in write(linked, lambda connection: list(connection.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id)))):
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.header)
        if header.resource == "licence":
            act = read_act(opener.open(envelope.header, Sealed.of(envelope.encrypted)), header.subject)
            assert isinstance(act, Act)
            found.append((header, act))
    return found
