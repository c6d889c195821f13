"""Say of matters between a hall and the provider of a resource who may know of them, and list them page by page.

Laws: a matter has two sides; whoever may read it on one of them reads all of it. What may not be read is as if it were not there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from directory.register.lookup import Provider
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from hub.cases.paging import PageTokens, Position
from hub.dockets.docket import Docket
from hub.dockets.moves import Declined
from hub.dockets.store import Place
from hub.errors import Refusal
from hub.rpc.asking import Asking
from hub.rpc.paging import position_in
from hub.sharing.headings import Heading
from tongban.directory.v1 import sharing_pb2
from tongban.errors.v1 import errors_pb2

_T = TypeVar("_T")

_FIELDS = {"department": "asked_by.department", "hall": "asked_by", "approver": "asked_by.person"}
"""What a rule names to the field of a request that says it."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sides of a matter, as the rules of access see them: whoever opened it, and the provider."""

    opener: Subject
    provider: Subject

    @classmethod
    def of(cls, told: Heading, provider: Provider) -> "Sides":
        """Say who stands on either side."""
        of_opener = Subject(hall=told.hall, department=told.department, resource=told.resource)
        return cls(of_opener, Subject(hall=provider.hall, department=provider.department, resource=told.resource))

    def readable(self, asking: Asking, action: Action) -> bool:
        """Tell whether whoever asks may read it."""
        return asking.may(action, self.opener) or asking.may(action, self.provider)


Acts = Callable[[Sides], list[tuple[Action, Subject]]]
"""The ways in which an act may be done to a matter: as which action, on which side."""

NOBODY: Final = Sides(Subject(hall=""), Subject(hall=""))
"""The sides of a matter that there is not."""


def of_provider(action: Action) -> Acts:
    """Return the act of a provider."""
    return lambda sides: [(action, sides.provider)]


def of_opener(action: Action) -> Acts:
    """Return the act of whoever opened a matter."""
    return lambda sides: [(action, sides.opener)]


def check_act(asking: Asking, sides: Sides | None, acts: Acts, read: Action, what: str) -> None:
    """Judge an act on a matter, None for one that there is not; raises Refusal NOT_FOUND for one that may not even be read."""
    ways = acts(sides or NOBODY)
    asking.check_open(*(action for action, _ in ways))
    if sides is None or not (sides.readable(asking, read) or any(asking.may(*way) for way in ways)):
        raise not_found(what)
    if not any(asking.may(*way) for way in ways):
        asking.check(*ways[0])


def own(asking: Asking) -> Subject:
    """Return what is opened in the name of whoever asks."""
    return Subject(hall=asking.principal.hall, department=asking.principal.department)


def outcome(done: _T | Declined) -> _T:
    """Return what was done; raises Refusal for what was declined."""
    if isinstance(done, Declined):
        raise Refusal(done.reason, done.why, field=_FIELDS.get(done.field, done.field))
    return done


def due(awaited: str, last: date, *, provisional: bool, today: date, late: int) -> sharing_pb2.Waiting:
    """Say until when something is waited for."""
    return sharing_pb2.Waiting(awaited=awaited, due=last.isoformat(), provisional=provisional, overdue=today > last, working_days_late=late)


@dataclass(frozen=True, slots=True)
class Listing(Generic[_T]):
    """A list of matters that someone asks for: `wanted` says which, `question` names the list in its tokens."""

    docket: Docket[_T]
    tokens: PageTokens
    hall: str
    question: Sequence[str | int | None]
    wanted: Callable[[_T], bool]

    def position(self, token: str) -> Place | None:
        """Return where a page begins; raises Refusal for a token of another question or caller."""
        position: Position | None = position_in(self.tokens, token, self.hall, self.question)
        return (int(position[0]), str(position[1])) if position else None

    def page(self, after: Place | None, size: int) -> tuple[list[_T], str]:
        """Return up to `size` matters behind a place, and the token of the next page; empty for the last."""
        found = _first((matter for matter in self.docket.after(after) if self.wanted(matter)), size + 1)
        if len(found) <= size:
            return found, ""
        return found[:size], self.tokens.write(self.hall, self.question, self.docket.form.place(found[size - 1]))


def _first(found: Iterable[_T], most: int) -> list[_T]:
    taken: Iterator[_T] = iter(found)
    return [matter for _, matter in zip(range(most), taken, strict=False)]


def not_found(what: str) -> Refusal:
    """Refuse what is not there, or may not be read: both in the same words."""
    return Refusal(errors_pb2.REASON_NOT_FOUND, f"there is no such {what}, or none that may be read")
