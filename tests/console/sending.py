"""Send from a hall's agent what none of its pages would take, as an agent that is not ours may."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from directory.guidance.messages import RESOURCE, TYPE
from node_agent import hall_keys, outbox
from node_agent.config import load
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from tests.console.living import COUNTY
from tests.console.talking import Talking
from tests.province.build import PROVINCE_HALL
from tongban.guidance.v1 import guidance_pb2

PILE = "标" + "\u0336\u0489" * 4_990
"""Marks upon one sign, nearly as many as a text may hold."""
BIDI = "发票\u202egpj.exe"
MARKUP = '"><script>alert(7)</script><img src=x onerror=alert(8)>'


def sends(talked: Talking, text: str, **more: Any) -> str:
    """Let the county's agent ask; return the address of the thread."""
    thread, now = str(uuid4()), datetime.now(UTC)
    config = load(talked.lived.province.hall_config(COUNTY))
    halls: dict[str, Any] = {"asking_hall": COUNTY, "guiding_hall": PROVINCE_HALL}
    said = guidance_pb2.GuidanceMessage(kind=guidance_pb2.GUIDANCE_KIND_ASKED, thread=thread, text=text, **halls, **more)
    question = Draft(
        event_id=str(uuid4()),
        source="guidance",
        type=TYPE,
        subject=thread,
        occurred_at=now,
        recorded_at=now,
        resource=RESOURCE,
        recipients=(PROVINCE_HALL,),
        payload=said.SerializeToString(),
        actor=Actor(MARKUP[:60], "clerk", "gongzhuling-rs"),
    )
    with talked.store(COUNTY) as connection:
        outbox.put(connection, [question], EnvelopeWriter(config.trust_domain, COUNTY, hall_keys.load(config).epoch))
    return f"/guidance/threads/{COUNTY}/{thread}"
