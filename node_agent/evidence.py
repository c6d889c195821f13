"""Keep evidence files that prove what was asked for.

Laws: nothing is believed because the hub sent it: a file is kept when the offline verifier opens it under the province's root,
and when it is of the very message; only its owner may read it, for it holds the message.
"""

from dataclasses import dataclass
from pathlib import Path

from certs.errors import CertsError
from certs.evidence_words import limits
from certs.keys import SECRET, replace_file
from certs.verifier import Verifier
from node_agent.messages import Position

MISSING = "missing"
"""The hub has no such message, or none that this hall sent or received."""
REFUSED = "refused"
"""The verifier does not open the file, or it is of another message."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one position: `verdict` is a certs.evidence_findings.Verdict, MISSING or REFUSED.

    `file` is None where nothing was kept; `open` says why it is, or what the file does not prove of the delivery.
    """

    position: Position
    verdict: str
    file: Path | None = None
    open: str = ""


def keep(folder: Path, position: Position, data: bytes, verifier: Verifier) -> Kept:
    """Check what the hub gave for a position, empty for nothing, and write it to a file in a folder; raises OSError."""
    verdict, reason = checked(position, data, verifier)
    if verdict in {MISSING, REFUSED}:
        return Kept(position, verdict, open=reason)
    file = folder / name_of(position)
    replace_file(file, data, SECRET)
    return Kept(position, verdict, file, reason)


def checked(position: Position, data: bytes, verifier: Verifier) -> tuple[str, str]:
    """Return the verdict on what the hub gave for a position, with why nothing of it is kept or what it does not prove."""
    if not data:
        return MISSING, "the hub holds no such message that this hall sent or received"
    try:
        found = verifier.verify(data)
    except CertsError as error:
        return REFUSED, str(error)
    if (found.sender.hall, found.sender.epoch, found.sender.index) != (position.hall, position.epoch, position.index):
        return REFUSED, "it is the evidence of another message"
    return found.verdict.value, "; ".join(limits(found))


def name_of(position: Position) -> str:
    """Return what the file of a message is called."""
    return f"{position.hall}-{position.epoch}-{position.index}.evidence"
