"""Make what halls say to each other in threads of guidance, as their agents would have sent it. All synthetic."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from directory.guidance.messages import Message, write
from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from tests.hub.cases_told import DOMAIN, event_id

COUNTY, CITY, PROVINCE, SIBLING = "yushu", "changchun", "jilin-sheng", "dehui"
THREAD = "0b6a4a52-5b3d-4b7c-8d6e-0123456789ab"
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
"""09:00 in Beijing."""
CASE = About(COUNTY, "1")
DEPARTMENTS = {COUNTY: "yushu-rs", CITY: "changchun-rs", PROVINCE: "jilin-rs", SIBLING: "dehui-rs"}


def thread(number: int) -> str:
    """Name a thread."""
    return str(uuid5(UUID(THREAD), str(number)))


def message(kind: Kind = Kind.ASKED, **more: Any) -> Message:
    """Make a message of the thread between the county and the city."""
    usual: dict[str, Any] = {"kind": kind, "thread": THREAD, "asking_hall": COUNTY, "guiding_hall": CITY, "text": "如何办理?"}
    return Message(**(usual | more))


def said(one: Message, minute: int = 0, name: str = "", domain: str = DOMAIN) -> bytes:
    """Serialise the envelope of a message; `name` stands for its event id."""
    guides = one.kind is Kind.ANSWERED
    hall, to = (one.guiding_hall, one.asking_hall) if guides else (one.asking_hall, one.guiding_hall)
    actor = Actor("7", "guide" if guides else "clerk", DEPARTMENTS.get(hall, ""))
    at = MONDAY + timedelta(minutes=minute)
    named = event_id(name or f"{one.thread}/{one.kind}/{minute}")
    kind = "tongban.guidance.v1.GuidanceMessage"
    draft = Draft(named, "guidance", kind, one.thread, at, at, "guidance", (to,), write(one), actor)
    return EnvelopeWriter(domain, hall, 1).write([draft])[0]
