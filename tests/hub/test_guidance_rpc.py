"""Guides read the cases they are asked about and no others; supervisors see what waits; answers are published to every hall."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from directory.identifiers import uscc_of
from directory.register.importing import File
from hub.tables import segments
from tests.hub.copies import Made
from tests.hub.guidance_told import CASE, CITY, COUNTY, DEPARTMENTS, PROVINCE, SIBLING, THREAD, message, said, thread
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Journal, case_envelope
from tests.hub.people import SECONDS, Person, eventually, refusal
from tests.hub.running import RunningHub, running
from tests.hub.test_register import look, stage
from tests.hub.test_submit import opened
from tongban.case.v1 import case_pb2
from tongban.directory.v1 import register_pb2
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, SubmitRequest
from tongban.guidance.v1 import guidance_pb2, guidance_pb2_grpc

SUPERIORS = {"yushu-rs": "changchun-rs", "dehui-rs": "changchun-rs", "changchun-rs": "jilin-rs", "changchun-jt": "", "jilin-rs": ""}
SEATS = {**{one: hall for hall, one in DEPARTMENTS.items()}, "changchun-jt": CITY}


def departments() -> File:
    """Write down a line of departments from the province to two counties, and one beside it."""
    usccs = {one: uscc_of(f"11220000000000{number}") for number, one in enumerate(SUPERIORS, start=111)}
    rows = [f"{one},{usccs[one]},{one}（示例）,{SEATS[one]},{above}" for one, above in SUPERIORS.items()]
    return File("departments.csv", "\n".join(["department,uscc,name,hall,superior", *rows, ""]).encode())


@dataclass(slots=True)
class Scene:
    """A running hub, and the halls that have joined, each with its journal."""

    hub: RunningHub
    clients: dict[str, HallClient] = field(default_factory=dict)
    journals: dict[str, Journal] = field(default_factory=dict)

    async def client(self, hall: str) -> HallClient:
        if hall not in self.clients:
            self.clients[hall] = await self.hub.join(hall)
            self.journals[hall] = Journal(self.clients[hall].identity)
        return self.clients[hall]

    async def person(self, hall: str, role: str, department: str = "") -> Person:
        return Person(await self.client(hall), role, department)

    async def send(self, hall: str, *envelopes: bytes) -> list[int]:
        """Submit envelopes; return their dispositions, none when all were accepted."""
        stream, _ = await opened(await self.client(hall))
        stream.say(SubmitRequest(batch=self.journals[hall].seal(envelopes)))
        heard = await stream.hear()
        await stream.end()
        return [one.reason for one in heard.receipt.dispositions]

    async def ask(self, hall: str, method: str, request: Any) -> Any:
        stub = guidance_pb2_grpc.GuidanceServiceStub((await self.client(hall)).channel)
        return await getattr(stub, method)(request, timeout=SECONDS)


@asynccontextmanager
async def guided(folder: Path, made: Made) -> AsyncIterator[Scene]:
    config = made.copy(folder)
    stage(config, departments())
    async with running(folder, config) as hub:
        scene = Scene(hub)
        yield scene
        for client in scene.clients.values():
            await client.close()


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with guided(tmp_path, made_province) as found:
        yield found


def case(scene: Scene, hall: str, number: str) -> bytes:
    """Tell of a case in the hall's department."""
    department = DEPARTMENTS[hall]
    envelope = Envelope.FromString(case_envelope(scene.clients[hall].identity, number, recipients=[], actor=None))
    event = case_pb2.CaseEvent(case_number=number, kind=case_pb2.CASE_EVENT_KIND_APPLIED, department=department)
    return Envelope(header=envelope.header, payload=event.SerializeToString()).SerializeToString()


def asked(number: int = 0, **more: Any) -> bytes:
    return said(message(**({"thread": thread(number) if number else THREAD} | more)), number, domain=TRUST_DOMAIN)


