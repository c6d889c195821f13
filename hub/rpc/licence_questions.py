"""Read a signed question about licences.

Laws: a question is the hall's own word, signed by its log key in force, meant for this hub, at this time; everything that is wrong with it
is found before its nonce is used up, and nothing is looked up before that. A refusal repeats nothing of whom it asks for.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from google.protobuf.message import DecodeError

from certs.errors import CertsError, ForeignQuestion, UnknownKey
from certs.keyring import Keyring
from certs.names import hub_audience
from certs.notes import Verifier
from certs.questions import open_question
from directory.catalogue.requirements import MOST_ITEMS, item_name_fault
from directory.identifiers import licence_type_fault
from directory.licences.contents import code_fault
from directory.licences.identifiers import parse_licence_id
from directory.licences.outliers import Outlier
from hub.errors import Refusal
from hub.licences.judged import Query
from hub.licences.nonces import NONCE_BYTES, OFF_MOST, Nonces
from hub.licences.sealing import Seal
from hub.rpc.asking import check_purpose
from hub.rpc.filters import day_if_any
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.errors.v1 import errors_pb2
from tongban.licence.v1 import licence_service_pb2 as messages
from tongban.licence.v1.licence_service_pb2 import Holder, LicenceQuery, LicenceQuestion, ListOutliersRequest, QueryLicencesRequest

MOST_QUERIES: Final = 500
_CODE_TYPE: Final = re.compile(r"[0-9]{3}")
MOST_DAYS: Final = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Desk:
    """What questions are checked against."""

    trust_domain: str
    keyring: Keyring
    seal: Seal
    nonces: Nonces

    def take(self, request: QueryLicencesRequest, hall: str, now: datetime) -> tuple[LicenceQuestion, list[Query]]:
        """Return a question of a hall and its queries, and use its nonce up; raises Refusal."""
        self._check_signed(request, hall)
        try:
            question = LicenceQuestion.FromString(request.question)
        except DecodeError as error:
            raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, "the question is not a tongban.licence.v1.LicenceQuestion") from error
        self._check_meant(question, now)
        check_cited(question.purpose)
        if not 0 < len(question.queries) <= MOST_QUERIES:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"a question has 1 to {MOST_QUERIES} queries", field="queries")
        queries = [query_of(query, f"queries[{at}]", self.seal) for at, query in enumerate(question.queries)]
        if not self.nonces.use(question.nonce):
            raise _stale("it was answered before: ask anew, with another nonce")
        return question, queries

    def _check_signed(self, request: QueryLicencesRequest, hall: str) -> None:
        try:
            open_question(request.question, request.signature, self._key(hall), hub_audience(self.trust_domain))
        except ForeignQuestion as error:
            raise _stale("it is meant for another hub") from error
        except UnknownKey as error:
            raise Refusal(errors_pb2.REASON_UNKNOWN_KEY, "the question is not signed by the hall's log key in force") from error
        except CertsError as error:
            raise Refusal(errors_pb2.REASON_BAD_SIGNATURE, f"signature: {error}", field="signature") from error

    def _key(self, hall: str) -> Verifier:
        """Return the log key in force of a hall; raises UnknownKey."""
        epoch = self.keyring.epoch(hall)
        if self.keyring.revoked_at(hall, epoch) is not None:
            raise UnknownKey(f"the keys of {hall} are revoked")
        return self.keyring.log_keys(hall, epoch)[-1][1]

    def _check_meant(self, question: LicenceQuestion, now: datetime) -> None:
        if question.audience != hub_audience(self.trust_domain):
            raise _stale("it is meant for another hub")
        if len(question.nonce) != NONCE_BYTES:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"a nonce is {NONCE_BYTES} random bytes", field="nonce")
        try:
            off = abs(question.time.ToDatetime(UTC) - now)
        except ValueError as error:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "time is no time between the years 1 and 9999", field="time") from error
        if off > OFF_MOST:
            raise _stale(f"its time is more than {OFF_MOST.seconds // 60} minutes off the hub's: set the hall's clock")


def _stale(why: str) -> Refusal:
    return Refusal(errors_pb2.REASON_QUESTION_STALE, f"this question is not answered: {why}")


def check_cited(purpose: Purpose) -> None:
    """Refuse with FIELD_INVALID what names no purpose or no case."""
    check_purpose(purpose)
    for name in ("purpose", "case_hall", "case_number"):
        if not getattr(purpose, name):
            raise Refusal(
                errors_pb2.REASON_FIELD_INVALID, f"purpose.{name} is needed: licences are looked at in a case", field=f"purpose.{name}"
            )


def query_of(query: LicenceQuery, where: str, seal: Seal) -> Query:
    """Read one query; raises Refusal FIELD_INVALID."""
    if len(query.fields) > MOST_ITEMS or any(map(item_name_fault, query.fields)):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where}.fields names what no licence has", field=f"{where}.fields")
    fields = tuple(sorted(set(query.fields)))
    match query.WhichOneof("of"):
        case "licence_id":
            try:
                licence_type = parse_licence_id(query.licence_id).type
            except ValueError as error:
                raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where}.licence_id: {error}", field=f"{where}.licence_id") from None
            if query.type not in {"", licence_type}:
                raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where}.type is not that of the identifier", field=f"{where}.type")
            return Query(query.licence_id, b"", licence_type, fields)
        case "holder":
            if query.type and licence_type_fault(query.type):  # whose text would repeat what may be a person's code in the wrong place
                raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where}.type is no type of licences", field=f"{where}.type")
            return Query("", holder_of(query.holder, f"{where}.holder", seal), query.type, fields)
    raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where} names neither a licence nor a holder", field=where)


def holder_of(holder: Holder, where: str, seal: Seal) -> bytes:
    """Return the keyed hash of a holder; raises Refusal FIELD_INVALID, which does not repeat the code."""
    if not _CODE_TYPE.fullmatch(holder.code_type) or code_fault(holder.code_type, holder.code):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{where} is no code of a holder, or its check character is wrong", field=where)
    return seal.holder(holder.code_type, holder.code)


def days_of(request: ListOutliersRequest) -> tuple[date, date]:
    """Return the days from which, and before which, outliers are asked for; raises Refusal FIELD_INVALID."""
    first, end = day_if_any(request.from_day, "from_day"), day_if_any(request.before_day, "before_day")
    if first is None or end is None or not timedelta(0) < end - first <= MOST_DAYS:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"before_day is at most {MOST_DAYS.days} days behind from_day", field="before_day")
    return first, end


def outlier_said(one: Outlier) -> messages.Outlier:
    """Return an outlier in the words of the contract."""
    return messages.Outlier(
        hall=one.hall,
        department=one.department,
        person=one.person,
        kind=one.kind.value,
        day=one.day.isoformat(),
        count=one.count,
        usual=one.usual,
        ledger_indices=one.ledger_indices,
    )
