"""Judge one question about personal data, and say for the record what was decided.

Laws: a question is judged by one law throughout, on what is found and not on what was called for; the record names whoever
asked as the law was asked about them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from directory.scopes.decisions import Allowed, Denied
from directory.scopes.predicates import Never, Predicate
from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from hub.registry.laws import InForce
from tongban.directory.v1.decisions_pb2 import (
    VERDICT_ALLOWED,
    VERDICT_DENIED,
    VERDICT_NOT_FOUND,
    CitedRule,
    DecisionRecord,
    LicenceDecision,
    ShownCase,
    ShownRecord,
    Verdict,
)
from tongban.directory.v1.scopes_pb2 import Principal as SaidPrincipal
from tongban.directory.v1.scopes_pb2 import Purpose

CASES_BYTES: Final = 64 * 1024
"""Of names that a record holds of what was shown; a page of the longest list fits, unless they are very long."""

NOT_ITS_PAGE: Final = "not-its-page"
"""Why a question with a page token of another caller, question or rules is denied."""
OVER_QUOTA: Final = "over-quota"
"""Why a question of somebody who asked too much within a minute is denied."""
TOO_LARGE: Final = "too-large"
"""Why a question that takes too many decisions, or whose answer fits no frame, is denied."""

CaseId = tuple[str, str]
"""Hall and case number."""
Shown = tuple[str, str]
"""A CaseId, or the resource and key of a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who asks what through which method, why, when, and by which law it is judged: about cases, or about the records of a resource."""

    principal: Principal
    method: str
    action: Action
    purpose: Purpose
    hall: str = ""
    """Of the cases that are asked for; empty for every hall."""
    case_number: str = ""
    resource: str = ""
    """Whose records are asked for; empty for a question about cases."""
    key: str = ""
    fields: tuple[str, ...] = ()
    """Sorted; empty for all that may be read."""
    grant: str = ""
    """By which it may be answered."""
    in_force: InForce
    at: datetime

    def closed(self, columns: Mapping[str, str]) -> Denied | None:
        """Say why nothing at all is open to whoever asks, whatever there is; None when something may be."""
        asserted = self.in_force.law.may_assert(self.principal)
        if isinstance(asserted, Denied):
            return asserted
        if not isinstance(self.scope(columns), Never):
            return None
        decision = self.decide(self._nothing())
        return decision if isinstance(decision, Denied) else None

    def scope(self, columns: Mapping[str, str]) -> Predicate:
        """Say which rows of a list are open; `columns` names the column of each attribute that a row tells."""
        return self.in_force.law.predicate(self.principal, self.action, columns, self._nothing())

    def decide(self, subject: Subject) -> Allowed | Denied:
        """Judge it on one thing that was found."""
        return self.in_force.law.decide(self.principal, self.action, subject)

    def _nothing(self) -> Subject:
        return Subject(hall="", purpose=self.purpose.purpose)

    def allowed(self, decisions: Iterable[Allowed], shown: Sequence[Shown]) -> DecisionRecord:
        """Record that it was answered with these cases or records, by what allowed each of them."""
        return self._record(VERDICT_ALLOWED, sorted({(one.rule, one.version) for one in decisions}), shown=shown)

    def denied(self, denied: Denied) -> DecisionRecord:
        """Record that it was not answered."""
        nearest = denied.nearest
        return self._record(VERDICT_DENIED, [(nearest.rule, nearest.version)] if nearest else [], why=denied.why)

    def forged(self) -> DecisionRecord:
        """Record that it came with a page token that was not made for it: somebody may be trying what opens."""
        return self.refused(NOT_ITS_PAGE)

    def refused(self, why: str) -> DecisionRecord:
        """Record that it was not answered, for what no rule says: one of the words of this module."""
        return self._record(VERDICT_DENIED, [], why=why)

    def not_found(self) -> DecisionRecord:
        """Record that it was asked in vain."""
        return self._record(VERDICT_NOT_FOUND, [])

    def on_licences(self, cited: Iterable[tuple[str, int]], licences: Sequence[LicenceDecision]) -> DecisionRecord:
        """Record what came of a question about licences, query by query; `cited` are the rules by which it was decided."""
        verdicts = {one.verdict for one in licences}
        verdict = next((one for one in (VERDICT_ALLOWED, VERDICT_NOT_FOUND) if one in verdicts), VERDICT_DENIED)
        record = self._record(verdict, sorted(set(cited)))
        record.licences.extend(licences)
        return record

    def withheld(self, licences: Iterable[LicenceDecision], why: str) -> DecisionRecord:
        """Record that a question about licences was decided on and not answered: what it asked for, and that nothing was shown."""
        record = self.refused(why)
        record.licences.extend(
            LicenceDecision(
                asked_licence=one.asked_licence, asked_holder=one.asked_holder, asked_type=one.asked_type, verdict=VERDICT_DENIED, why=why
            )
            for one in licences
        )
        return record

    def _record(self, verdict: Verdict, cited: Iterable[tuple[str, int]], *, why: str = "", shown: Sequence[Shown] = ()) -> DecisionRecord:
        who = self.principal
        kept = _fitting(shown)
        record = DecisionRecord(
            hall=who.hall,
            asked_by=SaidPrincipal(role=who.role, department=who.department, person=who.person),
            method=self.method,
            action=self.action,
            purpose=self.purpose,
            asked_hall=self.hall,
            asked_case=self.case_number,
            verdict=verdict,
            rules=[CitedRule(rule=rule, version=version) for rule, version in cited],
            why=why,
            digest=b"" if len(kept) == len(shown) else digest(shown),
            rules_digest=self.in_force.rules_digest,
            asked_resource=self.resource,
            asked_key=self.key,
            fields=self.fields,
            grant=self.grant,
        )
        record.decided_at.FromDatetime(self.at)
        if self.resource:
            record.records_shown = len(shown)
            record.records.extend(ShownRecord(resource=resource, key=key) for resource, key in kept)
        else:
            record.cases_shown = len(shown)
            record.cases.extend(ShownCase(hall=hall, case_number=number) for hall, number in kept)
        return record


def digest(shown: Iterable[Shown]) -> bytes:
    """Return the digest of what was shown, in its order (tongban.directory.v1.DecisionRecord)."""
    hasher = sha256()
    for word in (word.encode() for one in shown for word in one):
        hasher.update(len(word).to_bytes(4) + word)
    return hasher.digest()


def _fitting(shown: Sequence[Shown]) -> Sequence[Shown]:
    room = CASES_BYTES
    for place, one in enumerate(shown):
        room -= sum(len(word.encode()) for word in one)
        if room < 0:
            return shown[:place]
    return shown
