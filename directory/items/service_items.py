"""Describe a service item as its implementation list does (实施清单).

Laws: an item is the same wherever it is offered: its elements stand here once, and a place where it is offered has no field for them.
What changes makes a new version; a version holds for a period.
"""

from dataclasses import dataclass

from directory.items.vocabulary import (
    Form,
    ItemState,
    ItemType,
    Kind,
    Level,
    Medium,
    Necessity,
    Organ,
    ProcedureKind,
    ServiceObject,
    Source,
    Unit,
)
from directory.validity import Period


@dataclass(frozen=True, slots=True)
class Basis:
    """What an item or a part of it rests on (设定依据); `article` is empty where the law as a whole is meant."""

    law: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit (时限); 0 means while the applicant waits."""

    amount: int
    unit: Unit = Unit.WORKING_DAY


@dataclass(frozen=True, slots=True)
class Material:
    """What an applicant hands in (申请材料); `count` is copies of it, `condition` says when a conditional one is needed."""

    name: str
    form: Form = Form.ORIGINAL
    medium: Medium = Medium.EITHER
    count: int = 1
    necessity: Necessity = Necessity.REQUIRED
    source: Source = Source.APPLICANT
    condition: str = ""
    basis: Basis | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """A procedure whose time may stand outside a limit (特别程序, 行政许可法 Art 45), with a limit of its own."""

    name: str
    kind: ProcedureKind
    limit: Limit
    stops_statutory: bool
    stops_promised: bool
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the flow (环节), done at an office by whoever holds a post; `procedure` names a special procedure of the item."""

    order: int
    name: str
    office: str
    post: str
    limit: Limit
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """What is paid (收费项目): for what, by which standard, on which basis (行政许可法 Art 58, 59)."""

    project: str
    standard: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Result:
    """What is issued (审批结果); `licence_type` is its type in GB/T 36903 where there is an electronic one."""

    name: str
    licence_type: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """One case that an item is handled as (业务办理项), such as first grant, change, renewal; two digits from 01."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """A service item with all elements of its implementation list but those of a place where it is offered.

    `statutory` is None where no law sets a limit, `quota` empty where there is none, `visits` how often an applicant must come.
    `lower_review` is the lower organ's limit for an item that goes up by law (初审上报, 行政许可法 Art 43), None for one that does not.
    `synthetic` says what of it was made up; it is empty for what an organ has published.
    """

    code: str
    name: str
    type: ItemType
    kind: Kind
    levels: tuple[Level, ...]
    organ: Organ
    basis: tuple[Basis, ...]
    objects: tuple[ServiceObject, ...]
    conditions: tuple[str, ...]
    materials: tuple[Material, ...]
    steps: tuple[Step, ...]
    flow: str
    statutory: Limit | None
    promised: Limit
    procedures: tuple[SpecialProcedure, ...]
    fees: tuple[Fee, ...]
    results: tuple[Result, ...]
    visits: int
    quota: str
    handlings: tuple[Handling, ...]
    synthetic: str = ""
    lower_review: Limit | None = None


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A service item as it holds for a period; later versions have higher numbers."""

    item: ServiceItem
    number: int
    state: ItemState
    period: Period

    @property
    def code(self) -> str:
        """Return the item's base code, which all its versions share."""
        return self.item.code

    @property
    def key(self) -> tuple[str, ...]:
        """Name it among all versions of all items."""
        return (self.item.code, f"{self.number:06}")
