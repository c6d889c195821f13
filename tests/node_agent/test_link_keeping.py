import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from certs import authority, enrolment
from certs.identity import read_certificate
from node_agent import db, hall_keys, renewal
from node_agent import enrolment as enrolling
from node_agent.errors import AlreadyRunning, EnrolmentUnusable, HubUnreachable, NotEnrolled, StoreFull
from node_agent.link import enrolment as link_enrolment
from node_agent.link import refusals
from node_agent.link.back_off import BackOff
from node_agent.link.channel import exchange_channel
from node_agent.lock import held, holder
from tests.node_agent.linked import HALL, Linked, configuration, until
from tests.node_agent.tiny_province import Author, draft
from tests.province.proxy import TcpProxy
from tongban.errors.v1 import errors_pb2


def token_file(linked: Linked, hall: str = HALL) -> enrolling.Invitation:
    """Write the token of a hall as the hub's operator hands it over, and read it back."""
    root = (linked.province.keys / authority.ROOT).read_bytes()
    path = linked.config.folder / f"{hall}.token"
    path.write_bytes(enrolment.make_token(hall, linked.province.authority.root, b"t" * 32).encode() + b"\n" + root)
    return enrolling.read_invitation(path, HALL)


async def test_a_refusal_that_a_person_must_mend_is_told_with_what_to_do_and_tried_again_slowly(linked: Linked) -> None:
    linked.hub.script.refuse_submit = "REASON_HALL_NOT_LINKED"
    linked.put("a")
    async with linked.running():
        await until(lambda: "submit refused" in linked.troubles())
        assert "link it" in linked.troubles()["submit refused"].do
        assert len(linked.hub.heard.submit_opens) <= 2
        linked.hub.script.refuse_submit = ""
        await until(lambda: linked.receipted() == 1 and linked.troubles() == {})


async def test_a_hall_is_connected_however_slow_its_line(linked: Linked) -> None:
    with TcpProxy(("127.0.0.1", int(linked.hub.ports[0]))) as proxy:
        proxy.delay(0.6)  # a satellite, and some more: the handshakes alone take seconds
        hub = linked.config.hub.model_copy(update={"address": f"localhost:{proxy.port}"})
        config = linked.config.model_copy(update={"hub": hub})
        config._folder = linked.config.folder
        async with exchange_channel(config, hall_keys.load(config)) as channel:
            await asyncio.wait_for(channel.channel_ready(), 30)


async def test_a_held_lease_is_waited_for_as_long_as_the_hub_says(linked: Linked) -> None:
    linked.hub.script.refuse_submit = "REASON_LEASE_HELD"
    linked.hub.script.retry_after_ms = 300
    async with linked.running():
        await until(lambda: "submit refused" in linked.troubles())
        assert "another process" in linked.troubles()["submit refused"].do
        opened = len(linked.hub.heard.submit_opens)
        await asyncio.sleep(0.5)
        assert len(linked.hub.heard.submit_opens) - opened <= 2


async def test_one_stream_in_trouble_leaves_the_other_alone(linked: Linked) -> None:
    linked.hub.script.refuse_receive = "REASON_INTERNAL"
    linked.put("a")
    async with linked.running():
        await until(lambda: linked.receipted() == 1)
        assert set(linked.troubles()) <= {"receive refused"}


def test_every_reason_has_a_word_for_the_operator() -> None:
    assert all(refusals.remedy(name).do for name, _ in errors_pb2.Reason.items())


def test_the_back_off_grows_to_its_bound_and_begins_anew() -> None:
    back_off = BackOff(timedelta(milliseconds=100), timedelta(seconds=1))
    for bound in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0):
        assert 0 <= back_off.next() <= bound
        assert back_off._bound <= 1.0
    back_off.reset()
    assert max(BackOff(timedelta(seconds=1), timedelta(seconds=1)).next() for _ in range(100)) > 0.5
    assert back_off.next() <= 0.1


async def test_enrolment_over_the_network_makes_the_hall_ready_and_can_be_asked_again(linked: Linked) -> None:
    fresh = linked.at_hub(configuration(linked.config.folder / "fresh"))
    invitation = token_file(linked)
    with pytest.raises(NotEnrolled):
        hall_keys.load(fresh)
    first = await link_enrolment.enrol(fresh, invitation)
    keys = (fresh.keys_dir / hall_keys.LOG_KEY).read_bytes()
    again = await link_enrolment.enrol(fresh, invitation)
    assert (fresh.keys_dir / hall_keys.LOG_KEY).read_bytes() == keys
    assert first.hall == again.hall == HALL
    assert hall_keys.load(fresh).journal.name == linked.origin
    assert (fresh.keys_dir / hall_keys.LOG_KEY).stat().st_mode & 0o777 == 0o600


async def test_a_token_of_another_hall_or_another_province_is_refused_before_anything_is_sent(linked: Linked) -> None:
    with pytest.raises(EnrolmentUnusable, match="invites nongan"):
        token_file(linked, "nongan")
    path = linked.config.folder / "bad.token"
    path.write_text("tongban1.nothing\n")
    with pytest.raises(EnrolmentUnusable):
        enrolling.read_invitation(path, HALL)


