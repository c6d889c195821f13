"""Ask for licences in another hall's name."""

import os
from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message

from certs.names import hub_audience
from certs.questions import sign_question
from tests.directory.catalogue.made import USCC
from tests.hub.hall_client import TRUST_DOMAIN, Identity
from tongban.directory.v1.scopes_pb2 import Principal, Purpose
from tongban.licence.v1 import licence_service_pb2

CASE = "case-of-the-victim"
READER = Principal(role="licence-reader", department="housing", person="7")

Requests = Sequence[Message]


def query_licences(captured: Identity, other: str) -> Requests:
    """Sign a question with the captured keys, in the name of another hall."""
    asked = licence_service_pb2.LicenceQuestion(audience=hub_audience(TRUST_DOMAIN), nonce=os.urandom(16), asked_by=READER)
    asked.purpose.MergeFrom(Purpose(purpose="x", case_hall=other, case_number=CASE))
    asked.queries.add(holder=licence_service_pb2.Holder(code_type="001", code=USCC))
    asked.time.GetCurrentTime()
    data = asked.SerializeToString()
    note = sign_question(data, hub_audience(TRUST_DOMAIN), replace(captured, hall=other).journal)
    return [licence_service_pb2.QueryLicencesRequest(question=data, signature=note)]


def list_outliers(_: Identity, __: str) -> Requests:
    auditor = Principal(role="auditor", person="7")
    return [licence_service_pb2.ListOutliersRequest(asked_by=auditor, from_day="2026-11-01", before_day="2026-12-01")]
