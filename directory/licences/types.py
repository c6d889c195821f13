"""Say what a type of licence is (证照类型), who issues it, and which one holds at a day.

Laws: the fields of a licence are those of the catalogued resource that its type names, so that a grant of the resource opens the licence.
Every such resource has the three fields that say whose licence it is. Nothing is checked here: `requirements` does that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from directory.halls import Province, Tier
from directory.validity import Period, at

HOLDER_NAME: Final = "holder_name"
HOLDER_CODE: Final = "holder_code"
HOLDER_CODE_TYPE: Final = "holder_code_type"
HOLDER_FIELDS: Final = (HOLDER_NAME, HOLDER_CODE, HOLDER_CODE_TYPE)
"""The fields that say whose licence it is; the code's type is a word of GB/T 36903 (`CodeType` names two of them)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together on a licence's page, under a title."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceType:
    """What the province says of a type for a period.

    `type` is the USCC of the defining organ and three digits. It is issued at the `halls` named and at all halls of the `tiers`; where any
    of the `departments` sits in such a hall, by those alone. `validity_months` None is a licence without end.
    """

    type: str
    resource: str
    name: str
    halls: frozenset[str]
    tiers: frozenset[Tier]
    departments: frozenset[str]
    validity_months: int | None
    renewable: bool
    layout: tuple[Group, ...]
    period: Period

    def issued_in(self, province: Province) -> frozenset[str]:
        """Return the halls of a province that issue it."""
        return frozenset(hall.hall for hall in province if hall.hall in self.halls or hall.tier in self.tiers)


class Types:
    """All versions of all types; it never changes once built."""

    __slots__ = ("_by_resource", "_versions")

    def __init__(self, types: Iterable[LicenceType] = ()) -> None:
        self._versions: dict[str, list[LicenceType]] = {}
        self._by_resource: dict[str, list[LicenceType]] = {}
        for version in sorted(types, key=lambda version: (version.type, version.period.start)):
            self._versions.setdefault(version.type, []).append(version)
            self._by_resource.setdefault(version.resource, []).append(version)

    def __iter__(self) -> Iterator[str]:
        """Yield the codes of all types, in order."""
        return iter(self._versions)

    def versions(self, licence_type: str) -> Sequence[LicenceType]:
        """Return all versions of a type, in the order in which they begin; none of one that there never was."""
        return tuple(self._versions.get(licence_type, ()))

    def in_force(self, licence_type: str, day: date) -> LicenceType | None:
        """Return the version that holds at a day; None when none does."""
        return at(self._versions.get(licence_type, ()), day)

    def newest(self, licence_type: str, day: date) -> LicenceType | None:
        """Return the version that holds at a day or else the last one that did; None for a type that had not begun by then."""
        begun = [version for version in self._versions.get(licence_type, ()) if version.period.start <= day]
        return at(begun, day) or (begun[-1] if begun else None)

    def of_resource(self, resource: str, day: date) -> LicenceType | None:
        """Return the type whose licences are records of a resource at a day, or last were; None when there is none."""
        begun = [version for version in self._by_resource.get(resource, ()) if version.period.start <= day]
        return at(begun, day) or (begun[-1] if begun else None)

    def all_at(self, day: date) -> Mapping[str, LicenceType]:
        """Return every type that holds at a day, or last did, by its code."""
        found = {licence_type: self.newest(licence_type, day) for licence_type in self}
        return {licence_type: version for licence_type, version in found.items() if version is not None}
