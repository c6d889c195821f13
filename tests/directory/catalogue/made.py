"""Make resources for tests: synthetic, with identifiers that hold."""

from dataclasses import replace
from datetime import date
from typing import Any

from directory.catalogue.resources import Code, Resource, ResourceItem, ResourceVersion
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
from directory.identifiers import citizen_id_check, uscc_of
from directory.validity import Period

USCC = uscc_of("11220000000000001")
CITIZEN_ID = "11010118991231002"
CITIZEN_ID += citizen_id_check(CITIZEN_ID)


def item(name: str, type_: ItemType = ItemType.TEXT, **changes: Any) -> ResourceItem:
    """Make a field; a text of up to 20 signs, if nothing else is said."""
    usual: dict[str, Any] = {"title": f"{name}项", "sensitivity": Sensitivity.INTERNAL}
    if type_ is ItemType.TEXT:
        usual["max_length"] = 20
    if type_ is ItemType.CODE:
        usual["codes"] = (Code("01", "有效"), Code("02", "失效"))
    if type_ is ItemType.CITIZEN_ID:
        usual["sensitivity"] = Sensitivity.SENSITIVE_PERSONAL
    return ResourceItem(name=name, type=type_, **(usual | changes))


EVERY_TYPE = (
    item("name"),
    item("phone", pattern=Pattern.MOBILE_NUMBER, required=False),
    item("staff", ItemType.INTEGER),
    item("capital", ItemType.DECIMAL),
    item("open", ItemType.BOOLEAN),
    item("founded", ItemType.DATE),
    item("changed", ItemType.DATETIME),
    item("status", ItemType.CODE),
    item("uscc", ItemType.USCC),
    item("legal_person", ItemType.CITIZEN_ID, required=False),
    item("division", ItemType.DIVISION),
)
SAMPLE = (
    '{"name": "某某公司(示例)", "staff": 12, "capital": "100.50", "open": true, "founded": "2020-02-29",'
    f' "changed": "2026-11-23T09:30:00+08:00", "status": "01", "uscc": "{USCC}", "division": "220184"}}'
)


def resource(**changes: Any) -> Resource:
    """Make what the catalogue says of a conditional resource."""
    usual: dict[str, Any] = {
        "resource": "enterprise-register",
        "code": "307001/1",
        "resource_class": ResourceClass.DEPARTMENT,
        "display_name": "企业登记信息(示例)",
        "provider": "market-regulation",
        "provider_uscc": USCC,
        "abstract": "本省企业的登记事项。合成数据。",
        "format": Format.DATABASE,
        "sharing": SharingType.CONDITIONAL,
        "sharing_terms": "用于办理行政许可",
        "manner": Manner.DELIVERY,
        "openness": Openness.CLOSED,
        "update_cycle": UpdateCycle.DAILY,
    }
    return Resource(**(usual | changes))


def version(number: int = 1, *, state: State = State.PUBLISHED, start: date = date(2026, 1, 1), **changes: Any) -> ResourceVersion:
    """Make a version with a field of every type; changes that are no field of a version change its resource."""
    own = {name: changes.pop(name) for name in ("items", "samples", "period", "withdrawn_on", "ground") if name in changes}
    usual: dict[str, Any] = {"items": EVERY_TYPE, "samples": (SAMPLE,), "period": Period(start)}
    return ResourceVersion(resource=resource(**changes), version=number, state=state, **(usual | own))


def of_items(*items: ResourceItem) -> ResourceVersion:
    """Make a version of these fields, without samples."""
    return replace(version(), items=items, samples=())
