"""Turn a row of a hall's system into a case event, as the mapping in the configuration says.

Laws: pure — the same row gives the same event for ever; a row is an event, is skipped, or is rejected with a reason; what a row
leaves empty is not part of the event's id, so a field may be added to the contract later.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node_agent.outbox import Actor
from node_agent.sources import event_ids
from node_agent.sources.config import REJECT, SKIP, EventFields, Fields, SourceSection, Value
from node_agent.sources.errors import RowRejected, SourceMisconfigured
from node_agent.sources.kinds import KINDS, OUTCOMES
from node_agent.sources.mapped import Mapped
from node_agent.sources.row_columns import RowColumns, row_key
from node_agent.sources.times import TimeReader, microseconds, timestamp
from tongban.case.v1.case_pb2 import CaseEvent

CASE_NUMBER_CHARACTERS = 200
TEXT_CHARACTERS = 10_000
_COUNT_LIMITS = {"position": 2**64, "extension_days": 2**32, "limit_days": 2**32, "grade": 2**32}
_TIMES = frozenset({"occurred_at", "recorded_at", "promised_by", "due_at", "valid_until"})
_HEADER_TIMES = frozenset({"occurred_at", "recorded_at"})

Converter = Callable[[object], tuple[Any, bytes]]
"""Gives the value for the message, and its canonical bytes for the event's id."""


@dataclass(frozen=True, slots=True)
class _Filling:
    """How one field is filled: the column at `index`, or `fixed` where there is none."""

    name: str
    hashed_name: bytes
    index: int
    fixed: str
    prefix: str
    convert: Converter


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of the rows of one rule."""

    kind: str
    fillings: tuple[_Filling, ...]


class Mapper:
    """Map the rows of one source; `columns` are the row's, in order. Raises SourceMisconfigured for a column that is not there."""

    def __init__(self, config: SourceSection, columns: Sequence[str]) -> None:
        self._columns = RowColumns(columns, config.key)
        self._role, self._dataschema = config.actor_role, config.dataschema
        self._times = TimeReader(config.timezone, config.time_formats)
        self._outcomes = config.outcomes
        self._code = self._columns.index(config.code.column) if config.code else None
        self._answer = self._columns.index(config.code.answer) if config.code and config.code.answer else None
        self._skipped_answers = frozenset(config.code.skip_answers) if config.code else frozenset()
        fields = _case_fields(config)
        self._rules = self._compiled(config, fields)
        self._otherwise = self._plan(config.otherwise.kind, fields, EventFields())

    def map(self, row: Sequence[object]) -> Mapped[CaseEvent] | None:
        """Return the event of a row, None for a row that is to be skipped. Raises RowRejected."""
        plan = self._plan_of(row)
        if plan.kind == SKIP:
            return None
        if plan.kind == REJECT:
            raise RowRejected(f"no rule for the code {self._said(row, self._code)!r}")
        key = self._columns.key_texts(row)
        values, hashed = self._filled(plan, row)
        name = "/".join(key)
        values.setdefault("source_row", name)
        occurred_at = values.pop("occurred_at")
        recorded_at = values.pop("recorded_at", occurred_at)
        event = CaseEvent(kind=KINDS[plan.kind], **values)
        return Mapped(
            kind=plan.kind,
            row_name=name,
            row_key=row_key(key),
            subject=event.case_number,
            message=event,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            fields_hash=event_ids.fields_hash(hashed),
            actor=Actor(event.officer, self._role, event.department),
            dataschema=self._dataschema,
        )

    def row_name(self, row: Sequence[object]) -> str:
        """Return the key of a row as a person reads it."""
        return self._columns.row_name(row)

    def _plan_of(self, row: Sequence[object]) -> _Plan:
        if self._code is None:
            return self._otherwise
        code, answer = self._said(row, self._code), self._said(row, self._answer)
        exact = self._rules.get((code, answer))
        if exact is not None:
            return exact
        if answer in self._skipped_answers:
            return _SKIPPED
        return self._rules.get((code, None), self._otherwise)

    @staticmethod
    def _said(row: Sequence[object], index: int | None) -> str:
        return "" if index is None else event_ids.text(row[index])

    def _filled(self, plan: _Plan, row: Sequence[object]) -> tuple[dict[str, Any], list[tuple[bytes, bytes]]]:
        values: dict[str, Any] = {}
        hashed: list[tuple[bytes, bytes]] = []
        for filling in plan.fillings:
            raw = filling.fixed if filling.index < 0 else row[filling.index]
            if raw is None or raw == "":
                continue
            try:
                values[filling.name], canonical = filling.convert(f"{filling.prefix}{raw}" if filling.prefix else raw)
            except (ValueError, OverflowError) as error:
                raise RowRejected(f"{filling.name}: {error}") from error
            hashed.append((filling.hashed_name, canonical))
        for name in ("case_number", "occurred_at"):
            if not values.get(name):
                raise RowRejected(f"{name} is missing")
        return values, hashed

    def _compiled(self, config: SourceSection, fields: Fields) -> dict[tuple[str, str | None], _Plan]:
        rules: dict[tuple[str, str | None], _Plan] = {}
        for rule in config.event:
            plan = _SKIPPED if rule.kind is None else self._plan(rule.kind, fields, rule.fields)
            for spelling in ((code, answer) for code in rule.code for answer in rule.answer or (None,)):
                if spelling in rules:
                    raise SourceMisconfigured(f"source {config.name!r}: two rules for {spelling}")
                rules[spelling] = plan
        return rules

    def _plan(self, kind: str, fields: Fields, own: EventFields) -> _Plan:
        chosen: dict[str, Value] = {}
        for section in (fields, own):
            chosen |= {name: value for name in type(section).model_fields if (value := getattr(section, name)) is not None}
        return _Plan(kind, tuple(self._filling(name, chosen[name]) for name in sorted(chosen)))  # in the order in which they are hashed

    def _filling(self, name: str, value: Value) -> _Filling:
        index = self._columns.index(value.column) if value.column else -1
        return _Filling(name, event_ids.prefixed(name.encode()), index, value.value, value.prefix, self._converter(name))

    def _converter(self, name: str) -> Converter:
        if name in _TIMES:
            return self._header_time if name in _HEADER_TIMES else self._time
        if name in _COUNT_LIMITS:
            return lambda value: _count(value, _COUNT_LIMITS[name])
        if name == "outcome":
            return self._outcome
        return _case_number if name == "case_number" else _text

    def _header_time(self, value: object) -> tuple[datetime, bytes]:
        moment = self._times.read(value)
        return moment, b"%d" % microseconds(moment)

    def _time(self, value: object) -> tuple[Any, bytes]:
        since = microseconds(self._times.read(value))
        return timestamp(since), b"%d" % since

    def _outcome(self, value: object) -> tuple[str, bytes]:
        name = self._outcomes.get(event_ids.text(value))
        if name is None:
            raise ValueError(f"{value!r} is no known outcome")
        return OUTCOMES[name], name.encode()


