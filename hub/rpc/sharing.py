"""Serve tongban.directory.v1.SharingService: who applies for what, and what is shared.

Laws: the certificate says which hall asks, the request who of it; the law decides each act on the side for which it is done. What may not
be read is as if it were not there. An answer leaves when what it says is durable.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from secrets import token_bytes
from typing import Protocol

import grpc

from directory.access import action_of
from directory.calendar import beijing_day
from directory.catalogue.vocabulary import Manner
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.sharing.history import Share
from directory.sharing.messages import write_share
from directory.sharing.vocabulary import SharePhase
from directory.supervision.book import Place
from directory.supervision.lights import Sight, light
from directory.validity import Period
from hub.cases.paging import PageTokens
from hub.errors import Refusal
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name, check_name_if_any, day_if_any, names, word_if_any
from hub.rpc.matters import Acts, Listing, Sides, check_act, due, not_found, of_provider, outcome, own
from hub.rpc.paging import page_size
from hub.rpc.streams import OpenCall
from hub.sharing.shares import Asked, Shares, heading
from tongban.directory.v1 import scopes_pb2, sharing_pb2
from tongban.errors.v1 import errors_pb2


class _OnOne(Protocol):
    @property
    def application(self) -> str: ...
    @property
    def asked_by(self) -> scopes_pb2.Principal: ...


@dataclass(frozen=True, slots=True)
class SharingService:
    """Applications and grants; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    @property
    def _shares(self) -> Shares:
        return self.rooms.sharing.shares

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {
            "Apply": self.apply,
            "Answer": self.answer,
            "Grant": self.grant,
            "Refuse": self.refuse,
            "Withdraw": self.withdraw,
            "GetShare": self.get_share,
            "ListShares": self.list_shares,
        }
        serve(server, sharing_pb2.DESCRIPTOR.services_by_name["SharingService"], methods, keeper)

    async def apply(self, request: sharing_pb2.ApplyRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """Apply for a resource."""
        asking = Asking.of(self.rooms, call, request)
        asking.check(action_of(call.method), own(asking))
        return self._standing(outcome(await self._shares.apply(_asked(request), asking.principal)))

    async def answer(self, request: sharing_pb2.AnswerRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """Consent to an application."""
        asking = self._on_one(request, call, _of_provider)
        return self._standing(outcome(await self._shares.answer(request.application, asking.principal)))

    async def grant(self, request: sharing_pb2.GrantRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """Share the resource from now on."""
        asking = self._on_one(request, call, _of_provider)
        fields, period = names(request.fields, "fields"), _period(request)
        return self._standing(outcome(await self._shares.grant(request.application, fields, period, asking.principal)))

    async def refuse(self, request: sharing_pb2.RefuseRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """Refuse an application."""
        asking = self._on_one(request, call, _of_provider)
        return self._standing(outcome(await self._shares.refuse(request.application, request.ground, asking.principal)))

    async def withdraw(self, request: sharing_pb2.WithdrawRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """End an application, or the grant on it."""
        asking = self._on_one(request, call, _of_either)
        return self._standing(outcome(await self._shares.withdraw(request.application, request.ground, asking.principal)))

    async def get_share(self, request: sharing_pb2.GetShareRequest, call: OpenCall) -> sharing_pb2.ShareStanding:
        """Return one share."""
        check_name(request.application, "application")
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        share = self._shares.docket.get(request.application)
        if share is None or not self._sides(share).readable(asking, action_of(call.method)):
            raise not_found("application")
        return self._standing(share)

    async def list_shares(self, request: sharing_pb2.ListSharesRequest, call: OpenCall) -> sharing_pb2.ListSharesResponse:
        """Return a page of shares, in the order in which they were applied for."""
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        wanted = self._wanted(request, asking, action_of(call.method))
        who = asking.principal
        question: tuple[str | int, ...] = ("ListShares", *asking.asker, request.side, request.phase, request.resource, request.overdue)
        listing = Listing(self._shares.docket, self.tokens, who.hall, question, wanted)
        after, size = listing.position(request.page_token), page_size(request.page_size)
        page, more = await self.rooms.reading(listing.page, after, size)
        return sharing_pb2.ListSharesResponse(shares=[self._standing(share) for share in page], next_page_token=more)

    def _on_one(self, request: _OnOne, call: OpenCall, acts: Acts) -> Asking:
        """Judge an act on one application; raises Refusal."""
        check_name(request.application, "application")
        asking = Asking.of(self.rooms, call, request)
        share = self._shares.docket.get(request.application)
        check_act(asking, self._sides(share) if share else None, acts, Action.SHARE_READ, "application")
        return asking

    def _wanted(self, request: sharing_pb2.ListSharesRequest, asking: Asking, action: Action) -> Callable[[Share], bool]:
        phase = word_if_any(request.phase, SharePhase, "phase")
        check_name_if_any(request.resource, "resource")
        if request.side not in sharing_pb2.ShareSide.values():
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, "side is none that this release knows", field="side")
        today = self._today()

        def wanted(share: Share) -> bool:
            if phase not in {None, share.phase}:
                return False
            sides = self._sides(share)
            if request.resource not in {"", sides.opener.resource} or not _on_side(asking, sides, request.side):
                return False
            if not sides.readable(asking, action):
                return False
            waits = self._shares.waiting(share, today) if request.overdue else None
            return not request.overdue or (waits is not None and waits.overdue)

        return wanted

    def _sides(self, share: Share) -> Sides:
        return Sides.of(heading(share), self._shares.provider(share, self._today()))

    def _today(self) -> date:
        return beijing_day(self._shares.clock())

    def _standing(self, share: Share) -> sharing_pb2.ShareStanding:
        today = self._today()
        provider, waits = self._shares.provider(share, today), self._shares.waiting(share, today)
        said = sharing_pb2.ShareStanding(share=write_share(share), provider=provider.department, provider_hall=provider.hall)
        if waits is not None:
            until = waits.due
            said.waiting.CopyFrom(due(waits.awaited, until.day, provisional=until.provisional, today=today, late=waits.working_days_late))
            said.waiting.light = self._light(share, provider.hall)
        if share.grant is not None:
            said.not_live = self.rooms.sharing.grants.why_dead(share.grant, self._shares.clock())
        return said

    def _light(self, share: Share, hall: str) -> str:
        """Return the light of what an application waits for: the hub itself keeps what became of it, so that it is never grey."""
        clock, lookup, now = self._shares.clock_of(share), self._shares.lookup(), self._shares.clock()
        if clock is None:
            return ""
        sight = Sight(self.rooms.supervision.ground.rulings.book, lookup.calendar, {hall: now}, now)
        return light(clock, Place(hall), sight) or ""


_of_provider = of_provider(Action.SHARE_DECIDE)


def _of_either(sides: Sides) -> list[tuple[Action, Subject]]:
    return [(Action.SHARE_APPLY, sides.opener), *_of_provider(sides)]


def _on_side(asking: Asking, sides: Sides, side: int) -> bool:
    if side == sharing_pb2.SHARE_SIDE_UNSPECIFIED:
        return True
    who = asking.principal
    theirs = sides.opener if side == sharing_pb2.SHARE_SIDE_APPLICANT else sides.provider
    return theirs.hall == who.hall and who.department in {"", theirs.department}


def _asked(request: sharing_pb2.ApplyRequest) -> Asked:
    check_name(request.resource, "resource")
    end = day_if_any(request.term.end, "term.end")
    if end is None:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a term ends: say on which day it is over, YYYY-MM-DD", field="term.end")
    return Asked(
        resource=request.resource,
        version=request.version,
        fields=names(request.fields, "fields"),
        purpose=request.purpose,
        basis=request.basis,
        start=day_if_any(request.term.start, "term.start"),
        end=end,
        manner=word_if_any(request.manner, Manner, "manner"),
    )


def _period(request: sharing_pb2.GrantRequest) -> Period | None:
    if not request.HasField("period"):
        return None
    start, end = day_if_any(request.period.start, "period.start"), day_if_any(request.period.end, "period.end")
    if start is None or end is None or end <= start:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "a period has a start and a later end, YYYY-MM-DD", field="period")
    return Period(start, end)
