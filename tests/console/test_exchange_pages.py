"""What is stuck is seen by the administrator with its reason, and tried again from the page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import sqlalchemy as sa

from certs.entries import HELD, REFUSED
from node_agent import dead_letters, invalid_records, outbox
from node_agent.guidance import parking
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SqlSink
from node_agent.sources import progress
from node_agent.tables import batches, journal_head, recent_events, refusals
from node_agent.tables import outbox as waiting
from tests.console.staffed import ADMINISTRATOR, Staffed, ask, staffed
from tests.node_agent.tiny_province import draft
from tongban.directory.v1.records_pb2 import InvalidRecord
from tongban.errors.v1 import errors_pb2

NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stuck(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Staffed]:
    """Open the console of a hall with a refused message, one that is held, and a parked entry."""
    folder = tmp_path_factory.mktemp("stuck")
    async with staffed(folder, sinks=[{"name": "cases", "kind": "sql", "url": f"sqlite:///{folder}/hall.db"}]) as found:
        found.write(lambda connection: refuse(found, connection))
        park(found)
        yield found


def refuse(hall: Staffed, connection: sa.Connection) -> None:
    """Let two messages have been sealed, and not routed."""
    drafts = [draft("<b>eins</b>"), draft("zwei")]
    outbox.put(connection, drafts, hall.agent.envelopes)
    sealed = {"checkpoint": "", "frontier": b"", "sealed_at": 1, "receipted_at": 2, "hash_only": ""}
    connection.execute(sa.insert(batches).values(first=0, count=2, first_row=1, last_row=2, **sealed))
    connection.execute(sa.insert(journal_head).values(id=1, epoch=1, size=2, frontier=b"", checkpoint="", last_row=2))
    for index, (one, disposition) in enumerate(zip(drafts, (REFUSED, HELD), strict=True)):
        reason = errors_pb2.REASON_QUOTA if disposition == REFUSED else 0
        values = {"journal_index": index, "event_id": one.event_id, "disposition": disposition, "reason": reason, "receipted_at": 2}
        connection.execute(sa.insert(refusals).values(**values))


def park(hall: Staffed) -> None:
    """Let an entry have been parked that never becomes a row."""
    (config,) = read_sinks(hall.config.sink, hall.config.folder)
    sink = SqlSink(config)
    sink.position()
    entry = {"sink": "cases", "inbox_position": 3, "ledger_index": 9, "hall": "yushu", "journal_epoch": 1, "journal_index": 4}
    with sink._engine.begin() as connection:
        connection.execute(
            sa.insert(sink._tables.parked).values(
                **entry, subject="case-9", reason="<i>kaputt</i>", parked_at="2026-03-01", envelope=b"\xff"
            )
        )
    sink.close()


async def test_what_is_stuck_is_listed_with_reason_and_remedy(stuck: Staffed) -> None:
    page = await ask((await stuck.signed_in(ADMINISTRATOR)).get, "/exchange/dead-letters")
    assert "&lt;b&gt;eins&lt;/b&gt;" in page.text
    assert "REASON_QUOTA" in page.text
    assert "发送量超过了中枢的限额" in page.text, "in words, not in the names of programs"
    assert "本厅解除隔离后自动转发" in page.text
    assert "&lt;i&gt;kaputt&lt;/i&gt;" in page.text
    assert page.text.count('name="journal_index"') == 1


async def test_a_refused_message_is_sent_again_once_and_a_held_one_never(stuck: Staffed) -> None:
    administrator = await stuck.signed_in(ADMINISTRATOR)

    def put() -> int:
        return len(stuck.look(lambda connection: connection.execute(sa.select(waiting.c.id)).all()))

    for index, did in (("1", "not-sent-again"), ("77", "not-sent-again"), ("0", "sent-again"), ("0", "not-sent-again")):
        page = await ask(administrator.send, "/exchange/dead-letters", "/exchange/dead-letters", journal_index=index)
        assert page.location == f"/exchange/dead-letters?did={did}", index
    assert put() == 3
    for index in ("-1", "x", "9" * 30):
        assert (await ask(administrator.send, "/exchange/dead-letters", "/exchange/dead-letters", journal_index=index)).status == 404


async def test_what_is_parked_is_tried_again_and_stays_with_its_new_reason(stuck: Staffed) -> None:
    administrator = await stuck.signed_in(ADMINISTRATOR)
    page = await ask(administrator.send, "/exchange/parked", "/exchange/dead-letters", sink="cases")
    assert page.location == "/exchange/dead-letters?did=retried-some"
    assert "kaputt" not in (await ask(administrator.get, "/exchange/dead-letters")).text
    assert (await ask(administrator.send, "/exchange/parked", "/exchange/dead-letters", sink="other")).status == 404


async def test_the_overview_the_journal_and_the_inbox_are_shown(stuck: Staffed) -> None:
    administrator = await stuck.signed_in(ADMINISTRATOR)
    for path in ("/", "/exchange", "/exchange/journal", "/exchange/inbox", "/exchange?part=facts"):
        assert (await ask(administrator.get, path)).status == 200, path
    assert "0–1" in (await ask(administrator.get, "/exchange/journal")).text


def set_aside(connection: sa.Connection) -> None:
    """Let a message of guidance be one that cannot be applied, a row of a source none that can be read, and a record invalid."""
    entry = parking.Entry(origin=parking.INBOX, position=5, hall="yushu", epoch=1, journal_index=2, envelope=b"\xff")
    parking.park(connection, entry, "thread-1", "the envelope <u>cannot</u> be read", now_ms=1)
    progress.reject(connection, "steps", [("row-17", "no rule for the code '99'")], NOW)
    message = InvalidRecord(resource="enterprise-register", subject="9122", version=3, event_id="e", journal="j", journal_index=1)
    message.faults.add(path="capital", what="is no number")
    invalid_records.store(connection, [invalid_records.SaidInvalid(7, 1, message)])


async def test_what_could_not_be_taken_in_or_read_is_listed_with_its_reason(stuck: Staffed) -> None:
    administrator = await stuck.signed_in(ADMINISTRATOR)
    before = (await ask(administrator.get, "/exchange/dead-letters")).text
    for word in ("都已处理", "都能读成", "没有不合格的数据"):
        assert word in before, word
    stuck.write(set_aside)
    text = (await ask(administrator.get, "/exchange/dead-letters")).text
    for word in (
        "the envelope &lt;u&gt;cannot&lt;/u&gt; be read",
        "row-17",
        "no rule for the code &#39;99&#39;",
        "9122",
        "capital: is no number",
    ):
        assert word in text, word
    overview = (await ask(administrator.get, "/exchange")).text
    assert '<a href="/exchange/dead-letters#h-invalid">1</a>' in overview
    assert '<a href="/exchange/dead-letters#h-guidance">1</a>' in overview


async def test_guidance_that_could_not_be_taken_in_is_tried_again_and_stays_while_it_cannot(stuck: Staffed) -> None:
    administrator = await stuck.signed_in(ADMINISTRATOR)
    stuck.write(set_aside)
    page = await ask(administrator.send, "/exchange/parked", "/exchange/dead-letters", what="guidance")
    assert page.location == "/exchange/dead-letters?did=retried-some"
    (left,) = stuck.look(parking.waiting)
    assert left.tried_at > left.parked_at


async def test_what_was_refused_counts_until_it_is_sent_again(stuck: Staffed) -> None:
    def forget(connection: sa.Connection) -> None:
        connection.execute(sa.delete(refusals))
        connection.execute(sa.insert(refusals).values(journal_index=90, event_id="e-90", disposition=REFUSED, reason=0, receipted_at=1))
        connection.execute(sa.insert(refusals).values(journal_index=91, event_id="e-91", disposition=HELD, reason=0, receipted_at=1))
        connection.execute(sa.insert(recent_events).values(event_id="e-90", attempt=1))

    stuck.write(forget)
    administrator = await stuck.signed_in(ADMINISTRATOR)
    assert stuck.look(dead_letters.unsettled) == 1, "what is held goes on by itself"
    tile = '<a href="/exchange/dead-letters"><span class="figure figures">{}</span>'
    assert tile.format(1) in (await ask(administrator.get, "/?part=todo")).text
    stuck.write(lambda connection: connection.execute(sa.insert(recent_events).values(event_id="e-90", attempt=2)))
    assert stuck.look(dead_letters.unsettled) == 0
    assert tile.format(0) in (await ask(administrator.get, "/?part=todo")).text
