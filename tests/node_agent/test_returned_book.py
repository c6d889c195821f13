"""A hall that lost its store gets its book of licences back: no number is given twice, and what was issued before can be ended."""

import asyncio

import pytest
import sqlalchemy as sa

from certs.keys import generate_hpke_key, save_key
from directory.licences.vocabulary import ActKind
from node_agent import adoption, hall_keys
from node_agent.errors import LicenceDeclined
from node_agent.licences import book, endings, rebuilding
from node_agent.licences.asked import Asked, Text
from node_agent.licences.tables import licence_acts, licence_serials
from node_agent.link.submit import SubmitSession
from tests.node_agent.calling import calling
from tests.node_agent.licensed_hall import FOOD, NOW, OFFICER, SECOND, asked, at_desk, do, furnish, known_keys, queued, write
from tests.node_agent.linked import Linked, until
from tests.province import licensed

KEPT = [
    "event_id",
    "root",
    "type",
    "kind",
    "licence_id",
    "previous",
    "ground",
    "effective_at",
    "valid_until",
    "officer",
    "second_officer",
    "status_list",
    "status_index",
    "done_at",
    "envelope",
]
"""What of an act comes back: all but the request."""


def rows(linked: Linked) -> list[tuple[object, ...]]:
    columns = [licence_acts.c[name] for name in KEPT]
    return [tuple(row) for row in linked.look(lambda c: c.execute(sa.select(*columns).order_by(licence_acts.c.position)).all())]


def ending(licence: str, request: str) -> Asked:
    return asked(ActKind.CANCELLED, request, licence=licence, ground="holder-dissolved", basis="行政许可法第七十条")


def ended(linked: Linked, licence: str, request: str) -> None:
    """End a licence by two officers."""
    at_desk(linked, lambda connection, desk: endings.propose(connection, desk, ending(licence, request), NOW))
    at_desk(linked, lambda connection, desk: endings.confirm(connection, desk, request, SECOND, NOW))


async def sent(linked: Linked) -> None:
    """Let the agent take back what the hub holds, send all that waits, and take in what the hub says."""
    waiting = "SELECT count(*) FROM outbox WHERE id > (SELECT coalesce(max(last_row), 0) FROM journal_head)"
    journals = linked.province.journals
    async with linked.running():
        await until(lambda: linked.origin not in journals or linked.receipted() >= journals[linked.origin].frontier.size)
        await until(lambda: linked.look(lambda c: c.exec_driver_sql(waiting).scalar()) == 0)
        await until(lambda: linked.unreceipted() == 0 and known_keys(linked))


@pytest.fixture
async def issued(linked: Linked) -> tuple[Linked, list[str]]:
    """Give a hall that issued three licences, of which one was renewed, one suspended and one ended, and that sent all of it."""
    await furnish(linked)
    licences = [str(do(linked, asked(request=f"r-{at}")).licence) for at in range(3)]
    do(linked, asked(ActKind.RENEWED, "r-renew", licence=licences[0], text=Text(fields=None)))
    do(linked, asked(ActKind.SUSPENDED, "r-suspend", licence=licences[1]))
    ended(linked, licences[2], "r-end")
    await sent(linked)
    return linked, licences


async def test_the_book_comes_back_as_it_was(issued: tuple[Linked, list[str]]) -> None:
    linked, _ = issued
    before = rows(linked)
    linked.lose_store()
    await sent(linked)
    assert rows(linked) == before
    assert len(before) == 6
    assert linked.look(book.lost) == []


async def test_the_next_number_is_behind_those_from_before(issued: tuple[Linked, list[str]]) -> None:
    linked, licences = issued
    linked.lose_store()
    await sent(linked)
    assert linked.look(lambda c: c.scalars(sa.select(licence_serials.c.last)).all()) == [3]
    roots = {licence.rsplit(".", 2)[0] for licence in licences}
    again = do(linked, asked(request="r-9")).licence
    assert again.root not in roots
    assert again.serial == "202600000004"


