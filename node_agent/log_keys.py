"""Know which log key of the hall signs which part of its journal.

Laws: public halves alone stand here; a key signs every checkpoint of more leaves than it stands behind, until the next one does; what
was written down once stays, for nothing else verifies the old part of the journal when its private key is gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from certs.errors import MalformedKey
from certs.keys import PUBLIC, replace_file
from certs.names import inbox_origin, parse_origin
from certs.notes import ED25519, Verifier, parse_vkey

FILE = "log.history"
"""One line for each log key, oldest first: the number of leaves behind which it signs, a space, the verifier key."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The journal's log keys by the number of leaves behind which each signs, oldest first."""

    keys: tuple[tuple[int, Verifier], ...]

    @property
    def newest(self) -> Verifier:
        """The key in force."""
        return self.keys[-1][1]

    @property
    def behind(self) -> int:
        """The number of leaves behind which the key in force signs, which is the index of the first leaf that it alone vouches for."""
        return self.keys[-1][0]

    def at(self, size: int) -> Verifier:
        """Return the key that must have signed the journal's checkpoint of this size."""
        return next((verifier for behind, verifier in reversed(self.keys) if size > behind), self.keys[0][1])

    def also(self, others: Iterable[tuple[int, Verifier]]) -> "LogKeys":
        """Return these keys with others among them; where both know one, the other wins."""
        return LogKeys(tuple(sorted((dict(self.keys) | dict(others)).items(), key=lambda known: known[0])))

    def knows(self, verifier: Verifier) -> bool:
        """Tell whether a key is among them, whatever log it is named for."""
        return verifier.encoded in {known.encoded for _, known in self.keys}

    def of_inbox(self) -> list[Verifier]:
        """Return the keys as the inbox log names them, newest first."""
        found = []
        for _, verifier in reversed(self.keys):
            log = parse_origin(verifier.name)
            found.append(Verifier.of(inbox_origin(log.trust_domain, log.hall, log.epoch), ED25519, verifier.public))
        return found


def read(folder: Path, first: Verifier) -> LogKeys:
    """Read the history in a folder of keys; without one `first` is the only key that there ever was. Raises OSError or MalformedKey."""
    path = folder / FILE
    if not path.exists():
        return LogKeys(((0, first),))
    found = []
    for line in path.read_text("utf-8").splitlines():
        behind, _, vkey = line.partition(" ")
        if not (behind.isascii() and behind.isdigit()):
            raise MalformedKey(f"{path}: {line!r} is not a number of leaves and a verifier key")
        found.append((int(behind), parse_vkey(vkey)))
    if not found or found != sorted(found, key=lambda known: known[0]) or any(verifier.name != first.name for _, verifier in found):
        raise MalformedKey(f"{path} is not a history of the log keys of {first.name}")
    return LogKeys(tuple(found))


def write(folder: Path, known: LogKeys) -> None:
    """Write the history, durably; raises OSError."""
    text = "".join(f"{behind} {verifier.vkey}\n" for behind, verifier in known.keys)
    replace_file(folder / FILE, text.encode(), PUBLIC)
