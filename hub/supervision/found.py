"""Read what the read model of cases found, as it is to be issued.

Law: a thing is the case, or the hall, and the key of the clock or the act, with the effect: whatever it was found by, and however often,
it is one thing, which is issued once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from directory.supervision.cause import Cause
from directory.supervision.vocabulary import UNFOUNDED, Effect
from hub.cases.findings import Finding
from hub.errors import HubError


class FindingUnreadable(HubError):
    """A finding that this release cannot read."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is to be issued to a hall; `thing` is its name, in hexadecimal, `reply_days` are working days.

    `grade` is that of the rating which opens a rectification.
    """

    thing: str
    effect: Effect
    hall: str
    cause: Cause
    reply_days: int
    grade: int = 0


def thing(finding: Finding) -> str:
    """Return the name of what was found: SHA-256 in hexadecimal."""
    return _name(finding, json.loads(finding.card_key))


def _name(finding: Finding, key: Sequence[Any]) -> str:
    named = json.dumps([finding.case_hall, finding.case_number, key])
    return sha256(named.encode()).hexdigest()


def unfounded(finding: Finding) -> str | None:
    """Return the name of the rectification whose rating does not count any more; None where the finding is about something else."""
    if finding.effect != UNFOUNDED:
        return None
    key = json.loads(finding.card_key)
    return _name(finding, [Effect.RECTIFICATION.value, *key[1:]])


def read(finding: Finding, reported: Mapping[str, datetime]) -> Found:
    """Read a finding; `reported` says up to when each hall has reported. Raises FindingUnreadable."""
    try:
        said = json.loads(finding.document)
        hall = str(said["hall"])
        effect = Effect(said["effect"])
        grade = int(said["of"]) if effect is Effect.RECTIFICATION else 0
        return Found(thing(finding), effect, hall, _cause(said, reported.get(hall)), int(said["reply_days"]), grade)
    except (KeyError, TypeError, ValueError) as error:
        raise FindingUnreadable(f"finding {finding.id}: this release cannot read it") from error


def _cause(said: Mapping[str, Any], reported: datetime | None) -> Cause:
    due, since = said.get("due"), said["since"]
    return Cause(
        rule=str(said["rule"]),
        version=int(said["version"]),
        trigger=str(said["trigger"]),
        case_hall=str(said.get("case_hall", "")),
        case_number=str(said.get("case_number", "")),
        subject=str(said.get("subject", "")),
        of=str(said.get("of", "")),
        due=date.fromisoformat(due) if due else None,
        events=tuple(map(int, said.get("events", ()))),
        since=datetime.fromisoformat(since) if since else None,
        reported_up_to=reported,
        late_recorded=bool(said.get("late_recorded", False)),
    )