async def with_cases(scene: Scene) -> None:
    for hall, numbers in ((COUNTY, ("1", "2")), (SIBLING, ("1",))):
        await scene.client(hall)
        assert await scene.send(hall, *(case(scene, hall, number) for number in numbers)) == []
    supervisor = await scene.person(PROVINCE, "supervisor")
    for hall, number in ((COUNTY, "2"), (SIBLING, "1")):
        await eventually(lambda: refusal(supervisor.case(hall, number)), lambda reason: not reason)  # noqa: B023


async def test_a_guide_reads_the_case_that_a_thread_is_about_and_no_other(scene: Scene) -> None:
    await with_cases(scene)
    guide = await scene.person(CITY, "guide", "changchun-rs")
    absent = "REASON_NOT_FOUND"
    assert await refusal(guide.case(COUNTY, "1")) == absent
    assert await scene.send(COUNTY, asked(about=CASE)) == []
    await eventually(lambda: refusal(guide.case(COUNTY, "1")), lambda reason: not reason)
    assert await refusal(guide.timeline(COUNTY, "1")) == ""
    assert await refusal(guide.case(COUNTY, "2")) == absent
    assert await refusal(guide.case(SIBLING, "1")) == absent
    # The thread is none of the province's; it is not in the line of another department; a clerk is no guide.
    assert await refusal((await scene.person(PROVINCE, "guide", "jilin-rs")).case(COUNTY, "1")) == absent
    assert await refusal((await scene.person(CITY, "guide", "changchun-jt")).case(COUNTY, "1")) == absent
    assert await refusal((await scene.person(CITY, "clerk", "changchun-rs")).case(COUNTY, "1")) == absent
    # Nor does it open a list.
    assert await refusal(guide.cases(hall=COUNTY)) == "REASON_SCOPE_DENIED"


async def test_a_question_about_a_case_of_another_hall_opens_it_to_nobody(scene: Scene) -> None:
    await with_cases(scene)
    assert await scene.send(SIBLING, asked(1, asking_hall=SIBLING, about=About(COUNTY, "1")), asked(2, asking_hall=SIBLING)) == []
    await eventually(lambda: threads_of(scene, PROVINCE), lambda found: len(found) == 2)
    assert await refusal((await scene.person(CITY, "guide", "changchun-rs")).case(COUNTY, "1")) == "REASON_NOT_FOUND"


async def threads_of(scene: Scene, by: str, **more: Any) -> list[guidance_pb2.ThreadStanding]:
    asker = await scene.person(by, "supervisor")
    found = await scene.ask(by, "ListThreads", guidance_pb2.ListThreadsRequest(asked_by=asker.said, **more))
    return list(found.threads)


async def test_supervisors_see_what_waits_below_them_page_by_page(scene: Scene) -> None:
    answered = message(Kind.ANSWERED, text="三项", thread=thread(1))
    await scene.send(COUNTY, asked(1, about=CASE), asked(2), asked(3, guiding_hall=PROVINCE))
    await scene.send(CITY, said(answered, 9, domain=TRUST_DOMAIN))
    await scene.send(SIBLING, asked(4, asking_hall=SIBLING))
    everything = await eventually(
        lambda: threads_of(scene, PROVINCE), lambda found: len(found) == 4 and [one.state for one in found].count("answered") == 1
    )
    order = [thread(number) for number in (2, 3, 4, 1)]
    assert [one.thread for one in everything] == order
    assert everything[0].due.ToJsonString() == "2026-11-24T01:02:00Z"
    assert [one.thread for one in await threads_of(scene, COUNTY)] == [thread(number) for number in (2, 3, 1)]
    assert [one.thread for one in await threads_of(scene, PROVINCE, waiting=True)] == order[:3]
    assert [one.thread for one in await threads_of(scene, PROVINCE, hall=SIBLING)] == [thread(4)]
    overdue = {one.thread for one in everything if one.overdue}
    assert {one.thread for one in await threads_of(scene, PROVINCE, overdue=True)} == overdue
    supervisor, paged, token = await scene.person(PROVINCE, "supervisor"), [], ""
    for _ in range(4):
        request = guidance_pb2.ListThreadsRequest(asked_by=supervisor.said, page_size=1, page_token=token)
        page = await scene.ask(PROVINCE, "ListThreads", request)
        paged += [one.thread for one in page.threads]
        token = page.next_page_token
    assert (paged, token) == (order, "")
    clerk = await scene.person(COUNTY, "clerk", "yushu-rs")
    asked_by_clerk = scene.ask(COUNTY, "ListThreads", guidance_pb2.ListThreadsRequest(asked_by=clerk.said))
    assert await refusal(asked_by_clerk) == "REASON_SCOPE_DENIED"


