"""Decide which licences, and which of their fields, one who asks may see.

Laws: every query of a question is decided by itself, by what it is about and never by what there is; a grant counts as it stands at the
moment of the query. What may not be seen and what is not there are answered alike.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import Manner
from directory.licences.disclosing import disclosed, wanted
from directory.licences.types import LicenceType, Types
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.subject import Subject
from directory.sharing.applications import Grant
from hub.decisions.questions import Question
from hub.licences.queries import CitedCase, Looked, Row
from hub.records.granted import Grants, holds
from tongban.directory.v1.decisions_pb2 import (
    VERDICT_ALLOWED,
    VERDICT_DENIED,
    VERDICT_NOT_FOUND,
    LicenceDecision,
    ShownLicence,
)

_ANSWERS: Final = frozenset({Manner.QUERY, Manner.DELIVERY})
"""Grants of these manners answer questions."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query: a licence by its identifier, or those of a holder (keyed hash), of one type or of every one; no fields are all."""

    licence_id: str
    holder: bytes
    type: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open of the licences of one type: fields as the catalogue names them, the claims that are disclosed, and by what."""

    fields: tuple[str, ...]
    claims: tuple[str, ...]
    grant: str
    decision: Allowed


@dataclass(frozen=True, slots=True)
class Shown:
    """One licence that is shown, in these claims."""

    row: Row
    opened: Opened


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one query: what is shown, by which grants, the rules that are cited, and what is written down of it."""

    shown: tuple[Shown, ...]
    grant: str
    cited: frozenset[tuple[str, int]]
    record: LicenceDecision


@dataclass(frozen=True, slots=True)
class Judge:
    """Who decides on the queries of one question; `counts` says of a row whether its key still counts."""

    question: Question
    types: Types
    grants: Grants
    clock: Callable[[], datetime]
    counts: Callable[[Row], bool]

    def judged(self, query: Query, looked: Looked) -> Judged:
        """Decide on one query."""
        purpose = self.question.purpose
        opened, denied = self._opened(query, looked.cases.get((purpose.case_hall, purpose.case_number)))
        found = _found(query, looked)
        shown = tuple(Shown(row, opened[row.type]) for row in found if row.type in opened and self.counts(row))
        cited = {(one.decision.rule, one.decision.version) for one in opened.values()}
        if not opened and denied.nearest:
            cited = {(denied.nearest.rule, denied.nearest.version)}
        grant = ",".join(sorted({one.opened.grant for one in shown if one.opened.grant}))
        verdict = VERDICT_ALLOWED if shown else VERDICT_NOT_FOUND if opened else VERDICT_DENIED
        record = LicenceDecision(
            asked_licence=query.licence_id,
            asked_holder=query.holder,
            asked_type=query.type,
            verdict=verdict,
            why="" if opened else denied.why,
            grant=grant,
            shown=[ShownLicence(licence_id=one.row.licence_id, holder=one.row.holder, fields=one.opened.fields) for one in shown],
        )
        return Judged(shown, grant, frozenset(cited), record)

    def _opened(self, query: Query, case: CitedCase | None) -> tuple[Mapping[str, Opened], Denied]:
        """Return what is open, by type; and why not, where nothing is."""
        opened: dict[str, Opened] = {}
        denied = Denied(Why.NO_RULE)
        for licence_type in self._types(query):
            version = self.question.in_force.law.resources.get(licence_type.resource)
            if version is None:
                continue
            decided = self._decided(query, version, case)
            if isinstance(decided, Denied):
                denied = denied if denied.nearest else decided
            else:
                opened[licence_type.type] = decided
        return opened, denied

    def _types(self, query: Query) -> Sequence[LicenceType]:
        day = self.question.in_force.law.day
        if not query.type:
            return list(self.types.all_at(day).values())
        found = self.types.newest(query.type, day)
        return [found] if found is not None else []

    def _decided(self, query: Query, version: ResourceVersion, case: CitedCase | None) -> Opened | Denied:
        denied: Denied | None = None
        for subject in self._subjects(query, version, case):
            decision = self.question.decide(subject)
            if isinstance(decision, Allowed):
                grant = subject.grant.grant if isinstance(subject.grant, Grant) else ""
                return Opened(tuple(sorted(subject.fields)), disclosed(subject.fields, version), grant, decision)
            denied = denied or decision
        return denied or Denied(Why.NO_RULE)

    def _subjects(self, query: Query, version: ResourceVersion, case: CitedCase | None) -> Iterator[Subject]:
        """Yield what is asked for as each live grant to the hall lets it through, and last without any."""
        law, now = self.question.in_force.law, self.clock()
        hall, provider = self.question.principal.hall, version.resource.provider
        live = [one for one in self.grants.grants_of(version.resource.resource) if one.hall == hall and one.manner in _ANSWERS]
        for grant in [*(one for one in live if holds(one, law, now)), None]:
            yield Subject(
                hall=law.hall_of(provider),
                department=provider,
                resource=version.resource.resource,
                fields=wanted(query.fields, grant.fields if grant else version.item_names, version),
                purpose=self.question.purpose.purpose,
                grant=grant,
                case_open=case.is_open if case else None,
                case_hall=case.hall if case else "",
                case_department=case.department if case else "",
            )


def _found(query: Query, looked: Looked) -> Sequence[Row]:
    if query.licence_id:
        row = looked.by_id.get(query.licence_id)
        return [row] if row is not None else []
    return [row for row in looked.by_holder.get(query.holder, ()) if query.type in {"", row.type}]
