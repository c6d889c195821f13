"""Say what a published answer is, and read it from the register's documents (知识库).

Laws: it names the department that answered, which is the province's word for it; every text of it is plain. Publishing it again takes its
place; one that is withdrawn is gone from the register, and stays in the ledger.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.guidance.texts import guidance_text_fault
from directory.reading import Read, ordered
from directory.texts import department_id_fault, hall_id_fault, id_fault, name_fault

ARRAY: Final = "knowledge"
"""The name under which a document lists it: `[[knowledge]]`."""
MOST_ITEMS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """An answer that every hall may read; `items` are codes, `published` the day in Beijing."""

    knowledge: str
    title: str
    question: str
    answer: str
    items: tuple[str, ...]
    hall: str
    department: str
    published: date

    @property
    def texts(self) -> tuple[str, ...]:
        """Return what it is found by."""
        return self.title, self.question, self.answer, *self.items


def fault(one: Knowledge) -> str:
    """Say what is wrong with a published answer; empty when nothing is."""
    if len(one.items) > MOST_ITEMS:
        return f"an answer is for more than {MOST_ITEMS} items"
    words = (id_fault(one.knowledge), name_fault(one.title), guidance_text_fault(one.question), guidance_text_fault(one.answer))
    return next(filter(None, (*words, *map(name_fault, one.items))), "")


def read_knowledge(data: bytes) -> Read[Knowledge]:
    """Read published answers of TOML or JSON in UTF-8."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    found = [Fault(0, f"{name!a} is nothing here: answers stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list):
        return Read((), ordered((*found, Fault(0, f"{ARRAY!r} must be a list"))))
    kept: list[Knowledge] = []
    lines: list[int] = []
    for place, table in enumerate(rows):
        given = Fields(table, document.line(ARRAY, place))
        one = _knowledge(given)
        found += given.faults
        if not given.failed:
            kept.append(one)
            lines.append(document.line(ARRAY, place))
    return Read(tuple(kept), ordered(found), tuple(lines)).judged(faults(kept))


def faults(given: Iterable[Knowledge]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for each answer whose id another one has."""
    known: set[str] = set()
    for position, one in enumerate(given):
        if one.knowledge in known:
            yield position, f"{one.knowledge!r} is there twice"
        known.add(one.knowledge)


def tables(given: Iterable[Knowledge]) -> Table:
    """Return the tables that `read_knowledge` reads as these answers."""
    return {ARRAY: [_row(one) for one in given]}


def key(one: Knowledge) -> tuple[str, str]:
    """Return where it stands in the register."""
    return one.knowledge, ""


def _knowledge(given: Fields) -> Knowledge:
    one = Knowledge(
        knowledge=given.text("knowledge", id_fault),
        title=given.text("title"),
        question=given.text("question", guidance_text_fault),
        answer=given.text("answer", guidance_text_fault),
        items=given.texts("items", name_fault, ()),
        hall=given.text("hall", hall_id_fault),
        department=given.text("department", department_id_fault),
        published=given.day("published") or date.min,
    )
    given.end()
    return one


def _row(one: Knowledge) -> dict[str, Any]:
    return {
        "knowledge": one.knowledge,
        "title": one.title,
        "question": one.question,
        "answer": one.answer,
        "items": list(one.items),
        "hall": one.hall,
        "department": one.department,
        "published": one.published,
    }