def published(by: Person, **more: Any) -> guidance_pb2.PublishAnswerRequest:
    usual: dict[str, Any] = {"knowledge": "k-1", "title": "施工许可", "question": "需要哪些材料?", "answer": "三项。"}
    return guidance_pb2.PublishAnswerRequest(**(usual | more), asked_by=by.said)


async def test_an_answer_is_published_to_every_hall_once_and_withdrawn(scene: Scene) -> None:
    guide = await scene.person(CITY, "guide", "changchun-rs")
    for _ in range(2):
        assert (await scene.ask(CITY, "PublishAnswer", published(guide))).published
    changes = said_changes(scene)
    assert [(change.kind, change.key) for change in changes] == [("knowledge", "k-1")]
    assert "changchun-rs" in changes[0].document.decode()
    withdraw = guidance_pb2.WithdrawAnswerRequest(knowledge="k-1", ground="有误", asked_by=guide.said)
    assert not (await scene.ask(CITY, "WithdrawAnswer", withdraw)).published
    assert said_changes(scene)[1].operation == register_pb2.OPERATION_REMOVE
    assert await refusal(scene.ask(CITY, "WithdrawAnswer", withdraw)) == "REASON_NOT_FOUND"


def said_changes(scene: Scene) -> list[register_pb2.Change]:
    """Return the changes of knowledge that the hub's journal holds."""
    own = sa.select(segments.c.batch).where(segments.c.author == "hub").order_by(segments.c.ledger_first)
    batches = look(scene.hub.config, lambda connection: list(connection.scalars(own)))
    found = []
    for batch in batches:
        for raw in Batch.FromString(batch).envelopes:
            envelope = Envelope.FromString(raw)
            if Header.FromString(envelope.header).type == register_pb2.Change.DESCRIPTOR.full_name:
                found.append(register_pb2.Change.FromString(envelope.payload))
    return [change for change in found if change.kind == "knowledge"]


async def test_only_guides_publish_and_only_in_their_own_line(scene: Scene) -> None:
    guide = await scene.person(CITY, "guide", "changchun-rs")
    other, above = await scene.person(CITY, "guide", "changchun-jt"), await scene.person(PROVINCE, "guide", "jilin-rs")
    clerk = await scene.person(CITY, "clerk", "changchun-rs")
    assert await refusal(scene.ask(CITY, "PublishAnswer", published(clerk))) == "REASON_SCOPE_DENIED"
    await scene.ask(CITY, "PublishAnswer", published(guide))
    assert await refusal(scene.ask(CITY, "PublishAnswer", published(other))) == "REASON_SCOPE_DENIED"
    withdraw = guidance_pb2.WithdrawAnswerRequest(knowledge="k-1", ground="有误", asked_by=other.said)
    assert await refusal(scene.ask(CITY, "WithdrawAnswer", withdraw)) == "REASON_SCOPE_DENIED"
    withdraw = guidance_pb2.WithdrawAnswerRequest(knowledge="k-1", ground="有误", asked_by=above.said)
    assert not (await scene.ask(PROVINCE, "WithdrawAnswer", withdraw)).published


@pytest.mark.parametrize(
    "wrong", [{"knowledge": "К-1"}, {"title": ""}, {"answer": " "}, {"question": "a\N{RIGHT-TO-LEFT OVERRIDE}b"}, {"items": ["x"] * 21}]
)
async def test_an_answer_that_does_not_hold_is_not_published(scene: Scene, wrong: dict[str, Any]) -> None:
    guide = await scene.person(CITY, "guide", "changchun-rs")
    assert await refusal(scene.ask(CITY, "PublishAnswer", published(guide, **wrong))) == "REASON_FIELD_INVALID"
    assert said_changes(scene) == []
