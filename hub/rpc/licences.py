"""Serve tongban.licence.v1.LicenceService: questions about licences, for a purpose and in a case.

Laws: the certificate says which hall asks, the signed question who of it, why and in which case; each query is decided by itself, and what
is not there and what may not be seen get one answer. No answer leaves before its access record is in the ledger.
"""

import asyncio
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final, TypeVar

import grpc
import sqlalchemy as sa

from certs.annotation import Annotation
from certs.errors import Fault, JwsInvalid
from certs.names import HUB
from directory.access import action_of
from directory.calendar import beijing_day
from directory.licences.outliers import Outlier
from directory.scopes.decisions import Denied, Part
from directory.scopes.law import NOTHING
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from hub.cases.paging import PageTokens
from hub.crash import crash_at
from hub.db import Database
from hub.decisions.queries import of_holder
from hub.decisions.questions import OVER_QUOTA, TOO_LARGE, Question
from hub.errors import Refusal
from hub.licences import queries
from hub.licences.answering import Answering, standing
from hub.licences.judged import Judge, Judged, Query
from hub.licences.looks import Ground, accesses, outliers_of
from hub.licences.presented import UNREGISTERED, checked, names_of
from hub.licences.queries import Looked
from hub.licences.sealing import Seal
from hub.rooms import Rooms
from hub.rpc.asking import check_purpose, principal_of, refusal
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.licence_questions import Desk, days_of, holder_of, outlier_said
from hub.rpc.paging import page_size, position_in
from hub.rpc.quotas import LicenceQueries
from hub.rpc.streams import OpenCall
from tongban.directory.v1.decisions_pb2 import VERDICT_ALLOWED, DecisionRecord, LicenceDecision
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.errors.v1 import errors_pb2
from tongban.licence.v1 import licence_service_pb2 as messages

_Answer = TypeVar("_Answer")

