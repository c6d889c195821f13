"""Keep what supervision found: cards, reminders, orders to report and rectifications that are due, each once.

Laws: a finding's id is made of what was found, so that finding it again adds nothing; findings are only added, in the order of their
numbers, and outlast a rebuild of the cases. Whoever issues documents reads them by number.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from directory.supervision.book import Place
from directory.supervision.cards import Card, CardKey
from directory.supervision.lights import Sight
from directory.supervision.rules import SupervisionRule
from directory.supervision.vocabulary import UNFOUNDED, Effect, Trigger
from hub.bulk import insert_new
from hub.cases.folded import Key
from hub.cases.tables import findings
from hub.cases.times import unix_ms

Issued = Mapping[CardKey, datetime]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: of which case (an empty number: of the hall itself), which hall is answerable, and the document as JSON."""

    id: str
    case_hall: str
    case_number: str
    hall: str
    effect: str
    card_key: str
    document: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it is kept; `number` rises from one to the next, `found_ms` is when it was found."""

    number: int
    found_ms: int
    finding: Finding


def of_card(case_hall: str, card: Card) -> Finding:
    """Return the finding that a card, a reminder or a rectification is due."""
    said = asdict(card) | {"case_hall": case_hall}
    return _finding((case_hall, card.case_number, card.hall), card.key, said)


def of_unfounded(case_hall: str, case_number: str, key: CardKey) -> Finding:
    """Return the finding that the rating, for which a rectification was found by this key, does not count any more."""
    unfounded: CardKey = (UNFOUNDED, *key[1:])
    said = {"effect": UNFOUNDED, "rule": "", "version": 0, "hall": case_hall, "key": unfounded}
    return _finding((case_hall, case_number, case_hall), unfounded, said)


def of_silence(hall: str, rule: SupervisionRule, sight: Sight) -> Finding:
    """Return the finding that a hall has been silent for longer than a rule allows: one for each time up to which it had reported."""
    reported = sight.watermarks.get(hall)
    since_ms = unix_ms(reported) if reported else 0
    key: CardKey = (Effect.ORDER_TO_REPORT.value, Trigger.SILENCE.value, hall, since_ms, 0)
    said = {
        "effect": rule.effect,
        "rule": rule.rule,
        "version": rule.version,
        "trigger": rule.trigger,
        "hall": hall,
        "since": reported,
        "reply_days": rule.reply_days,
        "key": key,
    }
    return _finding((hall, "", hall), key, said)


def last_silence(connection: sa.Connection, hall: str) -> datetime | None:
    """Return when a hall was last found to be silent; None when it never was."""
    of_hall = sa.select(findings.c.found_ms).where(findings.c.effect == Effect.ORDER_TO_REPORT.value, findings.c.hall == hall)
    found_ms = connection.scalar(of_hall.order_by(findings.c.number.desc()).limit(1))
    return None if found_ms is None else datetime.fromtimestamp(found_ms / 1000, UTC)


def silence_rule(hall: str, sight: Sight, day: date) -> SupervisionRule | None:
    """Return the rule by which a hall is told to report."""
    return sight.book.rule(Effect.ORDER_TO_REPORT, Trigger.SILENCE, Place(hall), day)


def _finding(where: tuple[str, str, str], key: CardKey, said: dict[str, Any]) -> Finding:
    case_hall, case_number, hall = where
    named = json.dumps([case_hall, case_number, key, said["rule"], said["version"], said["effect"]])
    document = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_spelled)
    return Finding(sha256(named.encode()).hexdigest(), case_hall, case_number, hall, str(said["effect"]), json.dumps(key), document)


def _spelled(value: date | datetime) -> str:
    return value.isoformat()


def add(connection: sa.Connection, found: Sequence[Finding], found_ms: int) -> int:
    """Keep findings that are new; return how many were. The caller alone adds at this time."""
    if not found:
        return 0
    number = (connection.scalar(sa.select(sa.func.max(findings.c.number))) or 0) + 1
    new = [
        (number + at, one.id, one.case_hall, one.case_number, one.hall, one.effect, one.card_key, found_ms, one.document)
        for at, one in enumerate(found)
    ]
    return insert_new(connection, findings, new)


def issued(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, Issued]:
    """Return what was found before of each case, and when."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for hall, number in keys:
        numbers[hall].append(number)
    found: dict[Key, dict[CardKey, datetime]] = defaultdict(dict)
    for hall, wanted in numbers.items():
        query = sa.select(findings.c.case_number, findings.c.card_key, findings.c.found_ms)
        for number, key, found_ms in connection.execute(query.where(findings.c.case_hall == hall, findings.c.case_number.in_(wanted))):
            found[hall, number][tuple(json.loads(key))] = datetime.fromtimestamp(found_ms / 1000, UTC)
    return dict(found)


def after(connection: sa.Connection, number: int, limit: int) -> list[Kept]:
    """Return up to `limit` findings behind a number, in order: 0 for all."""
    query = sa.select(findings).where(findings.c.number > number).order_by(findings.c.number).limit(limit)
    return rows(connection, query)


def rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Kept]:
    """Return the findings that a query over their table selects, in its order."""
    return [
        Kept(row.number, row.found_ms, Finding(row.id, row.case_hall, row.case_number, row.hall, row.effect, row.card_key, row.document))
        for row in connection.execute(query)
    ]
