"""Serve tongban.directory.v1.RecordService: what providers have last said of their records, to those with a grant.

Laws: the certificate says which hall asks, the request who of it and why; the law decides on the resource, by a grant that covers what is
asked for or as its own provider, and no more than that is shown. Whether a record exists is told to those alone who may read it. No
answer leaves before the decision on it is in the ledger.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import NamedTuple, Protocol, TypeVar

import grpc
import sqlalchemy as sa

from certs.names import journal_origin
from directory.access import action_of
from directory.catalogue.requirements import MOST_ITEMS, item_name_fault
from directory.catalogue.vocabulary import Manner
from directory.record_json import read_record
from directory.records import spelled
from directory.scopes.decisions import Allowed, Denied, Part
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Condition
from directory.sharing.applications import Grant
from hub.cases.paging import PageTokens
from hub.cases.times import timestamp
from hub.db import Database
from hub.decisions.questions import Question
from hub.errors import Refusal
from hub.records import queries
from hub.records.granted import holds
from hub.records.queries import RecordRow
from hub.rooms import Rooms
from hub.rpc.asking import check_purpose, principal_of, refusal
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import records_pb2, scopes_pb2
from tongban.errors.v1 import errors_pb2

_Answer = TypeVar("_Answer")

_ANSWERS = frozenset({Manner.QUERY, Manner.DELIVERY})
"""Grants of these manners answer questions: who is sent all records may also look one up."""
_OF_GRANTS = frozenset({Condition.GRANT_COVERS_FIELDS, Condition.PURPOSE_STATED})


class _Request(Protocol):
    @property
    def resource(self) -> str: ...
    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def asked_by(self) -> scopes_pb2.Principal: ...
    @property
    def purpose(self) -> scopes_pb2.Purpose: ...


class _Opened(NamedTuple):
    """A question that may be answered: what of each record is shown (None: all of it), and by what."""

    question: Question
    fields: frozenset[str] | None
    decision: Allowed


@dataclass(frozen=True, slots=True)
class RecordService:
    """Current records, from the read model; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {"GetRecord": self.get_record, "ListRecords": self.list_records}
        serve(server, records_pb2.DESCRIPTOR.services_by_name["RecordService"], methods, keeper)

    async def get_record(self, request: records_pb2.GetRecordRequest, call: OpenCall) -> records_pb2.CurrentRecord:
        """Return one record."""
        check_name(request.key, "key")
        opened = await self._opened(request, call, request.key)
        found = await self._ask(lambda connection: queries.find_record(connection, request.resource, request.key))
        question = opened.question
        if found is None:
            await self.rooms.decisions.write(question.not_found(), question.at)
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "there is no record of this key")
        await self._write_shown(opened, [found])
        return self._shown(found, opened.fields)

    async def list_records(self, request: records_pb2.ListRecordsRequest, call: OpenCall) -> records_pb2.ListRecordsResponse:
        """Return a page of records in the order of their keys."""
        opened = await self._opened(request, call)
        question = opened.question
        who = question.principal
        asker = (who.role, who.department, who.person, question.in_force.rules_digest, question.purpose.purpose, question.grant)
        of_list = ("ListRecords", *asker, request.resource, ",".join(sorted(request.fields)))
        position = position_in(self.tokens, request.page_token, who.hall, of_list)
        after, size = str(position[0]) if position else "", page_size(request.page_size)
        rows, more = await self._ask(lambda connection: queries.list_records(connection, request.resource, after, size))
        await self._write_shown(opened, rows)
        token = self.tokens.write(who.hall, of_list, (rows[-1].key,)) if more else ""
        return records_pb2.ListRecordsResponse(records=[self._shown(row, opened.fields) for row in rows], next_page_token=token)

    async def _opened(self, request: _Request, call: OpenCall, key: str = "") -> _Opened:
        """Decide on a question before anything is looked up, so that a denial tells nothing of what there is; raises Refusal."""
        question = self._question(request, call, key)
        denied: Denied | None = None
        for subject in self._subjects(question):
            decision = question.decide(subject)
            if isinstance(decision, Allowed):
                by = subject.grant.grant if isinstance(subject.grant, Grant) else ""
                shown = subject.fields if by or question.fields else None
                return _Opened(replace(question, grant=by), shown, decision)
            denied = denied if denied and _about_grant(denied) else decision
        assert denied is not None, "there is always one subject"  # noqa: S101 - a programming error
        await self.rooms.decisions.write(question.denied(denied), question.at)
        raise _refusal(question, denied)

    def _question(self, request: _Request, call: OpenCall, key: str) -> Question:
        check_name(request.resource, "resource")
        check_purpose(request.purpose)
        if len(request.fields) > MOST_ITEMS or any(map(item_name_fault, request.fields)):
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "fields names what no resource has", field="fields")
        return Question(
            principal=principal_of(call, request),
            method=call.method,
            action=action_of(call.method),
            purpose=request.purpose,
            resource=request.resource,
            key=key,
            fields=tuple(sorted(set(request.fields))),
            in_force=self.rooms.laws.in_force(),
            at=self.rooms.clock(),
        )

    def _subjects(self, question: Question) -> Iterator[Subject]:
        """Yield what is asked for as its provider's, then as what each live grant to the hall lets through."""
        law, asked = question.in_force.law, frozenset(question.fields)
        version = law.resources.get(question.resource)
        provider = version.resource.provider if version else ""
        subject = Subject(
            hall=law.hall_of(provider),
            department=provider,
            resource=question.resource,
            fields=asked,
            purpose=question.purpose.purpose,
        )
        yield subject
        for grant in self.rooms.records.grants.grants_of(question.resource):
            if grant.hall == question.principal.hall and grant.manner in _ANSWERS and holds(grant, law, question.at):
                yield replace(subject, grant=grant, fields=asked or grant.fields)

    async def _write_shown(self, opened: _Opened, rows: Sequence[RecordRow]) -> None:
        question = opened.question
        shown = [(row.resource, row.key) for row in rows]
        await self.rooms.decisions.write(question.allowed([opened.decision], shown), question.at)

    async def _ask(self, question: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Put a question to the read model."""

        def asked() -> _Answer:
            with self.models.reader.begin() as connection:
                return question(connection)

        return await self.rooms.reading(asked)

    def _shown(self, row: RecordRow, only: frozenset[str] | None) -> records_pb2.CurrentRecord:
        said = records_pb2.Record.FromString(row.record)
        document = read_record(said.document)
        return records_pb2.CurrentRecord(
            resource=row.resource,
            key=row.key,
            version=said.version,
            document=spelled({name: value for name, value in document.items() if only is None or name in only}),
            occurred_at=timestamp(row.occurred_at_ms),
            accepted_at=timestamp(row.accepted_at_ms),
            journal=journal_origin(self.rooms.trust_domain, row.hall, row.epoch),
            journal_index=row.journal_index,
            ledger_index=row.ledger_index,
        )


def _about_grant(denied: Denied) -> bool:
    """Say whether all that was missing is a grant that covers what is asked for, or its purpose."""
    nearest = denied.nearest
    return nearest is not None and nearest.part is Part.CONDITION and nearest.condition in _OF_GRANTS


def _refusal(question: Question, denied: Denied) -> Refusal:
    who = question.principal
    if not _about_grant(denied):
        return refusal(who, denied)
    whose = f"the department '{who.department}' of {who.hall}"
    msg = f"no grant to {whose} that holds today covers this resource, the purpose stated and every field asked for; apply for one"
    return Refusal(errors_pb2.REASON_SCOPE_DENIED, msg)
