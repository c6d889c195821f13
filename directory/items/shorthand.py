"""Expand what a file of items says once for many.

Laws: a name stands for exactly what is defined under it in the same file; an unknown one is a fault. What is expanded is the full
implementation list: nothing of the shorthand is kept.

A file may define, beside its items:

- `[material.NAME]`: a material. Items name it in `materials`.
- `[material_set]`, `NAME = [names]`: several materials. Items name it in `materials` too.
- `[procedure.NAME]`: a special procedure. Items name it in `procedures`, and steps in `procedure` by its `name`.
- `[step_set]`, `NAME = [steps]`: the steps of a flow. Items name one as `steps`. A step's `limit` may be "rest": what the others leave of
  the promised limit, special procedures aside.
- `[template.NAME]`: fields of an item. An item that names it as `template` takes those that it does not give itself.
"""

from collections.abc import Mapping
from typing import Any

from directory.fields import Fields

REST = "rest"
DEFINITIONS = ("material", "material_set", "procedure", "step_set", "template")
_Table = Mapping[str, Any]


class Shorthand:
    """The definitions of one file; what is wrong with how they are used is a fault of the field that uses them."""

    __slots__ = ("_defined",)

    def __init__(self, tables: _Table) -> None:
        self._defined: dict[str, _Table] = {kind: given if isinstance(given := tables.get(kind), Mapping) else {} for kind in DEFINITIONS}

    def whole(self, row: object, fields: Fields) -> object:
        """Return a row of an item with what its template gives; `fields` is the row, for faults."""
        name = row.get("template") if isinstance(row, Mapping) else None
        if name is None or not isinstance(row, Mapping):
            return row
        template = self._found("template", name)
        if not isinstance(template, Mapping):
            fields.refuse("template", f"{str(name)[:40]!a} is not a template of this file")
            template = {}
        return {**template, **{field: value for field, value in row.items() if field != "template"}}

    def materials(self, fields: Fields) -> list[Fields]:
        """Return the tables of an item's materials, sets laid open."""
        found: list[Fields] = []
        for place, given in enumerate(fields.entries("materials")):
            names = self._found("material_set", given, [given])
            if not isinstance(names, list):
                fields.refuse(f"materials[{place}]", f"the set {given[:40]!a} is not a list of materials")
                names = []
            for name in names:
                found += self._one("material", name, f"materials[{place}]", fields)
        return found

    def procedures(self, fields: Fields) -> list[Fields]:
        """Return the tables of an item's special procedures."""
        return [
            one
            for place, name in enumerate(fields.entries("procedures", ()))
            for one in self._one("procedure", name, f"procedures[{place}]", fields)
        ]

    def steps(self, fields: Fields, promised: int) -> list[Fields]:
        """Return the tables of an item's steps, each with its `order`, `promised` being the days over which "rest" is reckoned."""
        given = fields.raw("steps")
        if isinstance(given, str):
            given = self._found("step_set", given)
            if not isinstance(given, list):
                fields.refuse("steps", f"{str(fields.raw('steps'))[:40]!a} is not a set of steps of this file")
                return []
        elif not isinstance(given, list):
            fields.refuse("steps", "is missing" if given is None else "is neither a list of steps nor the name of a set")
            return []
        rest = promised - sum(map(_own_time, given))
        if rest < 0 and any(isinstance(step, Mapping) and step.get("limit") == REST for step in given):
            fields.refuse("steps", f"leave no time: they take {promised - rest} together, and {promised} are promised")
            rest = 0
        return [fields.inside(f"steps[{place}]", _placed(step, place, rest)) for place, step in enumerate(given)]

    def _one(self, kind: str, given: object, path: str, fields: Fields) -> list[Fields]:
        if not isinstance(given, str):
            return [fields.inside(path, given)]
        table = self._found(kind, given)
        if table is None:
            fields.refuse(path, f"{given[:40]!a} is not a {kind} of this file")
            return []
        return [fields.inside(path, table)]

    def _found(self, kind: str, name: object, default: Any = None) -> Any:  # noqa: ANN401 - whatever the document says
        return self._defined[kind].get(name, default) if isinstance(name, str) else default


def _own_time(step: object) -> int:
    """Return the days that a step takes of the promised limit; a special procedure takes none (行政许可法 Art 45)."""
    limit = step.get("limit") if isinstance(step, Mapping) and not step.get("procedure") else 0
    return limit if type(limit) is int else 0


def _placed(step: object, place: int, rest: int) -> object:
    if not isinstance(step, Mapping):
        return step
    return {"order": place + 1, **step, "limit": rest if step.get("limit") == REST else step.get("limit")}
