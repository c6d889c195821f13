"""Say what an id, a name or a text may look like.

Laws: every function returns what is wrong, empty when nothing is; nothing is repaired. An id is ASCII, so that no look-alike
letter makes two things of one; a name is in NFC and shows every sign it holds. A fault shows a look-alike as its code point.
"""

import re
import unicodedata

MAX_ID = 63
MAX_NAME = 200
MAX_TEXT = 4_000
RESERVED = frozenset({"hub"})
"""Names that mean something else as an author or a recipient."""

_ID = re.compile(rf"[a-z][a-z0-9-]{{0,{MAX_ID - 1}}}")


def id_fault(text: str, what: str = "permanent id") -> str:
    """Say what is wrong with a permanent id; `what` names the kind of thing in the answer."""
    if odd := foreign_fault(text, "id", "ids are lower-case ASCII letters, digits and hyphens"):
        return odd
    if not _ID.fullmatch(text):
        return f"{text!r} is not a {what}: lower-case ASCII letters, digits and hyphens, a letter first, at most {MAX_ID}"
    return f"the id {text!r} is reserved" if text in RESERVED else ""


def hall_id_fault(text: str) -> str:
    """Say what is wrong with the id of a hall."""
    return id_fault(text, "hall id")


def department_id_fault(text: str) -> str:
    """Say what is wrong with the id of a department."""
    return id_fault(text, "department id")


def foreign_fault(text: str, what: str, law: str) -> str:
    """Say which sign of an id or a code is no ASCII, without showing it."""
    odd = next((f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}" for sign in text if not sign.isascii()), "")
    return f"the {what} {text[:MAX_NAME]!a} holds {odd}; {law}" if odd else ""


def name_fault(text: str) -> str:
    """Say what is wrong with a name: one line, in NFC, nothing in it that is not seen."""
    # isprintable() refuses control, zero-width and bidirectional signs, which make two names look like one.
    if not text.strip() or text != text.strip() or not text.isprintable() or not unicodedata.is_normalized("NFC", text):
        return f"the name {text[:MAX_NAME]!a} is empty, not in NFC, or holds signs that are not seen"
    return f"the name {text[:20]!a}… has more than {MAX_NAME} signs" if len(text) > MAX_NAME else ""


def text_fault(text: str) -> str:
    """Say what is wrong with a longer text: as a name, but of several lines and up to MAX_TEXT signs."""
    if len(text) > MAX_TEXT:
        return f"a text has more than {MAX_TEXT} signs"
    return next(
        (f"the text {line[:40]!a} is empty, not in NFC, or holds signs that are not seen" for line in _lines(text) if _unseen(line)), ""
    )


def _lines(text: str) -> list[str]:
    return text.split("\n") if text.strip() and text == text.strip() else [""]


def _unseen(line: str) -> bool:
    return not line.strip() or not line.isprintable() or not unicodedata.is_normalized("NFC", line)
