"""Say which limits hold for the cases of an item, and what a place rules besides.

Laws: what the law fixes is the default; a place may change only what is its own (the parameters of `LocalRules`). A case of an
item that nobody knows has the law's limits, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from directory.items.service_items import ItemVersion, Limit, SpecialProcedure
from directory.items.vocabulary import ART_45, ItemType, ProcedureKind

DECISION: Final = Limit(20)
"""行政许可法 Art 42; also of the lower organ's review (Art 43)."""
EXTENSION_DAYS: Final = 10
"""行政许可法 Art 42: working days, once."""
JOINT: Final = Limit(45)
"""行政许可法 Art 42, Art 26: unified, joint or concentrated handling."""
JOINT_EXTENSION_DAYS: Final = 15


@dataclass(frozen=True, slots=True)
class StepLimit:
    """The limit of a step; `procedure` names the special procedure that the step itself is."""

    limit: Limit
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureLimit:
    """What a special procedure stops, and its own limit where it has one."""

    limit: Limit | None
    stops_statutory: bool
    stops_promised: bool
    by_law: bool = False
    """行政许可法 Art 45 itself excludes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one item. `known` is false for an item that is not in the register; None is a limit that there is not.

    `lower_review` is the lower organ's own limit, for items that go up by law (初审上报). `extension_days` is the most by which
    the decision may be put off. `deems_accepted`: no answer in time is acceptance, as for licences.
    """

    known: bool = True
    statutory: Limit | None = DECISION
    promised: Limit | None = None
    lower_review: Limit | None = None
    extension_days: int = EXTENSION_DAYS
    deems_accepted: bool = True
    delivers: bool = True
    steps: Mapping[str, StepLimit] = field(default_factory=lambda: MappingProxyType({}))
    procedures: Mapping[str, ProcedureLimit] = field(default_factory=lambda: MappingProxyType({}))
    fees: frozenset[str] = frozenset()


UNKNOWN_ITEM: Final = Limits(known=False)
"""What holds for a case of an item that is not in the register: the law's limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRules:
    """What a place rules (地方规定), all in working days but `renewal_ahead_days`, which are days.

    `promised_resumes_past_limit`: the promised clock runs again once a procedure is past its own limit. `silence_grants`
    (超时默许): a case whose promised limit has passed counts as granted.
    """

    notice_days: int = 5
    delivery_days: int = 10
    renewal_ahead_days: int = 30
    promised_resumes_past_limit: bool = False
    promised_until_closed: bool = False
    extension_moves_promised: bool = True
    referral_stops_promised: bool = True
    silence_grants: bool = False


NATIONAL: Final = LocalRules()
"""What holds where a place rules nothing."""


def limits_of(version: ItemVersion | None) -> Limits:
    """Return the limits of an item as it holds; of an unknown one, those of the law."""
    if version is None:
        return UNKNOWN_ITEM
    item = version.item
    licence = item.type is ItemType.LICENCE
    return Limits(
        statutory=item.statutory or (DECISION if licence else None),
        promised=item.promised,
        lower_review=item.lower_review,
        deems_accepted=licence,
        delivers=bool(item.results),
        steps={step.name: StepLimit(step.limit, step.procedure) for step in item.steps},
        procedures={procedure.name: _procedure(procedure) for procedure in item.procedures},
        fees=frozenset(fee.project for fee in item.fees),
    )


def procedure_limit(limits: Limits, name: str) -> ProcedureLimit | None:
    """Return what holds for a procedure: by its name in the item's list, or by the word for its kind; None for neither."""
    if found := limits.procedures.get(name):
        return found
    try:
        kind = ProcedureKind(name)
    except ValueError:
        return None
    by_law = kind in ART_45
    # 公示 is outside the promised limit where halls publish; a site survey (现场踏勘) is work like any other unless the item says else.
    return ProcedureLimit(None, stops_statutory=by_law, stops_promised=kind is not ProcedureKind.SITE_SURVEY, by_law=by_law)


def _procedure(procedure: SpecialProcedure) -> ProcedureLimit:
    return ProcedureLimit(procedure.limit, procedure.stops_statutory, procedure.stops_promised, procedure.kind in ART_45)