async def test_a_hub_that_is_away_leaves_the_keys_for_the_next_try(linked: Linked) -> None:
    await linked.hub.stop()
    fresh = linked.at_hub(configuration(linked.config.folder / "fresh"))
    with pytest.raises(HubUnreachable):
        await link_enrolment.enrol(fresh, token_file(linked))
    keys = (fresh.keys_dir / hall_keys.LOG_KEY).read_bytes()
    await linked.hub.start()
    await link_enrolment.enrol(fresh, token_file(linked))
    assert (fresh.keys_dir / hall_keys.LOG_KEY).read_bytes() == keys


async def test_a_certificate_for_another_key_is_not_kept(linked: Linked) -> None:
    fresh = configuration(linked.config.folder / "fresh")
    invitation = token_file(linked)
    request = enrolling.request(fresh, invitation, 1)
    other = enrolling.request(configuration(linked.config.folder / "other"), invitation, 1)
    request.signing_request = other.signing_request
    with pytest.raises(EnrolmentUnusable, match="not for the key"):
        enrolling.accept(fresh, invitation, linked.province.enrol(request, HALL))
    assert not (fresh.keys_dir / hall_keys.CHARTER).exists()


async def test_a_renewed_certificate_is_gone_over_to_without_losing_anything(linked: Linked) -> None:
    config = linked.at_hub()
    async with linked.running() as parts:
        linked.put("a")
        await until(lambda: linked.receipted() == 1)
        hall = hall_keys.load(config)
        before = hall.certificate.serial_number
        await link_enrolment.renew(config, hall, lambda: datetime.now(UTC))
        parts.link.renewed()
        linked.put("b")
        await until(lambda: linked.receipted() == 2)
        await until(lambda: len(linked.hub.heard.receive_opens) == 2)
    assert linked.hub.heard.serials[0] == before
    assert linked.hub.heard.serials[-1] == hall.certificate.serial_number != before
    assert linked.at_hub_events() == ["a", "b"]


async def test_a_renewal_cut_off_between_certificate_and_key_is_mended(linked: Linked) -> None:
    config = linked.at_hub()
    hall = hall_keys.load(config)
    old_key = (hall.folder / hall_keys.TLS_KEY).read_bytes()
    await link_enrolment.renew(config, hall, lambda: datetime.now(UTC))
    new_key = (hall.folder / hall_keys.TLS_KEY).read_bytes()
    (hall.folder / renewal.NEXT_KEY).write_bytes(new_key)
    (hall.folder / hall_keys.TLS_KEY).write_bytes(old_key)
    async with linked.running():  # which settles first
        linked.put("a")
        await until(lambda: linked.receipted() == 1)
    assert (hall.folder / hall_keys.TLS_KEY).read_bytes() == new_key
    assert not (hall.folder / renewal.NEXT_KEY).exists()


async def test_a_certificate_is_due_at_half_its_life(linked: Linked) -> None:
    leaf = read_certificate(hall_keys.load(linked.config).folder.joinpath(hall_keys.TLS_CHAIN).read_bytes().split(b"-----END")[0] + _END)
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    middle = begin + (end - begin) / 2
    assert not renewal.is_due(linked.config.keys_dir, middle - timedelta(minutes=1))
    assert renewal.is_due(linked.config.keys_dir, middle + timedelta(minutes=1))


_END = b"-----END CERTIFICATE-----\n"


async def test_a_second_process_on_the_same_data_is_refused_with_the_pid_of_the_first(linked: Linked) -> None:
    with held(linked.config.data_dir):
        assert holder(linked.config.data_dir) is not None
        code, said = await linked.command("run")
        assert code == 4
        assert str(holder(linked.config.data_dir)) in said
        with pytest.raises(AlreadyRunning):
            _hold_again(linked)
    assert holder(linked.config.data_dir) is None


def _hold_again(linked: Linked) -> None:
    with held(linked.config.data_dir):
        pass


async def test_a_full_disk_stops_both_ways_says_why_and_goes_on_when_there_is_room(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running() as parts:
        await until(lambda: linked.inbox().size == 2)
        pages = linked.look(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
        usual = db._PRAGMAS
        monkeypatch.setattr(db, "_PRAGMAS", (*usual, f"PRAGMA max_page_count={pages + 2}"))
        parts.engine.dispose()
        with pytest.raises(StoreFull):
            linked.put("ours", size=200_000)
        linked.province.accept(author.seal([draft("theirs", recipients=(HALL,), size=200_000)]))
        await linked.hub.posted()
        await until(lambda: "receive store" in linked.troubles())
        assert "no room" in linked.troubles()["receive store"].what
        assert linked.province.mailboxes[HALL].acknowledged_size == 2
        monkeypatch.setattr(db, "_PRAGMAS", usual)
        parts.engine.dispose()
        linked.put("ours")
        await until(lambda: linked.receipted() == 1 and linked.inbox().size == 3)
        await until(lambda: linked.troubles() == {})


async def test_a_stream_that_finds_the_hub_spares_the_other_its_waiting(linked: Linked) -> None:
    tuned = linked.config.link.model_copy(update={"parked": timedelta(seconds=60), "back_off_most": timedelta(milliseconds=50)})
    config = linked.config.model_copy(update={"link": tuned})
    config._folder = linked.config.folder
    linked.hub.script.refuse_receive = "REASON_HALL_NOT_LINKED"
    async with linked.running(config):
        await until(lambda: "receive refused" in linked.troubles())
        linked.hub.script.refuse_receive = ""
        await linked.hub.stop()  # the submit stream comes again, and takes the parked one with it
        await linked.hub.start()
        await until(lambda: linked.inbox().size == 1)
