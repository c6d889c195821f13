"""An address that keeps guessing at the enrolment port is turned away for the rest of the minute, and no other one is."""

import dataclasses

import grpc
import pytest

from hub.errors import Refusal
from hub.rpc.knocks import ADDRESSES, MINUTE_SECONDS, REFUSALS_A_MINUTE, Knocks
from tests.hub.running import RunningHub
from tests.hub.test_submit import reason_of
from tongban.enrolment.v1 import enrolment_pb2_grpc
from tongban.errors.v1 import errors_pb2

GUESSER, OTHER = "ipv4:192.0.2.1", "ipv6:%5B2001:db8::1%5D"


class Clock:
    """Seconds that pass when told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def guess_until_refused(knocks: Knocks) -> None:
    """Use up what one address may be refused, each time from another port."""
    for port in range(REFUSALS_A_MINUTE):
        knocks.check(f"{GUESSER}:{port}")
        knocks.refused(f"{GUESSER}:{port}")


def test_who_was_refused_too_often_is_told_when_to_come_again() -> None:
    clock = Clock()
    knocks = Knocks(clock)
    guess_until_refused(knocks)
    clock.now += 20.0
    with pytest.raises(Refusal) as caught:
        knocks.check(f"{GUESSER}:9")
    assert caught.value.reason == errors_pb2.REASON_QUOTA
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == MINUTE_SECONDS - 20.0
    knocks.check(f"{OTHER}:9")
    clock.now += 40.0
    knocks.check(f"{GUESSER}:9")


def test_what_is_remembered_is_bounded() -> None:
    knocks = Knocks(Clock())
    for number in range(3 * ADDRESSES):
        knocks.refused(f"ipv4:198.51.{number >> 8}.{number & 255}:1")
        assert len(knocks._refused) <= ADDRESSES


async def test_guessing_tokens_is_slowed_down_at_the_door(hub: RunningHub) -> None:
    application = hub.application("gongzhuling")
    stranger = dataclasses.replace(application, token=application.token[:-4] + "AAAA")
    said = []
    async with grpc.aio.secure_channel(hub.enrolment, grpc.ssl_channel_credentials(application.root)) as channel:
        stub = enrolment_pb2_grpc.EnrolmentServiceStub(channel)
        for _ in range(REFUSALS_A_MINUTE + 1):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.Enrol(stranger.request(), timeout=10)
            said.append(reason_of(caught.value))
    assert said == ["REASON_TOKEN_INVALID"] * REFUSALS_A_MINUTE + ["REASON_QUOTA"]
