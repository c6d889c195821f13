"""Say which files may be attached, and what kind of file one is by its first bytes.

Laws: a file is what its bytes say, never what its name says; what is on no list is refused; nothing is ever unpacked.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from directory.guidance.texts import file_name_fault

MAX_BYTES: Final = 20 * 1024 * 1024
MOST: Final = 10
"""Attachments of one message."""
HASH_BYTES: Final = 32
SNIFFED_BYTES: Final = 512
"""How many of the first bytes are looked at."""
PLAIN: Final = "text/plain"
OFFICE: Final = "application/vnd.openxmlformats"
"""Word, Excel and the like are archives: which of them is not looked for, for that means to unpack."""

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", OFFICE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
MEDIA_TYPES: Final = frozenset({PLAIN, *(name for _, name in _SIGNATURES)})
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    OFFICE: (".zip", ".docx", ".xlsx", ".pptx", ".ofd", ".odt", ".ods", ".odp"),
    "application/msword": (".doc", ".xls", ".ppt", ".wps", ".et", ".dps"),
    PLAIN: (".txt", ".csv", ".md", ".log"),
}
"""How names end by the kind of file; the first is added to a name that ends in another way: machines run files by their names."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message names: SHA-256 of its bytes, how many they are, and what people call it."""

    sha256: bytes
    size: int
    name: str
    media_type: str


def sniff(head: bytes) -> str:
    """Return the media type of a file by its first SNIFFED_BYTES, empty for one that is on no list."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    return PLAIN if head and _is_text(head[:SNIFFED_BYTES]) else ""


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are UTF-8 text without control signs; the last sign may be cut. Markup is no plain text."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < SNIFFED_BYTES)
    except UnicodeDecodeError:
        return False
    if text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n").startswith("<"):
        return False
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n\N{ZERO WIDTH NO-BREAK SPACE}" for sign in text)


def handed_name(name: str, head: bytes) -> str:
    """Return under which name a file with these first bytes is handed out; empty for one that is on no list, which is not."""
    endings = _ENDINGS.get(sniff(head), ())
    return name if name.casefold().endswith(endings) else f"{name}{endings[0]}" if endings else ""


def faults(attachments: Iterable[Attachment]) -> Iterator[str]:
    """Yield what is wrong with the attachments of one message."""
    given = list(attachments)
    if len(given) > MOST:
        yield f"a message has more than {MOST} attachments"
    if len({one.sha256 for one in given}) != len(given):
        yield "a message names one file twice"
    for one in given[:MOST]:
        if len(one.sha256) != HASH_BYTES:
            yield "an attachment is not named by a SHA-256"
        if not 0 < one.size <= MAX_BYTES:
            yield f"an attachment is empty or larger than {MAX_BYTES // 1024 // 1024} MiB"
        if one.media_type not in MEDIA_TYPES:
            yield f"an attachment is of none of the kinds {', '.join(sorted(MEDIA_TYPES))}"
        if wrong := file_name_fault(one.name):
            yield wrong
