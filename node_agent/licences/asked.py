"""Say what an officer asks to be done to a licence.

Law: a request has a number of the caller's own, under which it is done once however often it is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from directory.licences.acts import TRUST_LEVELS
from directory.licences.vocabulary import ENDINGS, ActKind
from directory.scopes.principal import Principal

LEVELS: Final[Mapping[str, int]] = {level: number for number, level in TRUST_LEVELS.items()}
"""How a licence came into the exchange, A to D, by the letters that people choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is to stand on a version; days are those of Asia/Shanghai, `valid_until` is the last day on which it is valid.

    `fields` None are those of the version before. Days that are not given follow from the type. `trust_level` is 1 to 4 (A to D).
    """

    fields: Mapping[str, Any] | None = field(repr=False)
    valid_from: date | None = None
    valid_until: date | None = None
    layout_digest: str = ""
    trust_level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One act that an officer asks for; `type` is given of an issue alone.

    `licence` is the newest version's identifier; of an issue it is empty, but where the licence has a number of its own from before.
    """

    request: str
    kind: ActKind
    officer: Principal
    type: str = ""
    licence: str = ""
    text: Text | None = None
    successor: str = ""
    ground: str = ""
    basis: str = ""
    document: str = ""
    case_number: str = ""

    def spelled(self) -> bytes:
        """Return all that is asked in one spelling, to tell a repetition from another request; it is hashed, never kept."""
        text = self.text
        said = None if text is None else [text.fields, str(text.valid_from), str(text.valid_until), text.layout_digest, text.trust_level]
        words = [self.kind, self.type, self.licence, self.successor, self.ground, self.basis, self.document, self.case_number]
        return json.dumps([words, said], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def asked_for(kind: ActKind, request: str, officer: Principal, said: Mapping[str, str], text: Text | None = None) -> Asked:
    """Return the act that a command, a form or a call asks for: of all that was said, by the names of `Asked`, what belongs to its kind.

    What is missing is found where the act is judged.
    """
    names = _OF_AN_ENDING if kind in ENDINGS else _NAMES[kind]
    return Asked(request=request, kind=kind, officer=officer, text=text, **{name: said.get(name, "") for name in names})


_OF_AN_ENDING: Final = ("licence", "ground", "basis", "document", "case_number")
_NAMES: Final[Mapping[ActKind, tuple[str, ...]]] = {
    ActKind.ISSUED: ("type", "case_number"),
    ActKind.CHANGED: ("licence", "ground", "case_number"),
    ActKind.RENEWED: ("licence", "ground", "case_number"),
    ActKind.SUSPENDED: ("licence", "ground", "document", "case_number"),
    ActKind.RESUMED: ("licence", "ground", "document", "case_number"),
    ActKind.SUPERSEDED: ("licence", "successor", "ground", "case_number"),
}
