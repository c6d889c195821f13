"""Say what an information resource is, in one version of it.

Laws: a resource has one permanent id, under which its records are sent, and a catalogue code (政务信息资源代码). All that is
said of it may change, but only from one version to the next. Nothing is checked here: `requirements` does that.
"""

from dataclasses import dataclass, field
from datetime import date

from directory.catalogue.vocabulary import (
    Format,
    ItemType,
    Manner,
    Openness,
    Pattern,
    ResourceClass,
    Sensitivity,
    SharingType,
    State,
    UpdateCycle,
)
from directory.validity import Period


@dataclass(frozen=True, slots=True)
class Code:
    """One value that a field of type CODE may hold, and what it means."""

    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceItem:
    """One field of a resource's records (信息项).

    `name` is its key in a record. `max_length` counts Unicode code points; it and `pattern` belong to TEXT alone, `codes`
    to CODE alone.
    """

    name: str
    title: str
    type: ItemType
    sensitivity: Sensitivity
    required: bool = True
    max_length: int | None = None
    pattern: Pattern | None = None
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What the catalogue says of a resource (GB/T 21063.3, core metadata).

    `provider` is a department's id. `sharing_terms` is the condition of a conditional resource and the legal basis of one
    that is not shared; `openness_terms` the like for the public. `encrypted`: payloads are readable to their readers alone.
    """

    resource: str
    code: str
    resource_class: ResourceClass
    display_name: str
    provider: str
    provider_uscc: str
    abstract: str
    format: Format
    sharing: SharingType
    sharing_terms: str = ""
    manner: Manner
    openness: Openness
    openness_terms: str = ""
    update_cycle: UpdateCycle
    related: tuple[str, ...] = ()
    encrypted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceVersion:
    """One version of a resource: what is said of it, its fields, and sample records as JSON.

    Of a draft `period` is planned, of a published version it starts on the release date (发布日期) and ends when the next
    one is published. A withdrawn version is not in force from `withdrawn_on` on, for the `ground` given.
    """

    resource: Resource
    version: int
    period: Period
    state: State
    items: tuple[ResourceItem, ...]
    samples: tuple[str, ...] = ()
    withdrawn_on: date | None = None
    ground: str = ""
    item_names: frozenset[str] = field(init=False, repr=False, compare=False)
    """The names of all its fields."""

    def __post_init__(self) -> None:
        """Take the names together, once: every decision on its records asks for them."""
        object.__setattr__(self, "item_names", frozenset(item.name for item in self.items))

    def in_force(self, day: date) -> bool:
        """Say whether the version holds at a day."""
        if self.state is State.DRAFT or day not in self.period:
            return False
        return self.withdrawn_on is None or day < self.withdrawn_on

    @property
    def sensitivity(self) -> Sensitivity:
        """Return the highest sensitivity of its fields; PUBLIC without any."""
        return max((item.sensitivity for item in self.items), key=_RANK.__getitem__, default=Sensitivity.PUBLIC)


_RANK = {sensitivity: rank for rank, sensitivity in enumerate(Sensitivity)}


def as_sensitive(sensitivity: Sensitivity, other: Sensitivity) -> bool:
    """Say whether a level is at least as sensitive as another."""
    return _RANK[sensitivity] >= _RANK[other]
