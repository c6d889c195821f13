"""Say what a hall was at a day: its name, tier, superior, division code and calendar.

Laws: a hall's id is permanent, everything else of it holds for a period; tier and superior are data of their own, whatever a division
code says. At every day the halls are a tree: whoever has a superior has it the whole time, and acts below it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from directory.calendar_file import COUNTRY
from directory.divisions import BEGINNING, Divisions
from directory.errors import UnknownDivision
from directory.hall_list import linked, tier
from directory.halls import RANK, Hall, Province, Tier
from directory.identifiers import division_code_fault
from directory.reading import Cells, Columns, Read, period_cells, read_csv, write_csv
from directory.texts import hall_id_fault, id_fault, name_fault
from directory.validity import Period, clashes, gaps

COLUMNS = Columns(("hall", "name", "tier", "superior", "division_code"), ("calendar", "linked", "from", "to", "kind", "basis"))
CALENDAR = COUNTRY
"""The calendar of a hall that has no days off of its own."""


@dataclass(frozen=True, slots=True)
class HallVersion:
    """What a hall is for a period; `superior` is empty for the province alone, `calendar` names the days off that it keeps."""

    hall: str
    display_name: str
    tier: Tier
    superior: str
    division_code: str
    calendar: str
    period: Period
    linked: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """Name it among all versions of all halls."""
        return (self.hall, self.period.start.isoformat())


def seed() -> tuple[HallVersion, ...]:
    """Return the 53 halls of Jilin, each with one version."""
    return read_hall_versions((files("directory") / "data" / "halls_53.csv").read_bytes()).whole()


def as_of(versions: Iterable[HallVersion], day: date, *, unlinked: Collection[str] = ()) -> Province:
    """Return the province as it is at a day; raises HallsMalformed when it is no tree then, as when it has no hall yet."""
    present = (version for version in versions if day in version.period)
    return Province(
        Hall(
            hall=version.hall,
            display_name=version.display_name,
            tier=version.tier,
            superior=version.superior,
            division_code=version.division_code,
            linked=version.linked and version.hall not in unlinked,
        )
        for version in present
    )


def calendars(versions: Iterable[HallVersion], day: date) -> Mapping[str, str]:
    """Return the calendar that each hall keeps at a day."""
    return {version.hall: version.calendar for version in versions if day in version.period}


def read_hall_versions(data: bytes, *, judge: bool = True) -> Read[HallVersion]:
    """Read versions of halls from CSV: the columns of a list of halls, with `calendar`, `from` and `to`, the first day no more.

    Without `calendar` a hall keeps the country's, without `from` the row holds from 1980 on. How the rows stand to each other is not
    judged when `judge` is false.
    """
    read = read_csv(data, COLUMNS, _version)
    return read if read.faults or not judge else read.judged(faults(read.rows))


def write_hall_versions(versions: Iterable[HallVersion]) -> bytes:
    """Write versions of halls as CSV, as `read_hall_versions` reads them."""
    return write_csv(Columns(COLUMNS.required, COLUMNS.optional[:4]), map(_row, versions))


def faults(versions: Sequence[HallVersion]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these versions from being a province at every day.

    A superior acts above its inferiors at every day, so that no circle is possible and each row is judged by its superior's alone.
    """
    known: defaultdict[str, list[int]] = defaultdict(list)
    for position, version in enumerate(versions):
        known[version.hall].append(position)
    for positions in known.values():
        for place, other in clashes([versions[position].period for position in positions]):
            yield positions[place], f"{versions[positions[place]].hall!r} has another version in {versions[positions[other]].period}"
    for position, version in enumerate(versions):
        for fault in _faults(version, [versions[above] for above in known.get(version.superior, ())]):
            yield position, fault
    yield from _provinces(versions)


def code_faults(versions: Sequence[HallVersion], divisions: Divisions) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for every hall whose division code names nothing when its version begins."""
    for position, version in enumerate(versions):
        try:
            divisions.at(version.division_code, version.period.start)
        except UnknownDivision as error:
            yield position, f"{version.hall!r}: {error}"


def calendar_faults(versions: Sequence[HallVersion], known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for every hall that keeps a calendar of which there is no day."""
    for position, version in enumerate(versions):
        if version.calendar not in known:
            yield position, f"{version.hall!r} keeps the calendar {version.calendar!r}, of which there is no day"


def _faults(version: HallVersion, above: Sequence[HallVersion]) -> Iterator[str]:
    if not version.superior:
        if version.tier is not Tier.PROVINCE:
            yield f"{version.hall!r} acts at {version.tier} tier and needs a superior"
        return
    if version.tier is Tier.PROVINCE:
        yield f"{version.hall!r} acts at province tier, where no hall has a superior"
    elif gap := next(gaps((superior.period for superior in above), version.period), None):
        yield f"the superior {version.superior!r} of {version.hall!r} is not there in {gap}"
    for superior in above:
        if RANK[superior.tier] >= RANK[version.tier] and superior.period.overlaps(version.period):
            yield f"{version.hall!r} acts at {version.tier} tier, its superior at {superior.tier} tier, which is not above it"
            return


def _provinces(versions: Sequence[HallVersion]) -> Iterator[tuple[int, str]]:
    roots = [position for position, version in enumerate(versions) if version.tier is Tier.PROVINCE]
    for place, other in clashes([versions[position].period for position in roots]):
        if versions[roots[place]].hall != versions[roots[other]].hall:
            yield roots[place], f"{versions[roots[other]].hall!r} acts at province tier too"
    if not roots:
        yield -1, "there is no hall at province tier"


def _version(cells: Cells) -> HallVersion:
    version = HallVersion(
        hall=cells.text("hall", hall_id_fault),
        display_name=cells.text("name", name_fault),
        tier=cells.value("tier", tier, Tier.COUNTY),
        superior=cells.optional("superior", hall_id_fault),
        division_code=cells.text("division_code", division_code_fault),
        calendar=cells.text("calendar", id_fault, CALENDAR),
        period=cells.period(BEGINNING),
        linked=cells.value("linked", linked, default=True),
    )
    cells.check()
    return version


def _row(version: HallVersion) -> dict[str, str]:
    return {
        "hall": version.hall,
        "name": version.display_name,
        "tier": version.tier,
        "superior": version.superior,
        "division_code": version.division_code,
        "calendar": version.calendar,
        "linked": "yes" if version.linked else "no",
        **period_cells(version.period),
    }
