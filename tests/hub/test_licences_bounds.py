"""What a person asks of licences is bounded before any work is done, and what is not answered is written down like all else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from hub.licences.looking import Looking
from hub.rpc import licences as door
from hub.rpc.quotas import LicenceQueries
from tests.hub.copies import Made
from tests.hub.licensing import CODE, READER, WHY, Licensed, by_holder, by_id, food
from tests.hub.people import refusal
from tests.hub.running import running
from tests.hub.test_quotas import Clock
from tests.hub.test_submit import reason_of
from tests.province import licensed
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, VERDICT_DENIED
from tongban.errors.v1 import errors_pb2

FIRST, SECOND = food("0000001"), food("0000002")
A_MINUTE, DECISIONS = 5, 4


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Licensed]:
    """Give a hub with two licences of one holder, at which a person has five queries a minute and a question four decisions."""
    config = made_province.copy(tmp_path)
    limits = config.limits.model_copy(update={"licence_queries_a_minute": A_MINUTE, "licence_decisions": DECISIONS})
    async with running(tmp_path, config.model_copy(update={"limits": limits})) as hub:
        made = await Licensed.on(hub)
        await made.issuer.issue(FIRST, SECOND)
        await made.registered(FIRST, SECOND)
        yield made
        await made.close()


def test_each_person_of_each_hall_has_a_minute_of_their_own_and_what_is_refused_is_not_counted() -> None:
    clock = Clock()
    asked = LicenceQueries(5, clock)
    assert asked.ask("yushu", "7", 4) is None
    clock.now += 20
    refused = asked.ask("yushu", "7", 2)
    assert refused is not None
    assert (refused.reason, refused.retry_after.total_seconds() if refused.retry_after else 0) == (errors_pb2.REASON_QUOTA, 40)
    assert asked.ask("yushu", "7", 1) is None
    assert asked.ask("yushu", "8", 5) is asked.ask("dehui", "7", 5) is None
    assert asked.ask("yushu", "7", 1) is not None
    clock.now += 40
    assert asked.ask("yushu", "7", 5) is None
    assert asked.ask("yushu", "9", 6) is not None  # more than a minute ever has


async def test_who_asks_too_much_within_a_minute_is_told_when_to_come_again_and_it_is_written_down(scene: Licensed) -> None:
    asker = scene.asker
    assert len((await asker.ask(*[by_id(FIRST)] * 4)).answers) == 4
    request = asker.signed(asker.question([by_id(FIRST), by_id(SECOND)]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asker.send(request)
    assert reason_of(caught.value) == "REASON_QUOTA"
    status, retry = rpc_status.from_call(caught.value), error_details_pb2.RetryInfo()
    assert status is not None
    assert any(detail.Unpack(retry) for detail in status.details)
    written = scene.decisions()[-1]
    assert (written.verdict, written.why, written.hall, written.asked_by.person) == (VERDICT_DENIED, "over-quota", READER, "7")
    assert (written.purpose, written.action, len(written.licences)) == (WHY, "licence.query", 0)
    assert await refusal(asker.send(request)) == "REASON_QUESTION_STALE"  # its nonce went with the record
    assert len((await asker.ask(by_id(FIRST))).answers) == 1
    assert len((await replace(asker, person="8").ask(by_id(FIRST), by_id(SECOND))).answers) == 2


async def test_a_question_that_takes_too_many_decisions_is_not_begun_and_is_written_down(
    scene: Licensed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Looking, "turn", None)  # nothing is looked up
        for _ in range(2):
            assert await refusal(scene.asker.ask(by_holder(), by_id(FIRST), by_id(SECOND))) == "REASON_TOO_LARGE"
    written = scene.decisions()[-1]
    assert (written.verdict, written.why, len(written.licences)) == (VERDICT_DENIED, "too-large", 0)
    answer = await scene.asker.ask(by_holder(), by_id(FIRST))  # of three types, and one; what was refused was not counted
    assert [len(one.licences) for one in answer.answers] == [2, 1]
    assert len((await scene.asker.ask(*[by_holder(licence_type=licensed.FOOD)] * 3)).answers) == 3


async def test_what_no_answer_holds_is_written_down_as_asked_for_and_not_shown(scene: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "ANSWER_BYTES", 1)
    assert await refusal(scene.asker.ask(by_id(FIRST, "premises"), by_holder(licence_type=licensed.FOOD))) == "REASON_TOO_LARGE"
    written = scene.decisions()[-1]
    assert (written.verdict, written.why, written.purpose) == (VERDICT_DENIED, "too-large", WHY)
    assert [(one.asked_licence, one.asked_type, one.verdict, one.why) for one in written.licences] == [
        (str(FIRST), licensed.FOOD, VERDICT_DENIED, "too-large"),
        ("", licensed.FOOD, VERDICT_DENIED, "too-large"),
    ]
    seal = scene.hub.hub.rooms.licences.seal
    assert seal is not None
    assert written.licences[1].asked_holder == seal.holder("001", CODE)
    assert not any(one.shown or one.grant for one in written.licences)
    monkeypatch.undo()
    assert (await scene.asker.ask(by_id(FIRST))).ledger_index
    assert scene.decisions()[-1].verdict == VERDICT_ALLOWED
