"""Share resources between halls: apply, answer, grant, refuse, withdraw, expire (政务数据共享条例).

Laws: each act is judged against where the application stands and the catalogue of the day, and is one event in the hub's own journal,
addressed to the halls of the applicant and the provider (docs/adr/0012). An id is made of chance: knowing one tells nothing of others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from secrets import choice
from string import ascii_lowercase

import structlog

from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import Manner, SharingType
from directory.clocks.clock import Clock
from directory.halls import Province
from directory.refusal import Refused
from directory.register.lookup import Lookup, Provider
from directory.scopes.principal import Principal
from directory.sharing import moves
from directory.sharing.applications import Consent, ShareApplication
from directory.sharing.history import Share, ShareEvent, fold
from directory.sharing.limits import NATIONAL, ReplyLimits, Waiting, share_clock, to_expire, waiting
from directory.sharing.messages import RESOURCE, TYPE, read_event, share_from_bytes, share_to_bytes, write_event
from directory.sharing.moves import Move, SoAlready
from directory.sharing.vocabulary import SharePhase
from directory.validity import Period
from hub.dockets.docket import Docket
from hub.dockets.moves import Declined, Said
from hub.dockets.store import Form
from hub.sharing.headings import SOURCE, Heading
from hub.tables import share_events, shares
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

_BASE32 = ascii_lowercase + "234567"
ID_SIGNS = 13
"""Of 5 bits each: 2^65 ids."""
MOST_WAITING = 1_000
"""Applications of one hall that wait for an answer: each is carried by the ledger for ever."""


def heading(share: Share) -> Heading:
    """Say what the table tells of an application."""
    asked = share.application
    if asked is None:
        raise ValueError("an application that nobody made is not kept")
    return Heading(
        id=asked.application,
        hall=asked.hall,
        department=asked.department,
        resource=asked.resource,
        phase=share.phase,
        opened_at_ms=round(asked.applied_at.timestamp() * 1000),
    )


def _folded(share: Share | None, event: bytes) -> Share:
    return fold(share or Share(), read_event(event)[1])


FORM: Form[Share] = Form(
    matters=shares,
    events=share_events,
    source=SOURCE,
    resource=RESOURCE,
    type=TYPE,
    place=lambda share: heading(share).place,
    row=lambda share: heading(share).row,
    write=share_to_bytes,
    read=share_from_bytes,
    folded=_folded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Within how many working days what must be done, and the longest term in days."""

    reply: ReplyLimits = NATIONAL
    longest_term: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is applied for; `version` 0 is the one in force, `manner` None as it is shared, `start` None today."""

    resource: str
    version: int
    fields: frozenset[str]
    purpose: str
    basis: str
    start: date | None
    end: date
    manner: Manner | None


@dataclass(slots=True)
class Shares:
    """What is applied for and shared; its verbs raise what keeps an act from being committed."""

    docket: Docket[Share]
    lookup: Callable[[], Lookup]
    province: Callable[[], Province]
    limits: Limits
    clock: Callable[[], datetime]
    _swept: date = date.min

    async def apply(self, asked: Asked, who: Principal) -> Share | Declined:
        """Apply for a resource, for the department of whoever asks; what is asked for twice is one application."""
        ident = new_id("s")
        now = self.clock()
        version = self._in_force(asked.resource, now)
        if isinstance(version, Declined):
            return version
        day = beijing_day(now)
        if asked.end <= (asked.start or day):
            return _faulty("the term has no day: its end is the first day on which it is over", "term.end")
        application = ShareApplication(
            application=ident,
            hall=who.hall,
            department=who.department,
            resource=asked.resource,
            version=asked.version or version.version,
            fields=asked.fields,
            purpose=asked.purpose,
            basis=asked.basis,
            term=Period(asked.start or day, asked.end),
            manner=asked.manner or version.resource.manner,
            applied_at=now,
        )

        def judge(_nothing: Share | None) -> Said[Share] | Share | Declined:
            move = moves.applied(application, version, self.limits.longest_term)
            if isinstance(move, Refused):
                return _declined(move)
            if same := self._same(application):
                return same
            if self._waiting_of(who.hall) >= MOST_WAITING:
                return Declined(errors_pb2.REASON_QUOTA, f"{MOST_WAITING} applications of {who.hall} wait for an answer; withdraw some")
            return self._said(Share(), move, who)

        return await self.docket.move(ident, judge)

    async def answer(self, ident: str, who: Principal) -> Share | Declined:
        """Consent to an application, for the provider."""
        return await self._act(ident, who, lambda share: moves.answered(share, self.clock()))

    async def grant(self, ident: str, fields: frozenset[str], period: Period | None, who: Principal) -> Share | Declined:
        """Share the resource from now on, for the provider; without fields or a period all that was applied for."""
        consent = Consent(grant=new_id("g"), approver=who.person, granted_at=self.clock(), fields=fields, period=period)

        def judge(share: Share) -> Move | Declined:
            asked = share.application
            if asked is None:
                return _unknown()
            hall = self.province().get(asked.hall)
            if share.phase is not SharePhase.GRANTED and (hall is None or not hall.linked):
                return Declined(errors_pb2.REASON_RECIPIENT_NOT_LINKED, f"{asked.hall} is not linked: it could not be told of the grant")
            if share.phase not in moves.OPEN:
                return moves.granted(share, None, consent)
            version = self._in_force(asked.resource, consent.granted_at)
            return version if isinstance(version, Declined) else moves.granted(share, version, consent)

        return await self._act(ident, who, judge)

    async def refuse(self, ident: str, ground: str, who: Principal) -> Share | Declined:
        """Refuse an application, for the provider."""
        return await self._act(ident, who, lambda share: moves.refused(share, ground, self.clock()))

    async def withdraw(self, ident: str, ground: str, who: Principal) -> Share | Declined:
        """End an application, and the grant on it."""
        return await self._act(ident, who, lambda share: moves.withdrawn(share, ground, self.clock()))

    async def sweep(self) -> None:
        """Record what has expired; the first time, and when the day has changed. Nothing holds longer for want of it."""
        await self.docket.settle()
        today = beijing_day(self.clock())
        if today == self._swept:
            return
        over = [share.application.application for share in to_expire(self.docket, today) if share.application]
        for ident in over:
            await self._act(ident, None, lambda share: moves.expired(share, self.clock()))
        self._swept = today
        if over:
            _log.info("shares expired", shares=len(over))

    def waiting(self, share: Share, day: date) -> Waiting | None:
        """Say what an application waits for at a day in Beijing."""
        return waiting(share, day, self.lookup().calendar, self.limits.reply)

    def clock_of(self, share: Share) -> Clock | None:
        """Return the clock of what an application waits for."""
        now = self.clock()
        return share_clock(share, self.provider(share, beijing_day(now)).hall, self.lookup().calendar, now, self.limits.reply)

    def provider(self, share: Share, day: date) -> Provider:
        """Say who provides what was applied for."""
        return self.lookup().provider(heading(share).resource, day)

    async def _act(self, ident: str, who: Principal | None, judge: Callable[[Share], Move | Declined]) -> Share | Declined:
        def judged(share: Share | None) -> Said[Share] | Share | Declined:
            if share is None:
                return _unknown()
            move = judge(share)
            if isinstance(move, Declined):
                return move
            if isinstance(move, SoAlready):
                return share
            return _declined(move) if isinstance(move, Refused) else self._said(share, move, who)

        return await self.docket.move(ident, judged)

    def _said(self, share: Share, event: ShareEvent, who: Principal | None) -> Said[Share] | Declined:
        after = fold(share, event)
        if after.flags != share.flags:  # the rules above let through only what the fold takes without a word
            return Declined(errors_pb2.REASON_NOT_IN_TURN, f"as it stands this is {', '.join(sorted(after.flags - share.flags))}")
        told = heading(after)
        halls = frozenset({told.hall, self.provider(after, beijing_day(event.at)).hall}) - {""}
        return Said(after=after, kind=event.kind, event=write_event(told.id, event, who), at=event.at, halls=halls)

    def _in_force(self, resource: str, now: datetime) -> ResourceVersion | Declined:
        version = self.lookup().catalogue.in_force(resource, beijing_day(now))
        if version is None:
            return Declined(errors_pb2.REASON_UNKNOWN_RESOURCE, f"no version of {resource[:64]!a} is in force today", "resource")
        if version.resource.sharing is SharingType.NOT_SHARED:
            return Declined(errors_pb2.REASON_NOT_SHARED, f"{resource!r} is not shared: {version.resource.sharing_terms}", "resource")
        return version

    def _same(self, application: ShareApplication) -> Share | None:
        for share in self._open():
            if share.application is not None and moves.same_request(application, share.application):
                return share
        return None

    def _waiting_of(self, hall: str) -> int:
        return sum(share.phase is not SharePhase.GRANTED and heading(share).hall == hall for share in self._open())

    def _open(self) -> Iterator[Share]:
        return (share for share in self.docket if share.phase in moves.OPEN)


def new_id(kind: str) -> str:
    """Make an id that nobody guesses: a letter, a hyphen and ID_SIGNS signs of base 32."""
    return f"{kind}-{''.join(choice(_BASE32) for _ in range(ID_SIGNS))}"


def _faulty(why: str, field: str) -> Declined:
    return Declined(errors_pb2.REASON_FIELD_INVALID, why, field)


def _declined(refused: Refused) -> Declined:
    """Name the first field at fault, and say all that is wrong."""
    if not refused.faults:
        return Declined(errors_pb2.REASON_NOT_IN_TURN, refused.why)
    return _faulty("; ".join(map(str, refused.faults)), refused.faults[0].path)


def _unknown() -> Declined:
    return Declined(errors_pb2.REASON_NOT_FOUND, "there is no such application, or none that may be read")