_OF_WHO: Final = frozenset({Part.ACTION, Part.PERIOD, Part.ROLE, Part.TIER})
FEW: Final = 8
"""Licences that are opened without a thread, which would cost more."""
ANSWER_BYTES: Final = 2 * 1024 * 1024
"""Of sealed credentials that one answer opens; with their chains they fit a frame of 4 MiB."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A question that is not answered: what is written down of it, and what the asker is told."""

    record: DecisionRecord
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class LicenceService:
    """Licences, from the registry; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    queries: LicenceQueries
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "QueryLicences": self.query_licences,
            "VerifyLicence": self.verify_licence,
            "GetStatusList": self.get_status_list,
            "ListAccesses": self.list_accesses,
            "ListOutliers": self.list_outliers,
        }
        serve(server, messages.DESCRIPTOR.services_by_name["LicenceService"], methods, keeper)

    async def query_licences(self, request: messages.QueryLicencesRequest, call: OpenCall) -> messages.QueryLicencesResponse:
        """Answer a signed question, query by query."""
        seal, answering = self._open()
        licences = self.rooms.licences
        desk = Desk(self.rooms.trust_domain, self.rooms.keyring, seal, licences.nonces)
        said, wanted = desk.take(request, call.caller.hall, self.rooms.clock())
        question = self._question(call, principal_of(call, said), said.purpose)
        beside = licences.nonces.beside(said.nonce)
        if (refused := self._refused(question, wanted)) is not None:
            await self.rooms.decisions.write(refused.record, question.at, beside)
            raise refused.refusal
        case = (said.purpose.case_hall, said.purpose.case_number)
        ids = {query.licence_id for query in wanted if query.licence_id}
        async with licences.looking.turn(case, ids, {query.holder for query in wanted if query.holder}) as looked:
            judge = Judge(question, licences.types(), licences.grants(), self.rooms.clock, licences.counts)
            judged = await _judged(judge, wanted, looked)
            if _is_too_large(judged):
                withheld = question.withheld([one.record for one in judged], TOO_LARGE)
                await self.rooms.decisions.write(withheld, question.at, beside)
                raise Refusal(errors_pb2.REASON_TOO_LARGE, "what may be seen does not fit one answer: ask in several questions")
            cited = {rule for one in judged for rule in one.cited}
            record = question.on_licences(cited, [one.record for one in judged])
            ledger_index = await self.rooms.decisions.write(record, question.at, beside)
        crash_at("access-recorded")
        answers = await self._answers(answering, judged, looked.read_up_to_ms)
        return messages.QueryLicencesResponse(answers=answers, ledger_index=ledger_index)

    async def _answers(self, answering: Answering, judged: Sequence[Judged], read_up_to_ms: int) -> list[messages.LicenceAnswer]:
        def answered() -> list[messages.LicenceAnswer]:
            return [answering.answer(one, read_up_to_ms) for one in judged]

        few = sum(len(one.shown) for one in judged) <= FEW
        return answered() if few else await self.rooms.reading(answered)

    async def verify_licence(self, request: messages.VerifyLicenceRequest, call: OpenCall) -> messages.VerifyLicenceResponse:
        """Check a presentation as anyone with the province's root could, and tell how the licence stands."""
        self._open()
        who, now = principal_of(call, request), self.rooms.clock()
        decision = self.rooms.laws.in_force().law.decide(who, action_of(call.method), Subject(hall=HUB))
        if isinstance(decision, Denied):
            raise refusal(who, decision)
        try:
            found = checked(request.presentation, request.annotation, self.rooms.keyring, now)
        except JwsInvalid as error:
            return messages.VerifyLicenceResponse(fault=error.fault.value)
        licence_id = found.licence.claims.licence_id
        looked = await self._ask(lambda connection: queries.look(connection, [], [licence_id], []))
        row = looked.by_id.get(licence_id)
        if row is None or row.key_id != found.licence.key_id:
            return messages.VerifyLicenceResponse(fault=UNREGISTERED, disclosed=found.disclosed)
        if not self.rooms.licences.counts(row):
            return messages.VerifyLicenceResponse(fault=Fault.UNKNOWN_KEY.value)
        said = messages.VerifyLicenceResponse(valid=True, status=standing(row, now)[0].value, disclosed=found.disclosed)
        if found.copy is not None:
            names = names_of(who, self.rooms.registry.province, self.rooms.registrar.departments, beijing_day(now))
            _tell_copy(said, found.copy, names)
        return said

    async def get_status_list(self, request: messages.GetStatusListRequest, call: OpenCall) -> messages.GetStatusListResponse:
        """Return a status list token."""
        del call
        self._open()
        token = await self.rooms.reading(self.rooms.licences.statuses.token, request.uri)
        if token is None:
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "there is no such status list: take its uri from a credential")
        return messages.GetStatusListResponse(token=token)

    async def list_accesses(self, request: messages.ListAccessesRequest, call: OpenCall) -> messages.ListAccessesResponse:
        """Return a page of who looked at a holder's licences, newest first."""
        seal, _ = self._open()
        check_purpose(request.purpose)
        holder = holder_of(request.holder, "holder", seal)
        question = self._question(call, principal_of(call, request), request.purpose)
        decision = question.decide(Subject(hall=HUB, purpose=request.purpose.purpose))
        asked = LicenceDecision(asked_holder=holder, verdict=VERDICT_ALLOWED)
        if isinstance(decision, Denied):
            await self.rooms.decisions.write(question.denied(decision), question.at)
            raise refusal(question.principal, decision)
        who = question.principal
        of_list = ("ListAccesses", who.role, who.department, who.person, question.in_force.rules_digest, holder.hex())
        position = position_in(self.tokens, request.page_token, who.hall, of_list)
        before, size = int(position[0]) if position else None, page_size(request.page_size)
        rows = await self._ask(lambda connection: of_holder(connection, holder, before, size + 1))
        await self.rooms.decisions.write(question.on_licences([(decision.rule, decision.version)], [asked]), question.at)
        more = self.tokens.write(who.hall, of_list, (rows[size - 1].ledger_index,)) if len(rows) > size else ""
        found = [access for row in rows[:size] for access in accesses(row, holder)]
        return messages.ListAccessesResponse(accesses=found, next_page_token=more)

    async def list_outliers(self, request: messages.ListOutliersRequest, call: OpenCall) -> messages.ListOutliersResponse:
        """Return whose questions stand out, for auditors."""
        who = principal_of(call, request)
        decision = self.rooms.laws.in_force().law.decide(who, action_of(call.method), Subject(hall=HUB))
        if isinstance(decision, Denied):
            raise refusal(who, decision)
        period, rooms = days_of(request), self.rooms

        def found_in(connection: sa.Connection) -> list[Outlier]:
            rulings = rooms.supervision.ground.in_force.now()
            return outliers_of(connection, *period, Ground(rooms.registrar.lookup.calendar, rulings, rooms.licences.types()))

        found = await self._ask(found_in)
        return messages.ListOutliersResponse(outliers=[outlier_said(one) for one in found])

    def _refused(self, question: Question, wanted: Sequence[Query]) -> _Refused | None:
        """Say why a question is not gone into at all, whatever there is: before anything is looked up for it."""
        if (closed := _closed(question)) is not None:
            return _Refused(question.denied(closed), refusal(question.principal, closed))
        types = sum(1 for _ in self.rooms.licences.types())
        decisions, most = sum(1 if query.type else types for query in wanted), self.rooms.limits.licence_decisions
        if decisions > most:
            msg = f"{len(wanted)} queries of {types} types take {decisions} decisions, and a question {most}: name types, or ask for fewer"
            return _Refused(question.refused(TOO_LARGE), Refusal(errors_pb2.REASON_TOO_LARGE, msg))
        over = self.queries.ask(question.principal.hall, question.principal.person, len(wanted))
        return _Refused(question.refused(OVER_QUOTA), over) if over is not None else None

    def _question(self, call: OpenCall, who: Principal, purpose: Purpose) -> Question:
        return Question(
            principal=who,
            method=call.method,
            action=action_of(call.method),
            purpose=purpose,
            in_force=self.rooms.laws.in_force(),
            at=self.rooms.clock(),
        )

    def _open(self) -> tuple[Seal, Answering]:
        """Raise Refusal where the hub keeps no licences."""
        licences = self.rooms.licences
        if licences.seal is None or licences.answering is None:
            raise Refusal(
                errors_pb2.REASON_RESOURCE_ENCRYPTED, "this hub keeps no licences: its reading.key or registry-data.key is missing"
            )
        return licences.seal, licences.answering

    async def _ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Put a question to the read models."""

        def asked() -> _Answer:
            with self.models.reader.begin() as connection:
                return question(connection)

        return await self.rooms.reading(asked)


def _tell_copy(said: messages.VerifyLicenceResponse, copy: Annotation, names: Container[str]) -> None:
    """Add for whom a copy was made, and whether that is one who has these names."""
    said.recipient, said.purpose, said.made_by = copy.recipient, copy.purpose, copy.hall
    said.expires_at.FromDatetime(copy.expires_at)
    said.made_for_caller = copy.recipient in names


async def _judged(judge: Judge, wanted: Sequence[Query], looked: Looked) -> list[Judged]:
    """Decide on all queries; whoever names no type is decided on by all types, and lets others have their turn after each query."""
    found = []
    for query in wanted:
        found.append(judge.judged(query, looked))
        if not query.type:
            await asyncio.sleep(0)
    return found


def _closed(question: Question) -> Denied | None:
    """Say why somebody may look at no licence at all, whatever there is; None when something may be open."""
    decision = question.decide(NOTHING)
    if isinstance(decision, Denied) and (decision.nearest is None or decision.nearest.part in _OF_WHO):
        return decision
    return None


def _is_too_large(judged: Sequence[Judged]) -> bool:
    """Tell whether no answer holds it; only what may be seen counts."""
    return sum(len(shown.row.sealed) for one in judged for shown in one.shown) > ANSWER_BYTES
