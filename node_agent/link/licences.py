"""Ask the hub about licences for a person of the hall.

Laws: a question is signed by the hall's log key in force, meant for one hub, at one time, with a nonce of its own; each function that
asks raises what `questions.ask` raises.
"""

import os
from datetime import datetime

from grpc import aio

from certs.names import hub_audience
from certs.questions import sign_question
from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.licence.v1 import licence_service_pb2 as messages
from tongban.licence.v1.licence_service_pb2_grpc import LicenceServiceStub

NONCE_BYTES = 16


def _stub(channel: aio.Channel) -> "LicenceServiceStub":
    stub: LicenceServiceStub = LicenceServiceStub(channel)
    return stub


def signed(hall: HallKeys, question: messages.LicenceQuestion, now: datetime) -> messages.QueryLicencesRequest:
    """Sign a question that says who asks, why and what; audience, time and nonce are given here."""
    meant = messages.LicenceQuestion()
    meant.CopyFrom(question)
    meant.audience = hub_audience(hall.trust_domain)
    meant.time.FromDatetime(now)
    meant.nonce = os.urandom(NONCE_BYTES)
    data = meant.SerializeToString()
    return messages.QueryLicencesRequest(question=data, signature=sign_question(data, meant.audience, hall.journal))


async def query(config: Config, hall: HallKeys, request: messages.QueryLicencesRequest) -> messages.QueryLicencesResponse:
    """Ask a signed question."""
    return await ask(config, hall, lambda channel: _stub(channel).QueryLicences(request, timeout=TIMEOUT_SECONDS))


async def verify(config: Config, hall: HallKeys, request: messages.VerifyLicenceRequest) -> messages.VerifyLicenceResponse:
    """Have a presentation checked."""
    return await ask(config, hall, lambda channel: _stub(channel).VerifyLicence(request, timeout=TIMEOUT_SECONDS))
