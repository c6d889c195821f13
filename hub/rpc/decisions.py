"""Serve tongban.directory.v1.DecisionService: who asked for what, and what was decided.

Laws: records can be read and nothing else; whoever may read them is decided as for everything that the hub keeps.
"""

from dataclasses import dataclass, field
from secrets import token_bytes

import grpc

from certs.names import HUB, journal_origin
from directory.access import action_of
from directory.scopes.decisions import Denied
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from hub.cases.paging import PageTokens
from hub.cases.times import timestamp
from hub.db import Database
from hub.decisions import queries
from hub.decisions.queries import Kept, Wanted
from hub.decisions.questions import Question
from hub.errors import Refusal
from hub.registry.laws import InForce
from hub.rooms import Rooms
from hub.rpc.asking import principal_of, refusal
from hub.rpc.door import Doorkeeper, serve
from hub.rpc.filters import check_name_if_any, moment
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import decisions_pb2, scopes_pb2
from tongban.errors.v1 import errors_pb2


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Decision records, from the read model; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    models: Database
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the method behind a doorkeeper."""
        service = decisions_pb2.DESCRIPTOR.services_by_name["DecisionService"]
        serve(server, service, {"ListDecisions": self.list_decisions}, keeper)

    async def list_decisions(
        self,
        request: decisions_pb2.ListDecisionsRequest,
        call: OpenCall,
    ) -> decisions_pb2.ListDecisionsResponse:
        """Return a page of decisions, in the order of the ledger."""
        wanted = _wanted(request)
        who = principal_of(call, request)
        in_force = self.rooms.laws.in_force()
        decision = in_force.law.decide(who, action_of(call.method), Subject(hall=HUB))
        if isinstance(decision, Denied):
            raise refusal(who, decision)
        asker = (who.role, who.department, who.person, in_force.rules_digest)
        about = (*(wanted.case or ("", "")), *(wanted.record or ("", "")))
        of_list = ("ListDecisions", *asker, wanted.hall, wanted.person, *about, wanted.from_ms, wanted.before_ms)
        try:
            position = position_in(self.tokens, request.page_token, who.hall, of_list)
        except Refusal:
            await self._write_forged(who, wanted, call.method, in_force)
            raise
        after = int(position[0]) if position else None
        size = page_size(request.page_size)

        def read() -> list[Kept]:
            with self.models.reader.begin() as connection:
                return queries.list_decisions(connection, wanted, after, size + 1)

        rows = await self.rooms.reading(read)
        more = self.tokens.write(who.hall, of_list, (rows[size - 1].ledger_index,)) if len(rows) > size else ""
        return decisions_pb2.ListDecisionsResponse(decisions=[self._decision(row) for row in rows[:size]], next_page_token=more)

    async def _write_forged(self, who: Principal, wanted: Wanted, method: str, in_force: InForce) -> None:
        at, none = self.rooms.clock(), scopes_pb2.Purpose()
        action, asked = action_of(method), wanted.hall
        question = Question(principal=who, method=method, action=action, purpose=none, hall=asked, in_force=in_force, at=at)
        await self.rooms.decisions.write(question.forged(), at)

    def _decision(self, kept: Kept) -> decisions_pb2.Decision:
        return decisions_pb2.Decision(
            ledger_index=kept.ledger_index,
            accepted_at=timestamp(kept.accepted_at_ms),
            journal=journal_origin(self.rooms.trust_domain, HUB, kept.epoch),
            journal_index=kept.journal_index,
            record=decisions_pb2.DecisionRecord.FromString(kept.record),
        )


def _wanted(request: decisions_pb2.ListDecisionsRequest) -> Wanted:
    for name in ("hall", "person", "case_hall", "case_number", "resource", "key"):
        check_name_if_any(getattr(request, name), name)
    if bool(request.case_hall) != bool(request.case_number):
        missing = "case_number" if request.case_hall else "case_hall"
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a case is named by its hall and its number", field=missing)
    if bool(request.resource) != bool(request.key):
        missing = "key" if request.resource else "resource"
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a record is named by its resource and its key", field=missing)
    if request.case_hall and request.resource:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a decision is about cases or about records", field="resource")
    return Wanted(
        hall=request.hall,
        person=request.person,
        case=(request.case_hall, request.case_number) if request.case_hall else None,
        record=(request.resource, request.key) if request.resource else None,
        from_ms=moment(request, "accepted_from"),
        before_ms=moment(request, "accepted_before"),
    )
