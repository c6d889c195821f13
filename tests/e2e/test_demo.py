import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.province.business import FIVE_HALLS_LOG, ROOT
from tests.province.processes import finished

KEYS = [
    "halls",
    "cases",
    "rows_read",
    "events_sent",
    "events_accepted",
    "lost",
    "duplicates",
    "out_of_order",
    "seconds",
    "events_per_second",
    "evidence_checked",
    "evidence_bad",
    "halls_known",
    "halls_linked",
    "items_known",
    "replicas",
    "licences_issued",
    "licences_seen",
    "looks_told",
    "ending_seconds",
    "licences_verified",
]
DEMO_SECONDS = 200
WHOLE_SECONDS = 900
WHOLE_VARIABLE = "TONGBAN_FIVE_HALLS"
"""Set to `all`, the five municipalities' logs are sent whole."""

pytestmark = pytest.mark.slow


def demo(*arguments: str, seconds: int = DEMO_SECONDS) -> tuple[list[str], dict[str, Any]]:
    """Run the demo to its end; returns the lines before the last, and the verdict in the last."""
    command = [sys.executable, "-m", "tests.province.demo", "--once", *arguments]
    done = finished(command, seconds, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    *lines, last = done.stdout.splitlines()
    verdict: dict[str, Any] = json.loads(last)
    assert list(verdict) == KEYS
    return lines, verdict


def faultless(verdict: dict[str, Any]) -> bool:
    return not any(verdict[name] for name in ("lost", "duplicates", "out_of_order", "evidence_bad"))


def test_real_cases_reach_the_province_provably_through_a_kill_and_a_cut() -> None:
    lines, verdict = demo("--cases", "50", "--feed", "4")
    assert verdict["halls"] == 6
    assert verdict["cases"] == 50
    assert verdict["events_sent"] == verdict["events_accepted"] > verdict["rows_read"] > 200
    assert faultless(verdict)
    known = ("halls_known", "halls_linked", "items_known", "replicas")
    assert [verdict[name] for name in known] == [53, 50, 237, 6]
    assert [verdict[name] for name in ("licences_issued", "licences_seen", "licences_verified")] == [5, 5, 5]
    assert (verdict["looks_told"] > 0, verdict["ending_seconds"] < 10) == (True, True)
    assert verdict["evidence_checked"] == min(600, verdict["events_sent"])
    shares = [float(share) for share in re.findall(r"at (\d+\.\d)% of the events accepted", "\n".join(lines))]
    assert len(shares) == 4
    assert all(20 <= share <= 80 for share in shares)


@pytest.mark.skipif(not (FIVE_HALLS_LOG / "hall1_events.csv.gz").is_file(), reason="the logs of the five municipalities are not here")
def test_the_logs_of_five_municipalities_arrive_without_what_was_answered_false() -> None:
    whole = os.environ.get(WHOLE_VARIABLE) == "all"
    arguments = ["--json", "--data", str(FIVE_HALLS_LOG)]
    _, verdict = demo(*arguments, seconds=WHOLE_SECONDS) if whole else demo(*arguments, "--cases", "20", "--feed", "4")
    assert faultless(verdict)
    assert verdict["events_sent"] == verdict["events_accepted"] < verdict["rows_read"]
    if whole:
        assert (verdict["cases"], verdict["rows_read"], verdict["events_sent"]) == (4348, 195_862, 133_409)


def test_a_folder_without_cases_is_refused_with_its_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.province.demo", "--once", "--data", str(tmp_path)]
    done = finished(command, 60, cwd=ROOT)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
