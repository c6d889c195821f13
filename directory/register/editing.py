"""Say whose a row of the register is, and what of it people of a hall may change.

Laws: a row is judged as it was and as it would be, so that nobody takes a thing over or gives one away; what identifies a hall or an
organ is the province's, whatever the rules of access open; the operator alone links halls, and changes what is of any other kind.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from directory.calendar_file import COUNTRY
from directory.halls import Province
from directory.register.changes import Change, Place
from directory.register.fold import Documents
from directory.register.kinds import Kind
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.law import Law
from directory.scopes.principal import HUB, Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action

EDITABLE: Final = (Kind.HALL, Kind.DEPARTMENT, Kind.ITEM, Kind.OFFER, Kind.CALENDAR_DAY, Kind.RULE)
"""Kinds that people at halls edit."""
LOCAL: Final[Mapping[str, frozenset[str]]] = {
    Kind.HALL: frozenset({"name"}),
    Kind.DEPARTMENT: frozenset({"name", "superior", "from", "to"}),
}
"""What halls below the province change of a kind's rows; of other kinds all that is theirs."""

_OF_A_HALL: Final = frozenset({Kind.HALL, Kind.DEPARTMENT, Kind.OFFER})


@dataclass(frozen=True, slots=True)
class Claim:
    """What a change wants: the halls whose row it is, before and after, and the fields that the province alone changes."""

    place: Place
    halls: frozenset[str]
    reserved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotEntitled:
    """Why somebody may not make a change: the law denies it, or it touches fields that are the province's."""

    place: Place
    action: Action
    denied: Denied
    reserved: tuple[str, ...] = ()


def entitled(law: Law, who: Principal, wanted: Iterable[Claim], second_person: str) -> list[Allowed] | NotEntitled:
    """Judge all that is wanted; `second_person` is who has confirmed it, or anybody where it is yet to be confirmed."""
    found: list[Allowed] = []
    province = {hall.hall for hall in law.province if not hall.superior}
    for claim in wanted:
        action = action_on(claim.place.kind)
        for hall in sorted(claim.halls):
            decision = law.decide(who, action, Subject(hall=hall, second_person=second_person))
            if isinstance(decision, Denied):
                return NotEntitled(claim.place, action, decision)
            found.append(decision)
        if claim.reserved and who.hall not in province:
            return NotEntitled(claim.place, action, Denied(Why.NO_RULE), claim.reserved)
    return found


def action_on(kind: str) -> Action:
    """Return the action as which an edit of a kind is decided."""
    return Action.RULES_EDIT if kind == Kind.RULE else Action.DIRECTORY_EDIT


def needs_confirmation(kinds: Iterable[str]) -> bool:
    """Tell whether a second person has to confirm: rules of access decide who may edit them, so nobody changes them alone."""
    return Kind.RULE in set(kinds)


def claims(documents: Documents, changes: Sequence[Change], province: Province) -> Iterator[Claim]:
    """Yield what each change wants; `documents` are the register before it."""
    calendars = _keepers(documents)
    for change in changes:
        before, after = _read(documents.get(change.place)), _read(change.document)
        stated = [table for table in (before, after) if table]
        halls = frozenset(_hall(change.place.kind, table, calendars, province) for table in stated)
        yield Claim(change.place, halls, tuple(_reserved(change.place, before or _last(documents, change.place), after)))


def unlawful(documents: Documents, changes: Sequence[Change]) -> Iterator[tuple[Place, str]]:
    """Yield (place, what is wrong) for what no page changes, whoever asks."""
    halls = {place.key for place in documents if place.kind == Kind.HALL}
    for change in changes:
        if change.place.kind not in EDITABLE:
            yield change.place, f"{change.place.kind} is changed by the operator's import alone"
        elif change.document is None:
            yield change.place, "nothing is removed: it ends by its `to`"
        elif change.place.kind == Kind.HALL:
            before, after = _read(documents.get(change.place)) or _last(documents, change.place), _read(change.document)
            if change.place.key not in halls:
                yield change.place, "a hall is added by the operator, who invites its agent"
            elif before.get("linked") != after.get("linked"):
                yield change.place, "`linked` is changed by the operator: tongban-hub hall link, hall unlink"


def _read(document: str | None) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(document) if document else {}
    return table


def _last(documents: Documents, place: Place) -> dict[str, Any]:
    """Return what the thing's last version says; nothing of a thing that is new."""
    versions = sorted(other for other in documents if (other.kind, other.key) == (place.kind, place.key))
    return _read(documents[versions[-1]]) if versions else {}


def _reserved(place: Place, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    local = LOCAL.get(place.kind)
    if local is None:
        return
    yield from (name for name in sorted({*before, *after} - local) if before.get(name) != after.get(name))
    if place.kind == Kind.HALL and place.version and before.get("from") != after.get("from"):
        yield "from"


def _hall(kind: str, table: Mapping[str, Any], calendars: Mapping[str, frozenset[str]], province: Province) -> str:
    """Return the hall whose row it is; the hub's is what the whole province goes by."""
    if kind in _OF_A_HALL:
        hall = str(table.get("hall", ""))
        return hall if hall in province else HUB
    if kind == Kind.CALENDAR_DAY:
        keepers = calendars.get(str(table.get("calendar") or COUNTRY), frozenset())
        return next((hall for hall in sorted(keepers) if hall in province and keepers <= province.subtree(hall)), HUB)
    return HUB


def _keepers(documents: Documents) -> dict[str, frozenset[str]]:
    """Return which halls go by which calendar of days off of their own, in any version."""
    found: dict[str, set[str]] = {}
    for place, document in documents.items():
        if place.kind == Kind.HALL:
            table = _read(document)
            found.setdefault(str(table.get("calendar") or COUNTRY), set()).add(str(table["hall"]))
    found.pop(COUNTRY, None)
    return {calendar: frozenset(halls) for calendar, halls in found.items()}
