"""Look at licences, and have them verified, for a business system.

Laws: the hub decides what may be seen, and writes down who looked before it answers; what is found is checked here again before its fields
are read. Nothing that was found is kept.
"""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from certs.credential import verify as verify_credential
from certs.errors import CertsError
from certs.keyring import Keyring
from directory.contract import moment
from directory.licences.acts import TRUST_LEVELS
from directory.licences.disclosing import fields_of
from node_agent.api import models
from node_agent.api.keys import ApiKey
from node_agent.api.office import Office, check_may
from node_agent.api.operations import Operation
from node_agent.hall_keys import HallKeys
from node_agent.link import licences as link
from tongban.directory.v1.scopes_pb2 import Principal
from tongban.directory.v1.scopes_pb2 import Purpose as PurposeMessage
from tongban.licence.v1 import licence_service_pb2 as messages


async def query(office: Office, key: ApiKey, body: models.Query) -> models.Answers:
    """Look at licences for a purpose."""
    check_may(key, Operation.QUERY)
    question = messages.LicenceQuestion(
        asked_by=_asker(key),
        purpose=PurposeMessage(**body.purpose.model_dump()),
        queries=[_query(one) for one in body.queries],
    )

    async def asked(hall: HallKeys) -> messages.QueryLicencesResponse:
        return await link.query(office.config, hall, link.signed(hall, question, office.clock()))

    said = await office.ask(asked)
    keyring = (await office.keeping.read(office.desks.keys)).keyring
    return models.Answers(answers=[_answer(one, keyring) for one in said.answers], ledger_index=said.ledger_index)


async def verify(office: Office, key: ApiKey, body: models.Verify) -> models.Verified:
    """Have a presentation checked by the hub."""
    check_may(key, Operation.VERIFY)
    request = messages.VerifyLicenceRequest(presentation=body.presentation, annotation=body.annotation, asked_by=_asker(key))
    said = await office.ask(lambda hall: link.verify(office.config, hall, request))
    return models.Verified(
        valid=said.valid,
        fault=said.fault,
        status=said.status,
        disclosed=list(said.disclosed),
        recipient=said.recipient,
        purpose=said.purpose,
        expires_at=said.expires_at.ToDatetime(UTC) if said.recipient else None,
        made_by=said.made_by,
        made_for_caller=said.made_for_caller,
    )


def _asker(key: ApiKey) -> Principal:
    return Principal(role=key.given.role, department=key.given.department, person=key.given.person)


def _query(one: models.One) -> messages.LicenceQuery:
    if one.holder is None:
        return messages.LicenceQuery(licence_id=one.licence_id, type=one.type, fields=one.fields)
    holder = messages.Holder(code_type=one.holder.code_type, code=one.holder.code)
    return messages.LicenceQuery(holder=holder, type=one.type, fields=one.fields)


def _answer(said: messages.LicenceAnswer, keyring: Keyring) -> models.Answer:
    return models.Answer(licences=[_found(one, keyring) for one in said.licences], grant=said.grant)


def _found(one: messages.FoundLicence, keyring: Keyring) -> models.Found:
    fields = _fields(one, keyring)
    return models.Found(
        licence_id=one.licence_id,
        type=one.type,
        status=one.status,
        ground=one.ground,
        status_since=_moment(one.status_since),
        read_up_to=_moment(one.read_up_to),
        trust_level=TRUST_LEVELS.get(one.trust_level, ""),
        presentation=one.presentation,
        fields=fields or {},
        verified=fields is not None,
    )


def _fields(one: messages.FoundLicence, keyring: Keyring) -> dict[str, Any] | None:
    """Return what a presentation shows, by the names of fields; None when it does not hold, or is that of another licence."""
    try:
        found = verify_credential(one.presentation, lambda name: keyring.licence_key(name).verifier, None)
    except CertsError:
        return None
    if (found.claims.licence_id, found.claims.type) != (one.licence_id, one.type):
        return None
    return fields_of({**found.public, **found.disclosed})


def _moment(at: Timestamp) -> datetime | None:
    return moment(at) if at.seconds else None
