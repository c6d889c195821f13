import resource
from pathlib import Path

import pytest

from certs.merkle import Frontier
from node_agent.deliveries import Checker, members
from node_agent.errors import DeliveryInvalid
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView
from tests.node_agent.linked import HALL, configuration, enrolled
from tests.node_agent.tiny_province import Author, TinyProvince, draft
from tongban.exchange.v1.exchange_pb2 import Delivery, Segment

MEGABYTE = 1 << 20


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.fixture
def hall(tmp_path: Path) -> tuple[TinyProvince, Checker]:
    province = TinyProvince(tmp_path / "province")
    keys = enrolled(configuration(tmp_path), province)
    view = LedgerView(keys.ledger_verifier, None)
    return province, Checker(HALL, Frontier.empty(), KeysReplica(keys.charter, ()), view)


def test_verifying_keeps_no_memory_of_what_has_passed(hall: tuple[TinyProvince, Checker]) -> None:
    province, checker = hall
    author = Author(province, "nongan")
    box = province.mailboxes[HALL]
    grown = 0
    for number in range(60):
        province.accept(author.seal([draft(f"{number}-{at}", recipients=(HALL,), size=250_000) for at in range(8)]))
        province.journals[author.log.name].answers.clear()
        if number == 10:
            grown = peak_bytes()  # the first frames pay for buffers
        for _, _, segment in box.segments:
            checker.check(Delivery(first=checker.frontier.size, segments=[segment]))
        box.segments.clear()
    assert peak_bytes() - grown < 30 * MEGABYTE  # 100 MB went by


def test_runs_are_pairs_of_skip_and_take() -> None:
    assert members(Segment(count=9)) == ((0, 9),)
    assert members(Segment(count=9, runs=[1, 2, 3, 1])) == ((1, 3), (6, 7))
    with pytest.raises(DeliveryInvalid):
        members(Segment(count=9, runs=[1]))
