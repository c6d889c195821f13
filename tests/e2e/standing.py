"""Ask agents how they are, as `tongban-agent status` does, without starting a process each time."""

from typing import Any

from tests.province.build import PROVINCE_HALL
from tests.province.processes import ProgramFailed, wait_until
from tests.province.small import SmallProvince

HEALTHY_SECONDS = 60.0


def status(small: SmallProvince, hall: str) -> dict[str, Any]:
    """Return what `tongban-agent status --json` would print."""
    return small.province.report(hall)


def alarms(small: SmallProvince, hall: str) -> dict[str, str]:
    """Return the alarms of an agent: what is wrong, by name."""
    return {alarm["name"]: alarm["what"] for alarm in status(small, hall)["alarms"]}


def healthy(small: SmallProvince, hall: str) -> bool:
    """Tell whether an agent runs, is connected both ways and has no alarm.

    An old alarm of the stream on which nothing happens does not count: it ends when the stream has stood for ten seconds.
    """
    said = status(small, hall)
    link, idle = said.get("link", {}), "submit " if hall == PROVINCE_HALL else "receive "
    alarmed = [alarm for alarm in said["alarms"] if not alarm["name"].startswith(idle)]
    return bool(said["running_pid"]) and link.get("submit") == link.get("receive") == "open" and not alarmed


def wait_healthy(small: SmallProvince, hall: str, seconds: float = HEALTHY_SECONDS) -> None:
    """Wait until an agent is healthy; raises ProgramFailed with its status."""
    try:
        wait_until(lambda: healthy(small, hall), f"{hall} is healthy", seconds, every=0.2)
    except ProgramFailed as error:
        said = status(small, hall)
        raise ProgramFailed(f"{error}: {said.get('link')} {said['alarms']}") from None


def wait_alarm(small: SmallProvince, hall: str, name: str, seconds: float = HEALTHY_SECONDS) -> str:
    """Wait until an agent raises an alarm of this name, and return what it says."""
    try:
        wait_until(lambda: name in alarms(small, hall), f"{hall} raises the alarm {name!r}", seconds, every=0.1)
    except ProgramFailed as error:
        raise ProgramFailed(f"{error}: {status(small, hall)}") from None
    return alarms(small, hall)[name]
