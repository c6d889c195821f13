"""Make acts on licences, and a province that issues them; synthetic."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from directory.hall_list import seed
from directory.licences.acts import Act
from directory.licences.identifiers import LicenceId
from directory.licences.judging import Issuing
from directory.licences.types import Types
from directory.licences.vocabulary import ENDINGS, MAKING, ActKind
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from tests.province import licensed, provincial

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
YUSHU = "220182"
"""The division code of a county hall."""
OFFICER = Principal("yushu", "licence-officer", "", "1024")
FIRST = LicenceId(licensed.FOOD, YUSHU, "0000001", 1)
OTHER = LicenceId(licensed.FOOD, YUSHU, "0000002", 1)


@cache
def law(day: date = TODAY) -> Law:
    """Give the default rules in the province of the demonstration."""
    return Law.compile(default_rules(), seed(), provincial.departments(), day, licensed.resources())


@cache
def issuing(day: date = TODAY) -> Issuing:
    """Give who issues what."""
    return Issuing.of(law(day), Types(licensed.types()), provincial.departments())


def act(kind: ActKind = ActKind.ISSUED, licence: LicenceId = FIRST, **changes: Any) -> Act:
    """Give an act that is complete; of a change or renewal, `licence` is the version that it makes."""
    usual: dict[str, Any] = {"kind": kind, "licence": licence, "effective_at": NOON - timedelta(minutes=1)}
    if kind in MAKING:
        usual |= {"credential": "e30.e30.e30~", "trust_level": 1}
    if kind in {ActKind.CHANGED, ActKind.RENEWED}:
        usual["previous"] = LicenceId(licence.type, licence.issuer, licence.serial, licence.version - 1)
    if kind is ActKind.SUPERSEDED:
        usual["successor"] = OTHER
    if kind is not ActKind.ISSUED:
        usual["ground"] = "经营场所变更（示例）"
    if kind in ENDINGS:
        usual |= {"ground": min(ENDINGS[kind]), "basis": "行政许可法", "second_officer": "2048", "document": "示例决字1号"}
    if kind is ActKind.CANCELLED:
        usual["ground"] = "not-renewed"
    return Act(**(usual | changes))