async def test_what_was_issued_before_is_ended_changed_and_resumed(issued: tuple[Linked, list[str]]) -> None:
    linked, licences = issued
    linked.lose_store()
    await sent(linked)
    renewed = str(rows(linked)[3][KEPT.index("licence_id")])
    ended(linked, renewed, "r-end-2")
    do(linked, asked(ActKind.RESUMED, "r-resume", licence=licences[1]))
    changed = do(linked, asked(ActKind.CHANGED, "r-change", licence=licences[1], text=Text(fields=FOOD)))
    assert changed.licence.version == 2
    with pytest.raises(LicenceDeclined, match="cancelled"):
        do(linked, asked(ActKind.SUSPENDED, "r-late", licence=licences[2]))
    await sent(linked)
    assert linked.unreceipted() == 0


async def test_nothing_is_done_before_the_book_is_back(issued: tuple[Linked, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    linked, licences = issued
    linked.lose_store()

    async def away(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(SubmitSession, "run", away)  # the register and the keys come back, the journal does not
        async with linked.running(killed=True):
            await until(lambda: known_keys(linked))
    for tried in (asked(request="r-8"), asked(ActKind.SUSPENDED, "r-8", licence=licences[0])):
        with pytest.raises(LicenceDeclined) as declined:
            do(linked, tried)
        assert declined.value.fault == rebuilding.NOT_BACK
    with pytest.raises(LicenceDeclined) as declined:
        at_desk(linked, lambda connection, desk: endings.propose(connection, desk, ending(licences[0], "r-8"), NOW))
    assert declined.value.fault == rebuilding.NOT_BACK
    async with calling(linked.config) as api:
        reply = await api.call("/v1/licences:issue", {"type": licensed.FOOD, "fields": FOOD}, api.add_key(), "early-1")
        assert (reply.status, reply.reason) == (503, "REASON_BOOK_NOT_BACK")
        assert int(reply.headers["retry-after"]) >= 1
    await sent(linked)
    assert do(linked, asked(request="r-8")).licence.serial == "202600000004"


async def test_a_book_that_is_half_back_is_not_worked_with(issued: tuple[Linked, list[str]]) -> None:
    linked, _ = issued
    size = linked.receipted()
    write(linked, lambda connection: adoption.begin(connection, 1, size + 1))
    with pytest.raises(LicenceDeclined) as declined:
        do(linked, asked(request="r-8"))
    assert declined.value.fault == rebuilding.NOT_BACK
    write(linked, lambda connection: adoption.begin(connection, 1, size))
    do(linked, asked(request="r-8"))


async def test_an_old_backup_learns_what_it_lacks_once(issued: tuple[Linked, list[str]]) -> None:
    linked, _ = issued
    do(linked, asked(request="r-waits"))
    kept = [(path.name, path.read_bytes()) for path in linked.config.data_dir.glob("agent.db*")]
    late = do(linked, asked(request="r-late")).licence
    await sent(linked)
    before = rows(linked)
    linked.lose_store()
    for name, data in kept:
        (linked.config.data_dir / name).write_bytes(data)
    await sent(linked)
    assert rows(linked) == before
    assert do(linked, asked(request="r-9")).licence.serial == f"{int(late.serial) + 1}"


async def test_what_the_halls_key_no_longer_opens_is_listed_keeps_its_number_and_can_be_ended(issued: tuple[Linked, list[str]]) -> None:
    linked, licences = issued
    linked.lose_store()
    path = linked.config.keys_dir / hall_keys.HPKE_KEY
    key = path.read_bytes()
    path.unlink()
    save_key(path, generate_hpke_key())
    await sent(linked)
    path.write_bytes(key)
    lost = linked.look(book.lost)
    assert {one.root for one in lost} == {licence.rsplit(".", 2)[0] for licence in licences}
    assert {one.officer for one in lost} == {OFFICER.person}
    assert rows(linked) == []
    assert do(linked, asked(request="r-9")).licence.serial == "202600000004"
    ended(linked, licences[0], "r-end-2")
    _, act = queued(linked)[-1]
    assert (act.kind, str(act.licence), act.second_officer) == (ActKind.CANCELLED, licences[0], SECOND.person)
    with pytest.raises(LicenceDeclined):
        do(linked, asked(ActKind.SUSPENDED, "r-9s", licence=licences[1]))
    said = (await linked.command("licence", "list", "--json"))[1]
    assert lost[0].root in said
