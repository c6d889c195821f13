"""Give the matrix its ground: halls of Jilin and what stands where around them, said by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from directory.scopes.principal import Principal
from directory.scopes.subject import Subject
from directory.validity import Period

TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)
BEFORE_ALL_RULES = date(2025, 12, 31)
LONG_SINCE = Period(date(2020, 1, 1))


@dataclass(frozen=True, slots=True)
class Department:
    """A department as far as the law looks at it; synthetic."""

    department: str
    hall: str
    superior: str = ""
    period: Period = LONG_SINCE


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as far as the law looks at it."""

    hall: str
    department: str
    resource: str
    fields: frozenset[str]
    purpose: str
    period: Period
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A hall and some of the others, by where they stand from it; `tier` as the table writes it."""

    tier: str
    around: Mapping[str, tuple[str, ...]]


PLACES = {
    "jilin-sheng": Place("省", {"own": ("jilin-sheng",), "below": ("changchun", "meihekou", "yushu", "huinan"), "hub": ("hub",)}),
    "changchun": Place(
        "市",
        {
            "own": ("changchun",),
            "below": ("yushu", "gongzhuling"),
            "above": ("jilin-sheng",),
            "beside": ("siping", "meihekou"),
            "elsewhere": ("lishu", "huinan"),
            "hub": ("hub",),
        },
    ),
    # Its code reads as a county of 通化, under which it does not stand.
    "meihekou": Place(
        "市",
        {
            "own": ("meihekou",),
            "above": ("jilin-sheng",),
            "beside": ("tonghua-shi", "changchun"),
            "elsewhere": ("huinan", "yushu"),
            "hub": ("hub",),
        },
    ),
    "tonghua-shi": Place(
        "市",
        {
            "own": ("tonghua-shi",),
            "below": ("huinan", "tonghua-xian"),
            "above": ("jilin-sheng",),
            "beside": ("meihekou", "changbaishan"),
            "elsewhere": ("yushu", "lishu"),
            "hub": ("hub",),
        },
    ),
    "yushu": Place(
        "县",
        {
            "own": ("yushu",),
            "above": ("changchun", "jilin-sheng"),
            "beside": ("gongzhuling", "dehui"),
            "elsewhere": ("siping", "huinan", "meihekou"),
            "hub": ("hub",),
        },
    ),
    "hub": Place("枢", {"own": ("hub",), "elsewhere": ("jilin-sheng", "changchun", "yushu")}),
}
ISSUERS_BELOW = {"jilin-sheng": "meihekou", "changchun": "yushu", "tonghua-shi": "huinan"}
"""A hall directly below, of whose cards a hall judges appeals."""

# Two lines: human resources, and construction. 梅河口's departments stand directly below the province's, as the hall does.
DEPARTMENTS = (
    Department("jilin-sheng-rs", "jilin-sheng"),
    Department("changchun-rs", "changchun", "jilin-sheng-rs"),
    Department("yushu-rs", "yushu", "changchun-rs"),
    Department("meihekou-rs", "meihekou", "jilin-sheng-rs"),
    Department("tonghua-shi-rs", "tonghua-shi", "jilin-sheng-rs"),
    Department("huinan-rs", "huinan", "tonghua-shi-rs"),
    Department("jilin-sheng-js", "jilin-sheng"),
    Department("changchun-js", "changchun", "jilin-sheng-js"),
    Department("yushu-js", "yushu", "changchun-js"),
    # Closed this morning, founded tomorrow, and moved from one hall to another.
    Department("yushu-closed", "yushu", "changchun-rs", Period(date(2020, 1, 1), TODAY)),
    Department("yushu-coming", "yushu", "changchun-rs", Period(TOMORROW)),
    Department("moved", "yushu", "", Period(date(2020, 1, 1), TODAY)),
    Department("moved", "changchun", "", Period(TODAY)),
    Department("moved", "dehui", "", Period(TOMORROW)),
)
OF_THE_DAY = {department.department: department for department in DEPARTMENTS if TODAY in department.period}
OWN = {hall: f"{hall}-rs" for hall in PLACES if hall != "hub"} | {"hub": ""}
IN_LINE = {
    "jilin-sheng": ("changchun-rs", "yushu-rs", "meihekou-rs"),
    "changchun": ("yushu-rs",),
    "tonghua-shi": ("huinan-rs",),
    "meihekou": (),
    "yushu": (),
    "hub": (),
}
OTHER = {
    "jilin-sheng": ("jilin-sheng-js", "changchun-js", ""),
    "changchun": ("jilin-sheng-rs", "changchun-js", "meihekou-rs", ""),
    "tonghua-shi": ("jilin-sheng-rs", "changchun-js", "meihekou-rs", ""),
    "meihekou": ("jilin-sheng-rs", "tonghua-shi-rs", "huinan-rs", ""),
    "yushu": ("changchun-rs", "jilin-sheng-rs", "yushu-js", ""),
    "hub": ("jilin-sheng-rs", ""),
}


def departments_of(hall: str, which: str) -> tuple[str, ...]:
    """Give the departments that a row of the table means for a hall."""
    kinds = {"own": (OWN[hall],), "line": IN_LINE[hall], "other": OTHER[hall]}
    return kinds["own"] + kinds["line"] + kinds["other"] if which == "any" else kinds[which]


def someone(hall: str, role: str) -> Principal:
    """Give a person of a hall's own department."""
    return Principal(hall, role, OWN[hall], "zhang")


