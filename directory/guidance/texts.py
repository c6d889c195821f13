"""Say what a text of guidance and the name of an attachment may look like.

Laws: every function returns what is wrong, empty when nothing is; nothing is repaired. A text is plain: it is never markup, whatever
signs it holds; it shows all of them.
"""

import unicodedata
from typing import Final

from directory.guidance.vocabulary import Kind
from directory.texts import name_fault

MAX_TEXT: Final = 10_000
"""Characters of one message, and of a note."""
WORDLESS: Final = frozenset({Kind.CLOSED, Kind.REOPENED, Kind.RATED})
"""What may be said without a word."""
IDEOGRAPHIC_SPACE: Final = "\u3000"
"""Two of them begin a paragraph in Chinese."""


def guidance_text_fault(text: str) -> str:
    """Say what is wrong with a text: too long, empty, not in NFC, or with signs that are not seen; lines may be empty."""
    if len(text) > MAX_TEXT:
        return f"a text has more than {MAX_TEXT:,} signs"
    if not text.strip():
        return "a text is empty"
    if not unicodedata.is_normalized("NFC", text):
        return "a text is not in NFC"
    # isprintable() refuses control, zero-width and bidirectional signs, and the ideographic space, which is allowed here.
    hidden = next((sign for line in text.split("\n") for sign in line if not sign.isprintable() and sign != IDEOGRAPHIC_SPACE), "")
    return f"a text holds U+{ord(hidden):04X}, which is not seen" if hidden else ""


def said_text_fault(kind: Kind, text: str) -> str:
    """Say what is wrong with the text of a message of a kind."""
    return "" if not text and kind in WORDLESS else guidance_text_fault(text)


def file_name_fault(name: str) -> str:
    """Say what is wrong with the name of a file: as a name, and no path."""
    if name and (set(name) & set('/\\:*?"<>|') or name.startswith(".") or name.endswith(".")):
        return f"the file name {name[:40]!a} holds a sign of paths, or begins or ends with a dot"
    return name_fault(name)
