"""Judge changes of a register before they count.

Laws: what stands afterwards must hold together; what counted before today is not rewritten, for decisions, grants and records name the
version by which they were made: it may be ended, and a next version says something else. No law cuts the agents of a tier off.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State
from directory.errors import HallsMalformed, RulesMalformed
from directory.register.changes import Change
from directory.register.fold import Documents, changed
from directory.register.judging import Misfit, Whole, judge
from directory.register.kinds import FORMS, Kind
from directory.scopes.lifelines import cut_off
from directory.scopes.rules import Rule


def misfits(documents: Documents, changes: Sequence[Change], day: date) -> Iterator[Misfit]:
    """Yield everything for which changes of a register may not be made; `day` is today in Asia/Shanghai."""
    after = changed(documents, changes)
    kinds = {change.place.kind for change in changes}
    yield from judge(after, kinds, day)
    for kind, may_be in _MAY_BECOME.items():
        yield from _rewritten(documents, [change for change in changes if change.place.kind == kind], day, may_be)
    if Kind.RULE in kinds:
        yield from _cut_off(Whole(after, day))


def _rewritten(documents: Documents, changes: Sequence[Change], day: date, may_be: "_MayBecome") -> Iterator[Misfit]:
    said = {change.place: change.document for change in changes if change.document is not None and change.place in documents}
    if not said:
        return
    form = FORMS[changes[0].place.kind]
    old, new = form.things([documents[place] for place in said]), form.things(list(said.values()))
    if old.faults or new.faults:
        return  # what cannot be read is told by `judge`
    for place, before, after in zip(said, old.rows, new.rows, strict=True):
        if before.period.start < day and not may_be(before, after, day):
            yield Misfit(place, f"it counts since {before.period.start} and is not rewritten: give it a `to`, and add the next version")


def _rule_may_become(before: Rule, after: Rule, day: date) -> bool:
    same = replace(before, period=after.period, basis=after.basis) == after
    return same and _only_ends(before, after, day)


def _resource_may_become(before: ResourceVersion, after: ResourceVersion, day: date) -> bool:
    if before.state is State.DRAFT:
        return True
    ended = replace(before, state=after.state, period=after.period, withdrawn_on=after.withdrawn_on, ground=after.ground)
    return ended == after and after.state is not State.DRAFT and _only_ends(before, after, day)


def _only_ends(before: Any, after: Any, day: date) -> bool:  # noqa: ANN401 - anything with a period
    """Tell whether a version keeps the days on which it counted already."""
    if before.period.start != after.period.start:
        return False
    ends = [period.end for period in (before.period, after.period) if before.period.end != after.period.end]
    return all(end is None or end >= day for end in ends)


_MayBecome = Callable[[Any, Any, date], bool]
_MAY_BECOME: Final[Mapping[Kind, _MayBecome]] = {Kind.RULE: _rule_may_become, Kind.RESOURCE: _resource_may_become}
"""Of which kinds others name versions, and what a version may become once it counts."""


def _cut_off(whole: Whole) -> Iterator[Misfit]:
    """Yield from which day on agents could not do their work by the rules that there would be."""
    rules = whole.things(Kind.RULE)
    if not rules or not whole.places(Kind.HALL):
        return  # then the default rules count, or there is nobody to cut off
    try:
        found = list(cut_off(rules, whole.province, whole.day))
    except (HallsMalformed, RulesMalformed):
        return  # told by `judge`
    for day, tier, actions in found:
        yield Misfit(
            None,
            f"from {day} on these rules would cut off every hall of the tier {tier}: none opens {', '.join(actions)} to the role 'node'. "
            "The default rules end when the first rule is imported; `tongban-hub directory export rule` writes them: import all together",
        )