def in_order(hall: str, at: str, department: str, referred_to: str = "") -> Subject:
    """Give something at a hall of which all is in order for the people of a hall."""
    grant = Grant(hall, OWN[hall], "licence-of-food", frozenset({"number", "holder"}), "renewal", Period(date(2026, 1, 1), TOMORROW))
    return Subject(
        hall=at,
        department=department,
        referred_to=referred_to,
        thread_halls=frozenset({"dehui", hall}),
        issuer_hall=ISSUERS_BELOW.get(hall, ""),
        case_open=True,
        case_hall=hall,
        case_department=OWN[hall],
        type_issued=True,
        without_payload=True,
        resource="licence-of-food",
        fields=frozenset({"number"}),
        purpose="renewal",
        grant=grant,
        second_person="wang",
        cited_rule="overdue/2",
        role="clerk",
    )


def _spoilt_grants(subject: Subject) -> dict[str, Subject]:
    grant = subject.grant
    assert isinstance(grant, Grant)
    return {
        "the grant is for another purpose": replace(subject, grant=replace(grant, purpose="statistics")),
        "there is no grant": replace(subject, grant=None),
        "the grant is another hall's": replace(subject, grant=replace(grant, hall="dehui")),
        "the grant is another department's": replace(subject, grant=replace(grant, department="changchun-js")),
        "the grant is for another resource": replace(subject, grant=replace(grant, resource="licence-of-trade")),
        "the grant ended this morning": replace(subject, grant=replace(grant, period=Period(date(2026, 1, 1), TODAY))),
        "the grant was ended before its time": replace(subject, grant=replace(grant, ended_at=datetime(2026, 11, 23, tzinfo=UTC))),
        "the grant begins tomorrow": replace(subject, grant=replace(grant, period=Period(TOMORROW))),
        "one field is not in the grant": replace(subject, fields=frozenset({"number", "birthday"})),
        "no field is asked for": replace(subject, fields=frozenset()),
        "no purpose is stated": replace(subject, purpose="", grant=replace(grant, purpose="")),
        "the purpose is a blank": replace(subject, purpose=" ", grant=replace(grant, purpose=" ")),
        "the grant is the whole hall's": replace(subject, grant=replace(grant, department="")),
    }


def spoilt(hall: str, subject: Subject) -> Mapping[str, Subject]:
    """Give the same thing with one thing not in order, by the words of the table."""
    beside = PLACES[hall].around.get("beside", ("",))[0]
    return _spoilt_grants(subject) | {
        "no thread is about the case": replace(subject, thread_halls=frozenset()),
        "only other halls' threads are about the case": replace(subject, thread_halls=frozenset({"dehui"})),
        "the case is closed": replace(subject, case_open=False),
        "nobody knows whether the case is open": replace(subject, case_open=None),
        "the case cited is another hall's": replace(subject, case_hall="dehui"),
        "the case cited is another department's": replace(subject, case_department="changchun-js"),
        "no case is cited": replace(subject, case_hall="", case_department=""),
        "nobody has confirmed it": replace(subject, second_person=""),
        "the same officer has confirmed it": replace(subject, second_person="zhang"),
        "the hall does not issue the type": replace(subject, type_issued=False),
        "nobody knows whether the hall issues the type": replace(subject, type_issued=None),
        "no rule of supervision is cited": replace(subject, cited_rule=""),
        "the card was issued by the own hall": replace(subject, issuer_hall=hall),
        "the card was issued by a hall beside": replace(subject, issuer_hall=beside),
        "nobody knows who issued the card": replace(subject, issuer_hall=""),
        "the role that is given is an operator's": replace(subject, role="operator"),
        "the role that is given does not exist": replace(subject, role="emperor"),
        "what is shown holds payloads": replace(subject, without_payload=False),
        "nobody knows whether what is shown holds payloads": replace(subject, without_payload=None),
    }


_FOREIGN_DEPARTMENTS = (
    ("changchun", "jilin-sheng-rs"),
    ("yushu", "changchun-rs"),
    ("changchun", "yushu-rs"),
    ("yushu", "no-such"),
    ("yushu", "yushu-closed"),
    ("yushu", "yushu-coming"),
    ("yushu", "moved"),
    ("hub", "jilin-sheng-rs"),
    ("atlantis", ""),
    ("", ""),
)
_LYING_ROLES = ("clerk", "reviewer", "guide", "catalogue-administrator", "operator")
LIES = (
    *(Principal(hall, role, department, "zhang") for hall, department in _FOREIGN_DEPARTMENTS for role in _LYING_ROLES),
    Principal("yushu", "emperor"),
    Principal("yushu", ""),
    Principal("jilin-sheng", "Clerk"),
)
"""What no hall may assert of anyone."""
