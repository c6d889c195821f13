"""A poison message delays nobody (G8); a hall that is put out is out within a minute, and the others go on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certs.authority import load_authority
from certs.keys import load_tls_key
from certs.profiles import built_in
from certs.tls import not_after
from node_agent.hall_keys import TLS_CHAIN, TLS_KEY
from tests.e2e import logs, standing
from tests.e2e.by_hand import by_hand
from tests.e2e.copies import Founded, living
from tests.hub.hall_client import HallClient, Journal, case_envelope
from tests.hub.test_submit import opened, receipt
from tests.province.build import PROVINCE_HALL
from tests.province.commands import commands
from tests.province.processes import wait_until
from tests.province.small import SmallProvince
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2

pytestmark = pytest.mark.slow

FOLLOWERS = 1_000
BATCH = 200
POISONED = "case-poisoned"
SOME = 20
SECONDS = 60.0
REVOKED_WITHIN_SECONDS = 60.0
SHORT = timedelta(minutes=4)
"""A life of which half is over at once: certificates begin five minutes early, for halls whose clocks are slow."""
EXPIRED = timedelta(minutes=-1)

FROM = "SELECT subject, journal_index FROM deliveries WHERE hall = ? ORDER BY arrival"
PARKED = "SELECT hall, journal_index, reason FROM sink_parked"


@pytest.fixture(scope="module")
def members(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProvince]:
    """Run the province and two counties; the third is spoken for by hand."""
    small = founded.copy(tmp_path_factory.mktemp("members") / "province")
    with living(small, without=small.halls[2:]):
        yield small


def asked(small: SmallProvince, query: str, *binds: object) -> list[tuple[object, ...]]:
    """Ask the province's own database."""
    with closing(sqlite3.connect(small.ground.sink, timeout=30)) as connection:
        return list(connection.execute(query, binds))


def listed_cases(small: SmallProvince, hall: str) -> int:
    """Count the cases of a hall in the hub's read model, which follows the ledger at its own pace."""
    return int(small.province.models("SELECT count(DISTINCT case_number) FROM case_events WHERE hall = :hall", hall=hall)[0][0])


def poison(client: HallClient, header_of: bytes) -> bytes:
    """Return an envelope that is whole, and whose payload is no case event."""
    envelope = Envelope.FromString(header_of)
    envelope.payload = b"\xff\xff\xff poison"
    return envelope.SerializeToString()


async def test_a_thousand_messages_behind_a_poison_one_arrive_in_order(members: SmallProvince) -> None:
    near, hall = members.halls[0], members.halls[2]
    client = by_hand(members.province, hall)
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    first = [poison(client, case_envelope(client.identity, POISONED)), b"\xff garbage"]
    got = await receipt(stream, journal.seal(first))
    assert list(got.dispositions) == [exchange_pb2.DISPOSITION_ACCEPTED, exchange_pb2.DISPOSITION_REFUSED]
    assert list(got.reasons) == [0, errors_pb2.REASON_ENVELOPE_MALFORMED]
    members.write(near, SOME)
    for at in range(0, FOLLOWERS, BATCH):
        await receipt(stream, journal.seal([case_envelope(client.identity, f"case-{n}") for n in range(at, at + BATCH)]))
    await client.close()
    wait_until(lambda: len(asked(members, FROM, hall)) == FOLLOWERS, "what follows has arrived", SECONDS, every=0.2)
    assert [subject for subject, _ in asked(members, FROM, hall)] == [f"case-{n}" for n in range(FOLLOWERS)]
    assert [(who, index) for who, index, _ in asked(members, PARKED)] == [(hall, 0)]
    wait_until(lambda: not members.reckon().lost, f"what {near} wrote meanwhile has arrived", SECONDS)
    members.province.wait_acknowledged(PROVINCE_HALL)
    wait_until(lambda: listed_cases(members, hall) >= FOLLOWERS, "the read model has caught up", SECONDS)
    standing.wait_healthy(members, PROVINCE_HALL)


@pytest.mark.parametrize("life", [SHORT, EXPIRED], ids=["half-over", "expired"])
def test_a_certificate_past_half_its_life_is_renewed_without_a_restart(members: SmallProvince, life: timedelta) -> None:
    province, hall = members.province, members.halls[0]
    agent = province.agents[hall]
    agent.kill()
    chain = short_lived(members, hall, life)
    province.start_agent(hall)
    pid, behind = agent.pid, logs.end(agent.log)
    members.write(hall, SOME)
    wait_until(lambda: not_after((province.keys(hall) / TLS_CHAIN).read_bytes()) > not_after(chain), "the certificate is renewed", SECONDS)
    members.write(hall, SOME)
    wait_until(lambda: not members.reckon().lost, "all has arrived", SECONDS)
    standing.wait_healthy(members, hall)
    assert agent.pid == pid
    assert not_after((province.keys(hall) / TLS_CHAIN).read_bytes()) - datetime.now(UTC) > timedelta(days=80)
    assert logs.severe(agent.log, behind) == []


def short_lived(small: SmallProvince, hall: str, life: timedelta) -> bytes:
    """Give a hall a certificate that lasts so long from now on; returns the chain."""
    keys = small.province.keys(hall)
    profiles = built_in()
    authority = load_authority(small.province.hub_folder / "hub", replace(profiles, hall=replace(profiles.hall, lifetime=life)))
    chain = authority.issue_hall(hall, load_tls_key(keys / TLS_KEY).public_key(), datetime.now(UTC))
    (keys / TLS_CHAIN).write_bytes(chain)
    return chain


def test_a_revoked_hall_is_out_within_a_minute_and_the_others_go_on(members: SmallProvince) -> None:
    province, (near, bad, _) = members.province, members.halls
    members.write(bad, SOME)
    wait_until(lambda: not members.reckon().lost, "all has arrived", SECONDS)
    there = members.reckon().arrived[bad]
    begun = time.monotonic()
    commands("hub.cli", [["hall", "revoke", bad, "--reason", "key-stolen", "--config", province.hub_config]])
    assert "REASON_CERTIFICATE_REVOKED" in standing.wait_alarm(members, bad, "submit refused", REVOKED_WITHIN_SECONDS)
    assert "REASON_CERTIFICATE_REVOKED" in standing.wait_alarm(members, bad, "receive refused", REVOKED_WITHIN_SECONDS)
    assert time.monotonic() - begun < REVOKED_WITHIN_SECONDS
    members.write(bad, SOME)
    written = members.write(near, SOME)
    wait_until(lambda: members.reckon().lost == SOME, f"what {near} wrote has arrived", SECONDS)
    assert written == SOME
    assert members.reckon().arrived[bad] == there
    for hall in (near, PROVINCE_HALL):
        standing.wait_healthy(members, hall)
