from datetime import UTC, datetime, timedelta

import pytest

from certs.checkpoints import add_lines, check_cosignature, cosign
from certs.notes import split
from node_agent import hall_keys, ledger_view, status, witness
from node_agent.errors import LedgerForked
from node_agent.ledger_view import Seen
from tests.node_agent.linked import Linked, until
from tests.node_agent.tiny_province import Author, TinyProvince
from tongban.exchange.v1.exchange_pb2 import Proposal, ReceiveResponse, Witnessed


def propose(linked: Linked, size: int, *, since: int = 0, note: str | None = None) -> None:
    """Have the hub propose a checkpoint, with the proof from `since`."""
    province = linked.province
    proof = province.consistency(since, size) if since else []
    proposal = Proposal(checkpoint=note or province.note(size), from_size=since, consistency_proof=proof)
    linked.hub.say_receive[-1].put_nowait(ReceiveResponse(proposal=proposal))


def ledger_view_of(province: TinyProvince) -> ledger_view.LedgerView:
    return ledger_view.LedgerView(province.ledger_signer.verifier, None)


async def test_a_proposal_is_proved_written_down_and_cosigned(linked: Linked) -> None:
    async with linked.running():
        linked.put("a", "b")
        await until(lambda: linked.receipted() == 2)
        await until(lambda: linked.hub.say_receive)
        propose(linked, 2)
        await until(lambda: len(linked.hub.heard.cosignatures) == 1)
        propose(linked, 3, since=2)
        await until(lambda: len(linked.hub.heard.cosignatures) == 2)
        size, line = linked.hub.heard.cosignatures[-1]
        text = split(linked.province.note(size))[0]
        assert check_cosignature(text, line, hall_keys.load(linked.config).witness.verifier) > 0
        assert linked.look(witness.last_cosigned).size == 3
    async with linked.running():
        await until(lambda: linked.hub.heard.receive_opens[-1].cosigned_size == 3)


async def test_without_the_proof_at_hand_it_is_asked_for(linked: Linked) -> None:
    async with linked.running():
        linked.put("a", "b", "c")
        await until(lambda: linked.receipted() == 3 and linked.hub.say_receive)
        propose(linked, 2)
        await until(lambda: len(linked.hub.heard.cosignatures) == 1)
        propose(linked, 4)  # as if the hub had forgotten what we cosigned
        await until(lambda: len(linked.hub.heard.cosignatures) == 2)


async def test_a_checkpoint_of_another_history_is_kept_and_never_cosigned(linked: Linked) -> None:
    async with linked.running():
        linked.put("a", "b")
        await until(lambda: linked.receipted() == 2 and linked.hub.say_receive)
        forged = linked.province.note(7, root=b"\5" * 32)
        linked.province.ledger += [b"\1" * 32] * 4
        propose(linked, 7, note=forged)
        await until(lambda: "receive alarm" in linked.troubles())
        assert "does not agree" in linked.troubles()["receive alarm"].what
    assert linked.hub.heard.cosignatures == []
    assert forged in linked.look(ledger_view.evidence)[0]["notes"]


async def test_an_older_checkpoint_than_the_last_is_not_cosigned(linked: Linked) -> None:
    async with linked.running():
        linked.put("a", "b")
        await until(lambda: linked.receipted() == 2 and linked.hub.say_receive)
        propose(linked, 3)
        await until(lambda: len(linked.hub.heard.cosignatures) == 1)
        propose(linked, 2)
        propose(linked, 3, since=3)
        await until(lambda: len(linked.hub.heard.cosignatures) == 2)
    assert [size for size, _ in linked.hub.heard.cosignatures] == [3, 3]


async def test_cosignatures_of_other_halls_are_verified_and_kept(linked: Linked) -> None:
    others = [Author(linked.province, hall) for hall in ("nongan", "dehui")]
    async with linked.running():
        await until(lambda: linked.inbox().size == 3)
        note = linked.province.note(3)
        text = split(note)[0]
        lines = [cosign(text, other.witness, 1_700_000_000) for other in others]
        lines.append(cosign(text, hall_keys.load(linked.config).witness, 1_700_000_000))
        linked.hub.say_receive[-1].put_nowait(ReceiveResponse(witnessed=Witnessed(checkpoint=add_lines(note, lines))))
        await until(lambda: linked.look(witness.last_witnessed_ms) is not None)
        assert linked.parts is not None
        assert linked.parts.pulse.fact("witnesses") == 2  # not counting our own


async def test_a_cosignature_that_does_not_verify_counts_for_nothing(linked: Linked) -> None:
    other = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.inbox().size == 2)
        line = cosign(split(linked.province.note(1))[0], other.witness, 1_700_000_000)
        forged = add_lines(linked.province.note(2), [line])
        linked.hub.say_receive[-1].put_nowait(ReceiveResponse(witnessed=Witnessed(checkpoint=forged)))
        propose(linked, 2)
        await until(lambda: linked.hub.heard.cosignatures)
        assert linked.troubles() == {}
    assert linked.look(witness.last_witnessed_ms) is None


async def test_a_day_without_other_halls_is_an_alarm_in_status(linked: Linked) -> None:
    Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.inbox().size == 2)
    soon, late = (status.report(linked.config, at) for at in (_now(), _now(days=2)))
    assert "witnesses" not in {alarm["name"] for alarm in soon["alarms"]}
    assert "witnesses" in {alarm["name"] for alarm in late["alarms"]}


def test_steps_link_a_proposal_to_everything_known_and_refuse_another_root() -> None:
    one, two, three = (Seen(size, bytes([size]) * 32, f"note {size}") for size in (1, 2, 3))
    assert [(step.older, step.newer) for step in witness.steps(two, [one, three, None, two])] == [(one, two), (two, three)]
    with pytest.raises(LedgerForked) as caught:
        witness.steps(two, [Seen(2, b"\0" * 32, "other")])
    assert caught.value.notes == ("other", "note 2")


def test_the_newest_checkpoint_seen_never_gets_smaller(tmp_path_factory: pytest.TempPathFactory) -> None:
    province = TinyProvince(tmp_path_factory.mktemp("p"))
    province.ledger = [bytes([n]) * 32 for n in range(5)]
    view = ledger_view_of(province)
    for size in (3, 5, 4):
        view.open(province.note(size))
    assert view.newest is not None
    assert view.newest.size == 5
    with pytest.raises(LedgerForked):
        view.open(province.note(4, root=b"\1" * 32))


def _now(days: int = 0) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
