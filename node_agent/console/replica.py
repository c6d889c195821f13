"""Read the hall's replica of the province's register for pages; it is there without the hub.

Law: a document is shown as the hub said it; one that this release cannot read is shown in its plain form.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from directory.catalogue.resources import ResourceVersion
from directory.register.kinds import FORMS, Kind
from directory.scopes import reading as scope_rules
from directory.supervision import reading as supervision_rules
from node_agent import directory_replica
from node_agent.directory_replica import Kept


@dataclass(frozen=True, slots=True)
class Known:
    """One resource as the replica has it: its version in force (or the last), and sample records as mappings."""

    version: ResourceVersion
    in_force: bool
    samples: Sequence[Mapping[str, Any]]


def resources(connection: sa.Connection, today: date, resource: str = "") -> list[Known]:
    """Return the resources, or one of them, in the order of their ids; drafts are left out."""
    kept = [one.document for one in directory_replica.documents(connection, Kind.RESOURCE, resource)]
    versions: dict[str, list[ResourceVersion]] = {}
    for one in FORMS[Kind.RESOURCE].things(kept).rows:
        versions.setdefault(one.resource.resource, []).append(one)
    found = (_newest(held, today) for _, held in sorted(versions.items()))
    return [one for one in found if one is not None]


def _newest(held: Sequence[ResourceVersion], today: date) -> Known | None:
    said = [one for one in held if one.state.value != "draft"]
    if not said:
        return None
    now = next((one for one in said if one.in_force(today)), None)
    shown = now or max(said, key=lambda one: one.version)
    return Known(shown, now is not None, [json.loads(sample) for sample in shown.samples])


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the register, as pages show it."""

    kept: Kept
    content: Any

    @property
    def name(self) -> str:
        """Return what people call it, where the document says so."""
        for field in ("display_name", "name", "title", "basis"):
            text = _found(self.content, field)
            if text:
                return text
        return ""


def _found(content: object, field: str) -> str:
    if not isinstance(content, Mapping):
        return ""
    return str(content[field]) if isinstance(content.get(field), str) else ""


BUILT_IN: Final = -1
"""The ledger index of a document that no hub said: a rule that holds in every province that has not ruled otherwise."""
_DEFAULTS: Final[Mapping[str, Callable[[], Sequence[Any]]]] = {
    Kind.RULE: scope_rules.default_rules,
    Kind.SUPERVISION_RULE: supervision_rules.default_rules,
}


def documents(connection: sa.Connection, kind: str, key: str = "") -> list[Document]:
    """Return the documents of a kind, of one key where it is given, in the order of key and version; those built in where none was said."""
    kept = directory_replica.documents(connection, kind, key)
    if not kept and kind in _DEFAULTS and not directory_replica.documents(connection, kind):
        kept = [one for one in _built_in(Kind(kind)) if not key or one.place.key == key]
    return [Document(one, json.loads(one.document)) for one in kept]


def built_in(kind: str) -> int:
    """Return how many documents of a kind are built in."""
    return len(_built_in(Kind(kind))) if kind in _DEFAULTS else 0


def _built_in(kind: Kind) -> list[Kept]:
    form, rules = FORMS[kind], _DEFAULTS[kind]()
    told = zip(rules, form.documents(rules), strict=True)
    return [Kept(form.place(rule), document, "", BUILT_IN, BUILT_IN, BUILT_IN) for rule, document in told]
