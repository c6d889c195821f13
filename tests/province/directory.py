"""Give a province its directory: 53 halls of which three are not linked, and the provincial hall's units, items, resources, licence types.

Laws: it is imported by the command that operators use; every figure is read from the databases of hub and halls.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tests.province import licensed
from tests.province.build import Province
from tests.province.catalogued import RESOURCES
from tests.province.commands import commands
from tests.province.processes import ProgramFailed, wait_until
from tests.province.provincial import DEPARTMENTS, ITEMS

UNLINKED = ("changbai", "jingyu", "wangqing")
"""Which halls are not linked yet is configuration; these are the demonstration's."""
WANTED = {"hall": 53, "department": 26, "item": 237, "offer": 237, "resource": 6, "licence-type": 3}
LINKED = WANTED["hall"] - len(UNLINKED)
REASON = "示例目录：合成数据，仅供演示"
ARRIVE_SECONDS = 60.0

_KINDS = "SELECT kind, count(*) AS documents FROM register GROUP BY kind"
_LINKED = "SELECT count(*) FROM halls WHERE linked"
_NEWEST = "SELECT coalesce(max(ledger_index), -1) FROM register"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the hub holds by kind, how many halls are linked, and in how many halls that run the same digest was found."""

    kinds: dict[str, int]
    linked: int
    halls: int
    digests: dict[str, int]

    @property
    def agreeing(self) -> int:
        """Count the halls that hold what most do."""
        return max(self.digests.values(), default=0)


def fill(province: Province) -> None:
    """Import the directory, whether the hub runs or not."""
    files = (DEPARTMENTS, ITEMS, RESOURCES, licensed.RESOURCES, licensed.TYPES)
    commands("hub.cli", [["directory", "import", *files, "--reason", REASON, "--config", province.hub_config]])


def standing(province: Province) -> Standing:
    """Wait until every hall that runs has all that the hub said, then count."""
    newest = int(province.ledger(_NEWEST)[0][0])

    digests: dict[str, int] = {}
    for hall in province.agents:
        with suppress(ProgramFailed):
            wait_until(partial(_has_all, province, hall, newest), f"{hall} holds the directory", ARRIVE_SECONDS)
            digest = str(province.report(hall)["directory"]["digest"])
            digests[digest] = digests.get(digest, 0) + 1
    kinds = {row.kind: int(row.documents) for row in province.ledger(_KINDS)}
    return Standing(kinds, int(province.ledger(_LINKED)[0][0]), len(province.agents), digests)


def _has_all(province: Province, hall: str, newest: int) -> bool:
    held = province.report(hall)["directory"]["ledger_index"]
    return held is not None and int(held) >= newest


def faults(found: Standing) -> Iterator[str]:
    """Say what is not as it should be."""
    if found.kinds != WANTED:
        yield f"the directory holds {found.kinds}, not {WANTED}"
    if found.linked != LINKED:
        yield f"{found.linked} halls are linked, not {LINKED}"
    if found.agreeing != found.halls:
        yield f"of {found.halls} halls {found.agreeing} hold the same directory"