_SKIPPED = _Plan(SKIP, ())


def _text(value: object) -> tuple[str, bytes]:
    if isinstance(value, dict | list):
        raise ValueError("a list or table is no text")
    text = event_ids.text(value)
    if len(text) > TEXT_CHARACTERS:
        raise ValueError(f"{len(text)} characters, {TEXT_CHARACTERS} are allowed")
    return text, text.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError


def _case_number(value: object) -> tuple[str, bytes]:
    text, canonical = _text(value)
    # It becomes the envelope's subject: no control, bidi or zero-width characters.
    if len(text) > CASE_NUMBER_CHARACTERS or not text.isprintable():
        raise ValueError(f"not a printable text of at most {CASE_NUMBER_CHARACTERS} characters")
    return text, canonical


def _count(value: object, limit: int) -> tuple[int, bytes]:
    number = int(event_ids.text(value))
    if not 0 <= number < limit:
        raise ValueError(f"{number} is out of range")
    return number, b"%d" % number


def _case_fields(config: SourceSection) -> Fields:
    if config.fields is None:
        raise SourceMisconfigured(f"source {config.name!r} maps no case events")
    return config.fields


def columns_named(config: SourceSection) -> list[str]:
    """Return every column that key, code and fields name, for rows that bring their own names."""
    code = (config.code.column, config.code.answer) if config.code else ()
    sections: Iterable[EventFields] = (_case_fields(config), *(rule.fields for rule in config.event))
    values = (getattr(section, name) for section in sections for name in type(section).model_fields)
    return list(dict.fromkeys(name for name in (*config.key, *code, *(value.column for value in values if value is not None)) if name))
