"""Say what a verified licence file proves, in words for people and in JSON for machines.

Laws: a finding says no more than the file proves; a holder's code is never shown whole; what a hall wrote is shown without
anything that a terminal would act on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from certs.annotation import Annotation
from certs.credential import VerifiedLicence
from certs.evidence_words import shown
from certs.status_list import INVALID, SUSPENDED, VALID

_STATUS_WORDS = {VALID: "valid", INVALID: "ended", SUSPENDED: "suspended"}
_CODE = "holder.code"
_KEPT_BEFORE, _KEPT_BEHIND = 6, 4


class LicenceVerdict(StrEnum):
    """Whether a licence counts now, does not, or cannot be told to; of a file that does not hold there are no findings."""

    VALID = "valid"
    NOT_VALID = "not-valid"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Status:
    """What the hub's list says of a licence (a value of certs.status_list), as of when, and whether there has to be a newer one."""

    value: int
    at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class LicenceFindings:
    """What one file proves at `now`.

    `revoked_from` is the ledger index from which on the issuer's key no longer counts; `annotation_counts` is false when a key of
    the hall that made the annotation is revoked; `recipient` is who asks, empty when nobody said.
    """

    licence: VerifiedLicence
    revoked_from: int | None
    status: Status | None
    annotation: Annotation | None
    annotation_counts: bool
    recipient: str
    now: datetime

    @property
    def reasons(self) -> list[str]:
        """Why the licence, or its annotation, does not count now."""
        return list(_reasons(self))

    @property
    def limits(self) -> list[str]:
        """What the file does not prove, so that nobody can say whether the licence counts."""
        return list(_limits(self))

    @property
    def verdict(self) -> LicenceVerdict:
        """Say whether the licence counts now."""
        if self.reasons:
            return LicenceVerdict.NOT_VALID
        return LicenceVerdict.INCOMPLETE if self.limits else LicenceVerdict.VALID


def words(findings: LicenceFindings) -> list[str]:
    """Say line by line what is proved, and what is not."""
    claims = findings.licence.claims
    until = _time(claims.valid_to) if claims.valid_to else "for long term"
    lines = [
        f"licence: {claims.licence_id}, of type {claims.type}, trust level {claims.trust_level}",
        f"issued: by {claims.hall} of {claims.trust_domain}, at {_time(claims.issued_at)}",
        f"validity: from {_time(claims.valid_from)} {f'until {until}' if claims.valid_to else until}",
    ]
    if findings.status is not None:
        stale = ", and is stale" if findings.status.stale else ""
        lines.append(f"status: {_STATUS_WORDS.get(findings.status.value, 'unknown')}, says the list of {_time(findings.status.at)}{stale}")
    if claims.layout_digest:
        lines.append(f"layout file: {claims.layout_digest}")
    lines += [f"field: {name} = {value}" for name, value in _fields(findings.licence).items()]
    if findings.licence.hidden:
        lines.append(f"not disclosed: {findings.licence.hidden} more")
    if findings.annotation is not None:
        lines.append(_made_for(findings.annotation))
    return [
        *lines,
        *(f"not valid: {reason}" for reason in findings.reasons),
        *(f"not proved: {limit}" for limit in findings.limits),
        _always(),
    ]


def as_object(findings: LicenceFindings) -> dict[str, Any]:
    """Return the findings as an object for evidence_words.json_line."""
    claims, made = findings.licence.claims, findings.annotation
    status = findings.status
    return {
        "verdict": findings.verdict.value,
        "valid": findings.verdict is LicenceVerdict.VALID,
        "licence_id": claims.licence_id,
        "type": claims.type,
        "hall": claims.hall,
        "trust_domain": claims.trust_domain,
        "trust_level": claims.trust_level,
        "issued_at": claims.issued_at,
        "valid_from": claims.valid_from,
        "valid_to": claims.valid_to,
        "layout_digest": claims.layout_digest,
        "status": _STATUS_WORDS.get(status.value, "unknown") if status else "unknown",
        "status_at": status.at if status else None,
        "stale": status.stale if status else None,
        "fields": _fields(findings.licence),
        "not_disclosed": findings.licence.hidden,
        "recipient": made.recipient if made else None,
        "purpose": made.purpose if made else None,
        "not_valid": findings.reasons,
        "not_proved": [*findings.limits, _always().partition(": ")[2]],
    }


def masked(code: str) -> str:
    """Return a holder's code with its middle hidden, or nothing of a short one."""
    middle = len(code) - _KEPT_BEFORE - _KEPT_BEHIND
    return code[:_KEPT_BEFORE] + "*" * middle + code[-_KEPT_BEHIND:] if middle > _KEPT_BEHIND else "*" * len(code)


def _fields(licence: VerifiedLicence) -> dict[str, Any]:
    fields = {**licence.public, **licence.disclosed}
    return {name: masked(str(value)) if name == _CODE else value for name, value in fields.items()}


def _reasons(findings: LicenceFindings) -> Iterator[str]:
    claims, status = findings.licence.claims, findings.status
    if findings.now < claims.valid_from:
        yield f"it begins at {_time(claims.valid_from)}"
    if claims.valid_to is not None and findings.now >= claims.valid_to:
        yield f"it expired at {_time(claims.valid_to)}"
    # Stale or not: an ending is final, and a suspension may have ended since.
    if status is not None and status.value not in {VALID, SUSPENDED}:
        yield "it has ended: annulled, withdrawn, revoked, cancelled or superseded"
    if status is not None and status.value == SUSPENDED and not status.stale:
        yield "it is suspended"
    if findings.annotation is not None:
        yield from _annotation_reasons(findings, findings.annotation)


def _annotation_reasons(findings: LicenceFindings, made: Annotation) -> Iterator[str]:
    if findings.recipient and findings.recipient != made.recipient:
        yield f"this copy was made for {shown(made.recipient)}, not for {shown(findings.recipient)}"
    if not made.made_at <= findings.now < made.expires_at:
        yield f"this copy counts from {_time(made.made_at)} until {_time(made.expires_at)}"


def _limits(findings: LicenceFindings) -> Iterator[str]:
    if findings.revoked_from is not None:
        yield f"that the hub accepted it before entry {findings.revoked_from} of the ledger, from which on its issuer's key is revoked"
    if findings.status is None:
        yield "its status: unknown, no status list of it was given"
    elif findings.status.stale:
        yield "its status of now: the list is stale"
    if not findings.annotation_counts:
        yield "that the hall which is named made this copy: a licence key of it is revoked"
    if findings.annotation is None and findings.recipient:
        yield f"that this copy was made for {shown(findings.recipient)}: it carries no annotation"
    if findings.annotation is not None and not findings.recipient:
        yield f"that you are {shown(findings.annotation.recipient)}, for whom this copy was made: say --recipient"


def _always() -> str:
    return "never proved by a file: that no key was revoked since, beyond the key entries that it holds"


def _made_for(made: Annotation) -> str:
    case = f", in case {made.case}" if made.case else ""
    return f"copy: made by {made.hall} for {made.recipient}, for this purpose alone: {made.purpose}{case}; until {_time(made.expires_at)}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
