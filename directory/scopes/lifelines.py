"""Say which halls a law would cut off from the exchange.

Laws: an agent that cannot submit, receive, watch the ledger and read its own journal back is cut off, whatever else it may do.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from directory.halls import Province, Tier
from directory.scopes.decisions import Denied
from directory.scopes.law import Law
from directory.scopes.principal import HUB, Principal
from directory.scopes.rules import Rule
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role

_OF_ITS_OWN: Final = (Action.EXCHANGE_SUBMIT, Action.EXCHANGE_RECEIVE, Action.JOURNAL_READ, Action.HALL_RENEW)
_LEDGER: Final = Subject(hall=HUB, without_payload=True)


def cut_off(rules: Iterable[Rule], province: Province, day: date) -> Iterator[tuple[date, Tier, tuple[Action, ...]]]:
    """Yield from which day on, at which tier, agents may not do what they must; for each tier the first such day from `day` on.

    Raises RulesMalformed for rules that contradict each other.
    """
    # What is a hall's own is the same to every hall of a tier.
    halls = {hall.tier: hall.hall for hall in province}
    of_nodes = [rule for rule in rules if Role.NODE in rule.roles]
    cut: set[Tier] = set()
    for turn in _turns(of_nodes, day):
        law = Law.compile(of_nodes, province, (), turn)
        for tier, hall in halls.items():
            missing = _missing(law, hall) if tier not in cut else ()
            if missing:
                cut.add(tier)
                yield turn, tier, missing


def _turns(rules: Iterable[Rule], day: date) -> list[date]:
    """Return the days on which another law begins, today included."""
    ends = {end for rule in rules for end in (rule.period.start, rule.period.end) if end is not None and end > day}
    return sorted({day} | ends)


def _missing(law: Law, hall: str) -> tuple[Action, ...]:
    """Return what is closed to the agent of a hall."""
    wanted = [(action, Subject(hall=hall)) for action in _OF_ITS_OWN] + [(Action.LEDGER_READ, _LEDGER)]
    node = Principal(hall, Role.NODE)
    return tuple(action for action, subject in wanted if isinstance(law.decide(node, action, subject), Denied))
