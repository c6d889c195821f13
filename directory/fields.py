"""Take a table of TOML or JSON apart, gathering everything that is wrong with it.

Laws: a field of the wrong type, a missing one and one that nobody asked for are faults, each with its path; a fault gives a stand-in
value, so that reading goes on, and `failed` says that what was read must not be used.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from directory.errors import Fault, PeriodMalformed
from directory.texts import name_fault
from directory.validity import Period

_E = TypeVar("_E", bound=StrEnum)

STAND_IN = date(1, 1, 1)
_MISSING: Any = object()


class Fields:
    """One table, with the line on which its row begins and its path inside the row."""

    __slots__ = ("_asked", "_faults", "_line", "_path", "_table")

    def __init__(self, table: object, line: int = 0, path: str = "", faults: list[Fault] | None = None) -> None:
        self._table: Mapping[str, Any] = table if isinstance(table, Mapping) else {}
        self._line, self._path = line, path
        self._faults: list[Fault] = [] if faults is None else faults
        self._asked: set[str] = set()
        if not isinstance(table, Mapping):
            self._faults.append(Fault(line, "is not a table", path))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return everything that was wrong so far, here and in the tables inside."""
        return tuple(self._faults)

    @property
    def failed(self) -> bool:
        """Tell whether anything was wrong so far."""
        return bool(self._faults)

    def refuse(self, name: str, what: str) -> None:
        """Add a fault of a field, "" for the whole table; an empty `what` is none."""
        if what:
            self._faults.append(Fault(self._line, what, ".".join(word for word in (self._path, name) if word)))

    def has(self, name: str) -> bool:
        """Tell whether a field is given."""
        return name in self._table

    def raw(self, name: str) -> Any:  # noqa: ANN401 - whatever the document says
        """Return a field as it is, None when absent."""
        self._asked.add(name)
        return self._table.get(name)

    def text(self, name: str, fault: Callable[[str], str] = name_fault, default: str = _MISSING) -> str:
        """Return a text that `fault` finds nothing wrong with; with a default it may be absent or empty."""
        given = self._taken(name, default)
        if not isinstance(given, str):
            self._complain(name, given, "is not a text")
            return ""
        if given or default is _MISSING:
            self.refuse(name, fault(given))
        return str(given)

    def number(self, name: str, least: int, most: int, default: int = _MISSING) -> int:
        """Return a whole number between two bounds, both allowed."""
        given = self._taken(name, default)
        # A bool is an int to Python.
        if type(given) is not int or not least <= given <= most:
            self._complain(name, given, f"is not a whole number from {least} to {most}")
            return least
        return given

    def flag(self, name: str, *, default: bool = _MISSING) -> bool:
        """Return true or false."""
        given = self._taken(name, default)
        if not isinstance(given, bool):
            self._complain(name, given, "is neither true nor false")
            return False
        return given

    def choice(self, name: str, kind: type[_E], default: _E = _MISSING) -> _E:
        """Return a member of a closed vocabulary."""
        return self._member(name, kind, self._taken(name, default))

    def choices(self, name: str, kind: type[_E], default: tuple[_E, ...] = _MISSING) -> tuple[_E, ...]:
        """Return members of a closed vocabulary, each once."""
        members = tuple(self._member(name, kind, given) for given in self.entries(name, default))
        if len(set(members)) != len(members):
            self.refuse(name, "names something twice")
        return members

    def texts(self, name: str, fault: Callable[[str], str] = name_fault, default: tuple[str, ...] = _MISSING) -> tuple[str, ...]:
        """Return a list of texts."""
        texts: list[str] = []
        for place, given in enumerate(self.entries(name, default)):
            what = fault(given) if isinstance(given, str) else "is not a text"
            self.refuse(f"{name}[{place}]", what)
            texts.append(given if isinstance(given, str) else "")
        return tuple(texts)

    def day(self, name: str, default: date | None = _MISSING) -> date | None:
        """Return a day: of TOML, or a text in ISO 8601 (2026-01-31)."""
        given = self._taken(name, default)
        try:
            if isinstance(given, str):
                given = date.fromisoformat(given)
        except ValueError:
            self.refuse(name, f"{given[:40]!a} is not a day: 2026-01-31")
            return STAND_IN
        if given is not None and type(given) is not date:
            self._complain(name, given, "is not a day: 2026-01-31")
            return STAND_IN
        return given

    def period(self) -> Period:
        """Return the period of `from`, and `to`, the first day on which it is over; without `to` it is open."""
        start, end = self.day("from"), self.day("to", None)
        try:
            return Period(start or STAND_IN, end)
        except PeriodMalformed as error:
            self.refuse("to", str(error))
            return Period(STAND_IN)

    def table(self, name: str) -> "Fields":
        """Return a table inside."""
        given = self._taken(name, _MISSING)
        if given is _MISSING:
            self._complain(name, given, "")
            return Fields({})
        return self.inside(name, given)

    def tables(self, name: str, default: tuple[()] = _MISSING) -> list["Fields"]:
        """Return a list of tables inside."""
        return [self.inside(f"{name}[{place}]", given) for place, given in enumerate(self.entries(name, default))]

    def entries(self, name: str, default: Sequence[Any] = _MISSING) -> Sequence[Any]:
        """Return a list of whatever it holds."""
        given = self._taken(name, default)
        if not isinstance(given, list | tuple):
            self._complain(name, given, "is not a list")
            return ()
        return given

    def instead(self, table: object) -> "Fields":
        """Return another table as if it stood in the place of this one."""
        return Fields(table, self._line, self._path, self._faults)

    def inside(self, name: str, table: object) -> "Fields":
        """Return another table as if it stood in this one under a name."""
        return Fields(table, self._line, ".".join(word for word in (self._path, name) if word), self._faults)

    def end(self) -> None:
        """Refuse every field that was not asked for."""
        for name in self._table:
            if name not in self._asked:
                self.refuse("", f"{str(name)[:40]!a} is not a field here")

    def _taken(self, name: str, default: object) -> Any:  # noqa: ANN401 - whatever the document says
        self._asked.add(name)
        return self._table.get(name, default)

    def _complain(self, name: str, given: object, what: str) -> None:
        self.refuse(name, "is missing" if given is _MISSING else what)

    def _member(self, name: str, kind: type[_E], given: Any) -> _E:  # noqa: ANN401 - whatever the document says
        try:
            return kind(given)
        except ValueError:
            self._complain(name, given, f"{str(given)[:40]!a} is not one of: {', '.join(kind)}")
            return next(iter(kind))
