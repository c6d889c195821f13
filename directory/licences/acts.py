"""Say what an act on a licence is, and whether it is complete.

Laws: what an act needs and what does not belong to it are known from its kind alone. An ending names one ground of its own, the law that
it rests on and, where it punishes, the number of the decision (行政处罚法 Art 9). An objection never repeats what a field holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from directory.licences.identifiers import LicenceId
from directory.licences.vocabulary import ENDINGS, MAKING, ActKind, Fault
from directory.texts import name_fault, text_fault

TRUST_LEVELS: Final[Mapping[int, str]] = {1: "A", 2: "B", 3: "C", 4: "D"}
"""How a licence came into the exchange: issued and sealed, verified at a window, uploaded by its holder, self-made with a pledge."""
LONGEST_CREDENTIAL: Final = 128 * 1024
"""In bytes; one of a hundred fields takes some 20 KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done to a licence. `licence` is the version that the act makes, or is about.

    `previous` is the version before, of a change or renewal; `successor` the licence that stands in its place. Of an ending `ground` is a
    word of Ground, of any other act but an issue a text. `second_officer` has confirmed an ending. `effective_at` is in UTC.
    """

    kind: ActKind
    licence: LicenceId
    effective_at: datetime
    credential: str = ""
    previous: LicenceId | None = None
    successor: LicenceId | None = None
    ground: str = ""
    basis: str = ""
    document: str = ""
    case_number: str = ""
    second_officer: str = ""
    trust_level: int = 0

    @property
    def is_ending(self) -> bool:
        """Tell whether it is one of the four endings."""
        return self.kind in ENDINGS


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an act does not count; `what` is for people and repeats nothing of it."""

    fault: Fault
    what: str


def objection(act: Act) -> Objection | None:
    """Say what keeps an act from being complete; None when nothing does."""
    for rule in (_credential, _trust_level, _previous, _successor, _ground, _ending, _second_officer, _texts):
        if found := rule(act):
            return found
    return None


def _incomplete(what: str) -> Objection:
    return Objection(Fault.INCOMPLETE, what)


def _credential(act: Act) -> Objection | None:
    if bool(act.credential) != (act.kind in MAKING):
        return _incomplete("an act that makes a version holds its credential, and no other act does")
    return _incomplete(f"a credential has at most {LONGEST_CREDENTIAL} bytes") if len(act.credential) > LONGEST_CREDENTIAL else None


def _trust_level(act: Act) -> Objection | None:
    if (act.trust_level in TRUST_LEVELS) == (act.kind in MAKING) and (act.kind in MAKING or not act.trust_level):
        return None
    return _incomplete("an act that makes a version says how far the licence is to be trusted, A to D, and no other act does")


def _previous(act: Act) -> Objection | None:
    if (act.previous is not None) != (act.kind in {ActKind.CHANGED, ActKind.RENEWED}):
        return _incomplete("a change and a renewal name the version before, and no other act does")
    same = act.previous is None or act.previous.root == act.licence.root
    return None if same else Objection(Fault.IDENTIFIER, "the version before is one of another licence")


def _successor(act: Act) -> Objection | None:
    if (act.successor is not None) != (act.kind is ActKind.SUPERSEDED):
        return _incomplete("what is superseded names the licence that stands in its place, and no other act does")
    other = act.successor is None or act.successor.root != act.licence.root
    return None if other else Objection(Fault.IDENTIFIER, "a licence does not stand in its own place: its next version is a change")


def _ground(act: Act) -> Objection | None:
    if not act.is_ending:
        needed = act.kind is not ActKind.ISSUED
        return _incomplete("every act but an issue says why it is done") if needed and not act.ground else None
    grounds = sorted(ENDINGS[act.kind])
    return None if act.ground in grounds else Objection(Fault.GROUND, f"the grounds of this ending are: {', '.join(grounds)}")


def _ending(act: Act) -> Objection | None:
    if act.is_ending and not act.basis:
        return _incomplete("an ending names the law that it rests on")
    if act.kind is ActKind.REVOKED and not act.document:
        return _incomplete("a revocation names the number of the decision on the penalty")
    return None


def _second_officer(act: Act) -> Objection | None:
    if bool(act.second_officer) == act.is_ending:
        return None
    return Objection(Fault.SECOND_OFFICER, "a second officer confirms an ending, and no other act")


_TEXTS: Final[tuple[tuple[str, Callable[[Act], str], Callable[[str], str]], ...]] = (
    ("ground", lambda act: act.ground, text_fault),
    ("basis", lambda act: act.basis, text_fault),
    ("document", lambda act: act.document, name_fault),
    ("case number", lambda act: act.case_number, name_fault),
    ("second officer", lambda act: act.second_officer, name_fault),
)


def _texts(act: Act) -> Objection | None:
    for name, look, fault in _TEXTS:
        text = look(act)
        if text and fault(text):
            return _incomplete(f"the {name} is too long, not in NFC, or holds signs that are not seen")
    return None
