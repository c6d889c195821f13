"""Read what the documents say to do and to be: their blocks, tables, links and headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.province.business import ROOT

README = ROOT / "README.md"
HUB = ROOT / "docs" / "hub.md"
HALL = ROOT / "docs" / "hall.md"
STAFF = ROOT / "docs" / "staff.md"
API = ROOT / "docs" / "api.md"
OF_A_HALL = (HALL, STAFF, API)
"""What is said of an agent: to whoever runs it, to the hall's people, to those who write its business systems."""
DOCUMENTS = [README, HUB, *OF_A_HALL, *sorted({*(ROOT / "docs").glob("*.md")} - {HUB, *OF_A_HALL})]
"""In the order in which a reader goes through them: hub and hall go on from the README, the hall from the hub."""

_FENCE = "```"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"``\s?(.+?)\s?``(?!`)|`([^`]+)`")
_HEADING = re.compile(r"(#+) (.+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, the line on which it begins, and the paragraph before it."""

    document: Path
    language: str
    text: str
    line: int
    before: str

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Return its lines, those that end in a backslash joined with the next."""
        joined = self.text.replace("\\\n", " ")
        return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]

    @property
    def file(self) -> tuple[str, bool] | None:
        """Return the file that the text before says to write, and whether to add to it; None when it says no such thing."""
        said = re.search(r"\b([Ww]rite|[Aa]dd to) `([^`]+)`", self.before)
        return (said[2], said[1].lower() == "add to") if said else None


@dataclass(frozen=True, slots=True)
class Table:
    """A table under its nearest heading; the cells as they are written."""

    heading: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def blocks(document: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a document in order."""
    lines = document.read_text("utf-8").splitlines()
    at = 0
    while at < len(lines):
        if lines[at].startswith(_FENCE):
            end = next(number for number in range(at + 1, len(lines)) if lines[number].startswith(_FENCE))
            text = "".join(f"{line}\n" for line in lines[at + 1 : end])
            yield Block(document, lines[at].removeprefix(_FENCE).strip(), text, at + 1, _paragraph_before(lines, at))
            at = end
        at += 1


def _paragraph_before(lines: Sequence[str], at: int) -> str:
    end = at
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].strip() and not lines[start - 1].startswith(_FENCE):
        start -= 1
    return " ".join(lines[start:end])


def prose(document: Path) -> str:
    """Return a document without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def codes(text: str) -> list[str]:
    """Return what a text sets in code."""
    return [found[0] or found[1] for found in _CODE.findall(text)]


def links(document: Path) -> list[str]:
    """Return the targets of a document's links."""
    return _LINK.findall(prose(document))


def tables(document: Path) -> Iterator[Table]:
    """Yield the tables of a document."""
    heading, gathered = "", list[list[str]]()
    for line in [*prose(document).splitlines(), ""]:
        if line.startswith("|"):
            gathered.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if gathered:
            yield Table(heading, gathered[0], gathered[2:])
            gathered = []
        if found := _HEADING.match(line):
            heading = found[2]


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as code forges make them."""
    made: dict[str, int] = {}
    for line in prose(document).splitlines():
        if found := _HEADING.match(line):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found[2]).lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            made[slug] = made.get(slug, -1) + 1
            if made[slug]:
                made[f"{slug}-{made[slug]}"] = 0
    return set(made)
