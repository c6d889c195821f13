"""What the hub did not route is seen with its reason, and sent again as the same event."""

from collections.abc import Callable
from functools import partial

from certs.entries import ACCEPTED, HELD, REFUSED
from node_agent import dead_letters, exchange_log
from tests.node_agent.linked import Linked, until
from tongban.envelope.v1.envelope_pb2 import Header
from tongban.errors.v1 import errors_pb2

UNKNOWN = int(errors_pb2.REASON_UNKNOWN_RECIPIENT)


def refusing(subject: str, disposition: int = REFUSED) -> Callable[[Header], tuple[int, int]]:
    """Return a judgement that does not route the first attempt about one subject."""
    verdict = (disposition, UNKNOWN if disposition == REFUSED else 0)

    def judge(header: Header) -> tuple[int, int]:
        return verdict if (header.subject, header.attempt) == (subject, 1) else (ACCEPTED, 0)

    return judge


def receipted(linked: Linked, size: int) -> bool:
    return linked.receipted() == size


async def test_a_refused_message_is_listed_and_sent_again_once(linked: Linked) -> None:
    linked.province.judge = refusing("b")
    linked.put("a", "b", "c")
    async with linked.running() as parts:
        await until(lambda: linked.receipted() == 3)
        (letter,) = linked.look(lambda connection: dead_letters.listed(connection, None, 10))
        assert (letter.journal_index, letter.subject, letter.resource, letter.reason) == (1, "b", "case", "REASON_UNKNOWN_RECIPIENT")
        assert not letter.held
        assert not letter.sent_again
        assert await parts.writer.write(dead_letters.send_again, 1, linked.writer)
        assert not await parts.writer.write(dead_letters.send_again, 1, linked.writer)
        await until(lambda: linked.receipted() == 4)
        assert linked.at_hub_events() == ["a", "b", "c", "b"]
        (letter,) = linked.look(lambda connection: dead_letters.listed(connection, None, 10))
        assert letter.sent_again


async def test_what_is_held_or_was_routed_is_not_sent_again(linked: Linked) -> None:
    linked.province.judge = refusing("b", HELD)
    linked.put("a", "b")
    async with linked.running() as parts:
        await until(lambda: linked.receipted() == 2)
        (letter,) = linked.look(lambda connection: dead_letters.listed(connection, None, 10))
        assert letter.held
        for index in (0, 1, 2, 99):
            assert not await parts.writer.write(dead_letters.send_again, index, linked.writer)


async def test_batches_are_listed_with_their_receipts_the_newest_first(linked: Linked) -> None:
    async with linked.running():
        for number in range(3):
            linked.put(f"case-{number}")
            await until(partial(receipted, linked, number + 1))
        rows = linked.look(lambda connection: exchange_log.sent(connection, None, 2))
        assert [row.first for row in rows] == [2, 1]
        assert all(row.receipted_ms and row.ledger_first is not None for row in rows)
        assert [row.first for row in linked.look(lambda connection: exchange_log.sent(connection, 1, 2))] == [0]
        found = linked.look(exchange_log.counts)
        assert (found.waiting, found.unreceipted, found.journal, found.unrouted) == (0, 0, 3, 0)
        received = linked.look(lambda connection: exchange_log.received(connection, None, 100))
        assert {row.author for row in received} == {"hub"}
        assert sum(row.count for row in received) == found.inbox
