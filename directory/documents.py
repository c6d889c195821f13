"""Read and write tables as TOML or JSON, so that every bad table is reported with its line.

Laws: both syntaxes say the same; a document that begins with a brace is JSON, any other TOML. A name given twice is refused in both
(RFC 8259 §4 leaves it open in JSON). Lines are known for the tables of a top-level array: `[[item]]`, or the elements of `"item": […]`.
How deep tables and lists stand in each other is bounded, for what is done with them later recurs.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NoReturn

from directory.encoding import utf8
from directory.errors import Fault, ListMalformed

Table = Mapping[str, Any]

_SPACE = re.compile(r"[ \t\r\n]*")
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\]")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_JSON = json.JSONDecoder()

DEEPEST: Final = 32
"""Tables and lists inside each other, the document itself included; the deepest list that there is has eight."""
MOST_DIGITS: Final = 32
"""Of a whole number in JSON; to read one of a million takes a second."""
# Each word is taken once and whole, so that a long text costs no more than its length.
_KEY_PART: Final = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_KEY_PART}){{{DEEPEST}}}")


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says, and on which lines the tables of its top-level arrays begin."""

    tables: Table
    lines: Mapping[str, tuple[int, ...]]

    def line(self, name: str, place: int) -> int:
        """Return the line on which the table at a place of an array begins; 0 where it is not known."""
        lines = self.lines.get(name, ())
        return lines[place] if place < len(lines) else 0


def read_document(data: bytes) -> Document:
    """Read TOML or JSON in UTF-8; raises ListMalformed with the one fault for which there is no reading on."""
    text = utf8(data)
    try:
        document = _json(text) if text.lstrip()[:1] == "{" else _toml(text)
    except RecursionError:
        _refuse(0, _TOO_DEEP)
    if _too_deep(document.tables):
        _refuse(0, _TOO_DEEP)
    return document


def write_json(tables: Table) -> bytes:
    """Write tables as JSON in UTF-8, days as ISO 8601; what is None is left out."""
    return (json.dumps(_without_nothing(tables), ensure_ascii=False, indent=1, default=date.isoformat) + "\n").encode()


def write_toml(tables: Table) -> bytes:
    """Write tables as TOML 1.0 in UTF-8: plain fields first, then a table or an array of tables each; what is None is left out."""
    return "\n".join(_toml_lines(_without_nothing(tables))).encode() + b"\n"


def _refuse(line: int, what: str) -> NoReturn:
    raise ListMalformed([Fault(line, what)]) from None


_TOO_DEEP: Final = f"tables and lists stand more than {DEEPEST} deep in each other"


def _too_deep(tables: Table) -> bool:
    """Tell whether anything stands deeper than DEEPEST, without recursion."""
    level: list[object] = [tables]
    for _ in range(DEEPEST):
        inner = (one for container in level for one in (container.values() if isinstance(container, Mapping) else _sequence(container)))
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _toml(text: str) -> Document:
    if deep := _DEEP_KEY.search(text):
        # tomllib takes the square of a dotted key's length in memory.
        _refuse(text.count("\n", 0, deep.start()) + 1, _TOO_DEEP)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+)", str(error))
        _refuse(int(at[1]) if at else text.count("\n") + 1, f"not TOML: {error}")
    except ValueError:  # of Python's int: it reads no more than some thousands of digits
        _refuse(0, "not TOML: a number has too many digits")
    return Document(tables, _toml_headers(text, tables))


def _toml_headers(text: str, tables: Table) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for line, words in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(words):
            found.setdefault(header[1], []).append(line)
    # A line inside a text may look like a header: then the numbers differ, and no line is better than a wrong one.
    return {name: tuple(lines) for name, lines in found.items() if len(lines) == len(_sequence(tables.get(name)))}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _json(text: str) -> Document:
    try:
        tables = json.loads(text, object_pairs_hook=_unique, parse_int=_whole_number, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        _refuse(error.lineno, f"not JSON: {error.msg}")
    except ValueError as error:
        _refuse(0, f"not JSON: {error}")
    return Document(tables, dict(_json_rows(text)))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name, value in pairs:
        if name in names:
            raise ValueError(f"the name {name[:40]!a} is given twice")
        names[name] = value
    return names


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _json_rows(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the lines of the elements of every top-level array; the text is known to be a JSON object."""
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        name, at = _JSON.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if text[at] == "[":
            starts, at = _elements(text, at)
            yield name, tuple(_lines_of(text, starts))
        else:
            _, at = _JSON.raw_decode(text, at)
        at = _behind_comma(text, at)


def _elements(text: str, at: int) -> tuple[list[int], int]:
    """Return where the elements of an array begin, and where the array ends."""
    starts: list[int] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        starts.append(at)
        _, at = _JSON.raw_decode(text, at)
        at = _behind_comma(text, at)
    return starts, at + 1


def _behind_comma(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _lines_of(text: str, places: Sequence[int]) -> Iterator[int]:
    line, last = 1, 0
    for place in places:
        line += text.count("\n", last, place)
        last = place
        yield line


def _without_nothing(value: Any) -> Any:  # noqa: ANN401 - plain values
    if isinstance(value, Mapping):
        return {name: _without_nothing(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_nothing(inner) for inner in value]
    return value


def _toml_lines(tables: Table) -> Iterator[str]:
    rows = {name: value for name, value in tables.items() if isinstance(value, dict) or _is_rows(value)}
    yield from (f"{_toml_name(name)} = {_toml_value(value)}" for name, value in tables.items() if name not in rows)
    for name, value in rows.items():
        bracket = f"[{_toml_name(name)}]"
        for row in [value] if isinstance(value, dict) else value:
            yield f"\n{bracket if isinstance(value, dict) else f'[{bracket}]'}"
            yield from (f"{_toml_name(field)} = {_toml_field(inner)}" for field, inner in row.items())


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _toml_field(value: Any) -> str:  # noqa: ANN401 - plain values
    if _is_rows(value):
        return "[\n" + "".join(f"  {_toml_value(row)},\n" for row in value) + "]"
    return _toml_value(value)


def _toml_value(value: Any) -> str:  # noqa: ANN401 - plain values
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml_name(name)} = {_toml_value(part)}" for name, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return _toml_text(value)


def _toml_name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml_text(name)


def _toml_text(value: object) -> str:
    # JSON's escapes are TOML's; only DEL stands bare in JSON.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
