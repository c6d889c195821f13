"""Ask the hub about licences, for a purpose and in a case; have a presentation checked; hear who looked.

Laws: each function raises what `questions.ask` raises. A question is the hall's word: signed with its log key, meant for one hub at one
time, and asked once.
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
    """Return a question as the hall asks it now: with a nonce of its own."""
    audience = hub_audience(hall.trust_domain)
    asked = messages.LicenceQuestion(audience=audience, nonce=os.urandom(NONCE_BYTES))
    asked.time.FromDatetime(now)
    asked.MergeFrom(question)
    data = asked.SerializeToString()
    return messages.QueryLicencesRequest(question=data, signature=sign_question(data, audience, hall.journal))


async def query(config: Config, hall: HallKeys, request: messages.QueryLicencesRequest) -> messages.QueryLicencesResponse:
    """Ask a signed question."""
    return await ask(config, hall, lambda channel: _stub(channel).QueryLicences(request, timeout=TIMEOUT_SECONDS))


async def verify(config: Config, hall: HallKeys, request: messages.VerifyLicenceRequest) -> messages.VerifyLicenceResponse:
    """Have a presentation checked."""
    return await ask(config, hall, lambda channel: _stub(channel).VerifyLicence(request, timeout=TIMEOUT_SECONDS))


async def accesses(config: Config, hall: HallKeys, request: messages.ListAccessesRequest) -> messages.ListAccessesResponse:
    """Return a page of who looked at a holder's licences."""
    return await ask(config, hall, lambda channel: _stub(channel).ListAccesses(request, timeout=TIMEOUT_SECONDS))


async def outliers(config: Config, hall: HallKeys, request: messages.ListOutliersRequest) -> messages.ListOutliersResponse:
    """Return whose questions stand out."""
    return await ask(config, hall, lambda channel: _stub(channel).ListOutliers(request, timeout=TIMEOUT_SECONDS))


async def status_list(config: Config, hall: HallKeys, request: messages.GetStatusListRequest) -> messages.GetStatusListResponse:
    """Return a status list token."""
    return await ask(config, hall, lambda channel: _stub(channel).GetStatusList(request, timeout=TIMEOUT_SECONDS))
