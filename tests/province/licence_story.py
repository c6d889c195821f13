"""Show in the demo what licences are for: issued in one county, looked at in another, told to their holder, ended, verified offline.

Laws: the window asks in an open case of its own, for the purpose that was granted, all licences in one call; every figure is what commands
and the offline verifier say. Holders are synthetic.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.province import licensed
from tests.province.build import COUNTIES, Province
from tests.province.catalogued import enterprise
from tests.province.demo_view import View
from tests.province.licensing import Licences, in_process, verdict
from tests.province.processes import ProgramFailed, wait_until

ISSUED = 5
ISSUER = COUNTIES[1]
GRANTED = ("holder_name", "premises")
SHOWN = frozenset({*GRANTED, "business"})
"""What is granted, and what stands in clear on every licence of the type."""
PURPOSE, RECIPIENT = "核验申请人的食品经营许可", "长春市示例银行（演示）"
ENDING_SECONDS = 10.0
"""How soon an ending has to be seen; a status list that is handed out is at most two seconds old."""
SETTLE_SECONDS = 20.0
CODE_TYPE = "001"
OPEN_CASES = "SELECT hall, case_number, department FROM cases WHERE case_open AND department <> '' ORDER BY hall, case_number"


@dataclass(frozen=True, slots=True)
class Story:
    """What came of it: licences issued, seen in one call, looks of which a holder is told, files that verify, and what is wrong."""

    issued: int = 0
    seen: int = 0
    told: int = 0
    ending_seconds: float = 0.0
    verified: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def figures(self) -> dict[str, float]:
        """Return the figures of the demo's last line."""
        return {
            "licences_issued": self.issued,
            "licences_seen": self.seen,
            "looks_told": self.told,
            "ending_seconds": round(self.ending_seconds, 1),
            "licences_verified": self.verified,
        }


def tell(province: Province, folder: Path, view: View) -> Story:
    """Let it happen; what fails is said in the story."""
    folder.mkdir(exist_ok=True)
    try:
        return _told(province, folder, view)
    except (ProgramFailed, OSError, LookupError) as error:
        return Story(wrong=(f"licences: {error}",))


def _told(province: Province, folder: Path, view: View) -> Story:
    dealt = _dealings(province)
    dealt.have_keys()
    holders = [_fields(number) for number in range(ISSUED)]
    licences = [dealt.issue(fields) for fields in holders]
    granted = dealt.grant(dealt.apply())
    dealt.wait_status(licences[-1], "valid")
    found = dealt.look(*licences)["licences"]
    view.say(f"{dealt.reader} sees {len(found)} licences of {ISSUER} in one call, of each {', '.join(sorted(found[0]['fields']))}")
    told = _accesses(dealt, str(holders[0]["holder_code"]), licences[0])
    view.say(f"the holder of {licences[0]} is told of {len(told)} looks, by {dealt.reader} for {told[0]['purpose']}")
    files = [dealt.copied(one, RECIPIENT, folder, f"licence-{number}") for number, one in enumerate(found)]
    verified = sum(verdict(file, province.root, RECIPIENT)["verdict"] == "valid" for file in files)
    begun = time.monotonic()
    dealt.end(licences[0])
    ended = dealt.wait_status(licences[0], "cancelled")
    seconds = time.monotonic() - begun
    view.say(f"{licences[0]} was ended, seen in {dealt.reader} {seconds:.1f} s later; {verified} files of licences verify offline")
    wrong = (*_wrong(found, granted), *_not_ended(dealt, ended, folder, province.root))
    return Story(len(licences), len(found), len(told), seconds, verified, wrong)


def _dealings(province: Province) -> Licences:
    """Choose the window: the first open case of another county."""
    cases = [row for row in province.models(OPEN_CASES) if row.hall in COUNTIES and row.hall != ISSUER]
    if not cases:
        raise LookupError("no county but the one that issues has an open case of a department")
    return Licences(
        commands=in_process(province),
        issuer=ISSUER,
        licence_type=licensed.FOOD,
        resource="food-business-licence",
        provider="sheng-shijian",
        reader=cases[0].hall,
        department=cases[0].department,
        case_number=cases[0].case_number,
        fields=GRANTED,
        purpose=PURPOSE,
    )


def _fields(number: int) -> dict[str, object]:
    holder = enterprise(number)
    return {
        "holder_name": holder["name"],
        "holder_code": holder["uscc"],
        "holder_code_type": CODE_TYPE,
        "premises": f"示例市示例路{number + 1}号",
        "business": "热食类食品制售",
        "legal_person": "示例人员甲",
    }


def _accesses(dealt: Licences, code: str, licence: str) -> list[dict[str, Any]]:
    """Return the looks at a licence of which its holder is told, once there are any."""
    found: list[dict[str, Any]] = []

    def are_told() -> bool:
        found[:] = [one for one in dealt.accesses(CODE_TYPE, code) if one["licence_id"] == licence]
        return bool(found)

    wait_until(are_told, "the look is on the holder's list", SETTLE_SECONDS)
    return found


def _wrong(found: list[Mapping[str, Any]], granted: list[str]) -> Iterator[str]:
    if granted != sorted(GRANTED):
        yield f"{granted} is granted, not {sorted(GRANTED)}"
    for one in found:
        if one["fields"].keys() != SHOWN:
            yield f"{one['licence_id']} is shown with {sorted(one['fields'])}, not {sorted(SHOWN)}"


def _not_ended(dealt: Licences, ended: Mapping[str, Any], folder: Path, root: Path) -> Iterator[str]:
    """Say so when a file with a new status list does not show the ending."""

    def is_said() -> bool:
        return bool(verdict(dealt.copied(ended, RECIPIENT, folder, "ended"), root, RECIPIENT)["verdict"] == "not-valid")

    try:
        wait_until(is_said, "the status list shows the ending", SETTLE_SECONDS)
    except ProgramFailed as error:
        yield str(error)


def faults(story: Story) -> Iterator[str]:
    """Say what is not as it should be."""
    yield from story.wrong
    if not story.wrong and not story.issued == story.seen == story.verified == ISSUED:
        yield f"of {ISSUED} licences {story.issued} were issued, {story.seen} seen and {story.verified} verified"
    if not story.wrong and not story.told:
        yield "no look is told to a licence's holder"
    if story.ending_seconds > ENDING_SECONDS:
        yield f"an ending was seen after {story.ending_seconds:.1f} s"
