"""A hall asks so much within a minute and no more, and takes nothing of it from another."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from directory.access import CALLERS, is_question
from hub.errors import Refusal
from hub.rpc.quotas import Questions
from tests.hub.people import Person, refusal
from tests.hub.running import RunningHub
from tests.hub.test_submit import opened, reason_of
from tongban.errors.v1 import errors_pb2


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_hall_has_its_own_minute_and_a_new_one_begins() -> None:
    clock = Clock()
    questions = Questions(3, clock)
    for _ in range(3):
        questions.ask("yushu")
    clock.now += 20
    with pytest.raises(Refusal) as refused:
        questions.ask("yushu")
    assert refused.value.reason == errors_pb2.REASON_QUOTA
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == 40
    questions.ask("dehui")
    clock.now += 40
    questions.ask("yushu")


def test_what_people_ask_is_a_question_and_what_an_agent_does_is_none() -> None:
    questions = {method.rpartition("/")[2] for method in CALLERS if is_question(method)}
    assert questions >= {"GetCase", "GetTimeline", "ListCases", "ListDecisions"}
    assert questions.isdisjoint({"Submit", "Receive", "GetJournal", "GetCheckpoint", "ListHalls", "Renew", "Check"})


async def test_a_hall_that_asks_too_much_is_told_when_to_come_again_and_goes_on_working(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.config.limits.questions_a_minute == 600
    monkeypatch.setattr(Questions, "ask", Questions(2, Clock()).ask)
    yushu, dehui = await hub.join("yushu"), await hub.join("dehui")
    clerk = Person(yushu, "clerk")
    assert await refusal(clerk.cases()) == await refusal(clerk.cases()) == ""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await clerk.case("yushu", "1")
    assert reason_of(caught.value) == "REASON_QUOTA"
    status, retry = rpc_status.from_call(caught.value), error_details_pb2.RetryInfo()
    assert status is not None
    assert any(detail.Unpack(retry) for detail in status.details)
    assert await refusal(Person(dehui, "clerk").cases()) == ""
    await opened(yushu)
    await yushu.close()
    await dehui.close()
