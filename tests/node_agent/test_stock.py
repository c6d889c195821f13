"""A stock of licences from before is loaded under its own numbers, once, whatever cuts the load off; bad rows wait with their reasons."""

import asyncio
import json
import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from certs.credential import verify
from directory.calendar import BEIJING
from directory.licences.identifiers import LicenceId
from node_agent import hall_keys, keys_replica
from node_agent.errors import ConfigInvalid, LicenceDeclined
from node_agent.licences.stock.config import read_stock
from node_agent.licences.stock.loading import Mode
from node_agent.licences.stock.progress import Counts
from node_agent.licences.stock.rows import PAGE
from tests.node_agent.licensed_hall import CITIZEN, OFFICER, asked, do, furnished_alone, queued, write
from tests.node_agent.linked import ROOT, Linked, configuration
from tests.node_agent.stocked import FOLDER, IDENTIFIER, SERIAL, SQL, StockedHall, identifiers, row
from tests.province import licensed

COMMAND = ("licence", "load", "--type", licensed.FOOD, "--from-source", "{stock}", "--person", "1024")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a hall with a licence key, whose hub is away."""
    folder = tmp_path_factory.mktemp("hall")
    await furnished_alone(folder)
    return folder


@pytest.fixture
def hall(furnished: Path, tmp_path: Path) -> StockedHall:
    """Give a copy of it."""
    shutil.copytree(furnished / "data", tmp_path / "data")
    shutil.copytree(furnished / "province", tmp_path / "province")
    return StockedHall(Linked(configuration(tmp_path), _Away(tmp_path / "province"), _Away(tmp_path)))  # type: ignore[arg-type]


class _Away:
    """What is needed of a province whose hub is not there."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "hub"
        self.ports = (1, 1)


def test_a_stock_keeps_its_own_numbers_and_says_how_far_it_is_to_be_trusted(hall: StockedHall) -> None:
    hall.insert(*map(row, range(1, 251)))
    assert hall.load() == Counts(rows_read=250, issued=250)
    assert hall.issued() == identifiers(range(1, 251))
    found = queued(hall.linked)
    assert {act.trust_level for _, act in found} == {2}
    keyring = write(hall.linked, lambda c: keys_replica.load(c, hall_keys.load(hall.linked.config).charter)).keyring
    first = verify(found[0][1].credential, lambda name: keyring.licence_key(name).verifier, None)
    assert first.disclosed["premises"] == "示例市示例路1号"
    assert first.claims.trust_level == "B"
    assert first.claims.valid_from.astimezone(BEIJING).date() == date(2024, 3, 1)
    assert first.claims.valid_to is not None
    assert first.claims.valid_to.astimezone(BEIJING).date() == date(2029, 3, 1)


def test_a_load_that_is_run_again_doubles_nothing_and_takes_what_is_new(hall: StockedHall) -> None:
    hall.insert(*map(row, range(1, 121)))
    hall.load(pages=1)
    assert len(hall.issued()) == PAGE
    assert hall.load() == Counts(rows_read=120 - PAGE, issued=120 - PAGE)
    hall.insert(row(121))
    again = hall.load()
    assert (again.issued, len(hall.issued()), len(set(hall.issued()))) == (1, 121, 121)


def test_rows_of_one_cursor_value_are_all_taken(hall: StockedHall) -> None:
    hall.insert(*(row(number, n=number // (3 * PAGE)) for number in range(1, 6 * PAGE)))
    assert hall.load().issued == 6 * PAGE - 1
    assert sorted(hall.issued()) == identifiers(range(1, 6 * PAGE))


@pytest.mark.parametrize("step", ["outbox-put"])
async def test_a_load_that_dies_within_a_page_leaves_nothing_of_it(hall: StockedHall, step: str) -> None:
    hall.insert(*map(row, range(1, 31)))
    code, _ = await hall.linked.command(*words(hall), crash_at=step)
    assert (code, hall.issued()) == (137, [])
    code, told = await hall.linked.command(*words(hall), "--json")
    assert code == 0, told
    assert json.loads(told)["issued"] == 30
    assert hall.issued() == identifiers(range(1, 31))


async def test_a_load_that_is_killed_goes_on_where_it_stood(hall: StockedHall) -> None:
    hall.insert(*map(row, range(1, 1_501)))
    loading = await hall.linked._process(words(hall), {})
    try:
        ends = time.monotonic() + 60
        while len(hall.issued()) < 3 * PAGE:
            assert time.monotonic() < ends
            assert loading.returncode is None
            await asyncio.sleep(0.01)
    finally:
        loading.kill()
        await loading.wait()
    left = hall.issued()
    assert len(left) % PAGE == 0
    assert 3 * PAGE <= len(left) < 1_500
    code, told = await hall.linked.command(*words(hall), "--json")
    found = json.loads(told)
    assert (code, found["issued"], found["repeated"]) == (0, 1_500 - len(left), 0)
    assert found["signed_per_second"] > 0
    assert hall.issued() == identifiers(range(1, 1_501))
    assert len(queued(hall.linked)) == 1_500


def words(hall: StockedHall) -> list[str]:
    return [word.format(stock=hall.mapped()) for word in COMMAND]


def test_bad_rows_are_set_aside_with_field_and_reason_and_the_others_go_on(hall: StockedHall) -> None:
    hall.insert(row(1), row(2, code="91220000DEM100015X"), row(3, first="someday"), row(4, last="2023-01-01"), row(5, business=None))
    hall.insert(row(6, permit_no="jy/6"), row(7, permit_no=""), row(8, last="2099-01-01"), row(9, state="gone"), row(10))
    assert hall.load() == Counts(rows_read=10, issued=2, passed_over=1, rejected=7)
    reasons = hall.rejects()
    fields = {2: "holder_code", 3: "valid_from", 4: "valid_until", 5: "business", 6: "serial", 7: "key", 8: "valid_until"}
    for number, field in fields.items():
        assert field in reasons[f"row {number}"], number
    assert not any(secret in " ".join(reasons.values()) for secret in ("DEM100015X", "someday", "jy/6"))
    assert hall.issued() == identifiers([1, 10])


def test_rows_that_were_mended_are_loaded_at_the_next_try(hall: StockedHall) -> None:
    hall.insert(row(1), row(2, business=None), row(3, first="someday"))
    hall.load()
    hall.change("UPDATE permits SET business = '热食类食品制售' WHERE n = 2")
    assert hall.load() == Counts()
    assert hall.load(Mode.RETRY) == Counts(rows_read=2, issued=1, rejected=1)
    assert list(hall.rejects()) == ["row 3"]
    assert hall.issued() == identifiers([1, 2])


def test_given_identifiers_are_checked_sign_by_sign(hall: StockedHall) -> None:
    good = str(LicenceId(licensed.FOOD, "220184", "JY00000001", 3))
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    other = LicenceId(licensed.TRANSPORT, "220184", "JY00000003", 1), LicenceId(licensed.FOOD, "220182", "JY00000004", 1)
    hall.insert(row(1, identifier=good), row(2, identifier=wrong), *(row(at, identifier=str(one)) for at, one in enumerate(other, start=3)))
    hall.insert(row(5, identifier=None), row(6, identifier=good.replace("JY00000001", CITIZEN)))
    assert hall.load(path=hall.mapped(number=IDENTIFIER)).issued == 1
    assert hall.issued() == [good]
    reasons = hall.rejects()
    assert "check character" in reasons["row 2"]
    assert "type" in reasons["row 3"]
    assert reasons["row 4"].startswith("identifier: its issuer")
    assert reasons["row 5"].startswith("identifier: ")
    assert CITIZEN not in reasons["row 6"]


def test_a_number_that_stands_twice_in_the_stock_is_one_licence(hall: StockedHall) -> None:
    hall.insert(
        row(1), row(2, permit_no="JY00000001", premises="示例市示例路9号"), row(3, permit_no="JY00000001", premises="示例市示例路1号")
    )
    hall.insert(row(4), row(5, identifier=row(4)["identifier"]))
    hall.change("UPDATE permits SET identifier = (SELECT identifier FROM permits WHERE n = 1) WHERE n IN (2, 3)")
    counts = hall.load()
    assert (counts.issued, counts.repeated, counts.rejected) == (3, 1, 1)
    assert "loaded before" in hall.rejects()["row 2"]
    other = hall.mapped(SQL, IDENTIFIER)
    other.write_text(other.read_text().replace('key = "permit_no"', 'key = "n"').replace("food-stock", "other-stock"))
    assert hall.load(path=other).issued == 0
    assert "issued already" in hall.rejects("other-stock")["row 1"]
    assert len(hall.issued()) == len(set(hall.issued())) == 3


def test_a_row_whose_licence_the_hall_issued_itself_is_set_aside(hall: StockedHall) -> None:
    mine = do(hall.linked, asked()).licence
    hall.insert(row(1, permit_no=mine.serial))
    assert hall.load().rejected == 1
    assert "issued already" in hall.rejects()["row 1"]


def test_the_next_number_of_the_hall_steps_over_those_of_the_stock(hall: StockedHall) -> None:
    hall.insert(*(row(number, permit_no=f"2026{number:08}") for number in (1, 2, 4)))
    assert hall.load().issued == 3
    assert [do(hall.linked, asked(request=f"r-{at}")).licence.serial for at in (1, 2)] == ["202600000003", "202600000005"]


def test_files_of_a_folder_are_loaded_and_a_load_goes_on_in_the_middle_of_one(hall: StockedHall) -> None:
    hall.drop("a.csv", map(row, range(1, 151)))
    hall.drop("b.csv", [row(151), row(152, business=""), row(153)])
    path = hall.mapped(FOLDER)
    assert hall.load(path=path, pages=1).issued == PAGE
    assert hall.load(path=path) == Counts(rows_read=153 - PAGE, issued=152 - PAGE, rejected=1)
    assert list(hall.rejects()) == ["b.csv:3"]
    assert hall.load(path=path) == Counts()
    hall.drop("b.csv", [row(151), row(152), row(153)])
    assert hall.load(Mode.RETRY, path=path) == Counts(rows_read=1, issued=1)
    assert sorted(hall.issued()) == identifiers(range(1, 154))


def test_a_dry_run_does_all_of_it_and_keeps_nothing(hall: StockedHall) -> None:
    hall.insert(*map(row, range(1, PAGE + 2)), row(900, business=None), row(901, permit_no="JY00000001", code="91220000DEM100015Y"))
    other = hall.mapped()
    other.write_text(other.read_text().replace('key = "permit_no"', 'key = "n"'))
    tried = hall.load(Mode.TRY, path=other)
    assert (tried.issued, tried.rejected) == (PAGE + 1, 2)
    assert (hall.issued(), hall.rejects(), queued(hall.linked)) == ([], {}, [])
    assert hall.load(path=other) == tried


def test_who_may_not_issue_the_type_loads_nothing_and_sets_nothing_aside(hall: StockedHall) -> None:
    hall.insert(row(1))
    for changes in ({"officer": replace(OFFICER, role="clerk")}, {"type": licensed.TRANSPORT[:-1] + "9"}):
        with pytest.raises(LicenceDeclined):
            hall.load(**changes)
    assert (hall.issued(), hall.rejects()) == ([], {})


def test_a_stock_is_of_one_type(hall: StockedHall) -> None:
    hall.insert(row(1))
    hall.load()
    with pytest.raises(LicenceDeclined, match="another type"):
        hall.load(type=licensed.TEACHER)


def test_nothing_that_is_kept_of_a_row_names_a_person(hall: StockedHall) -> None:
    hall.insert(row(1, permit_no=CITIZEN), row(2, code=CITIZEN), row(3, legal_person=CITIZEN + "#"), row(4, premises=CITIZEN))
    hall.load()
    assert hall.issued()
    for path in hall.linked.config.data_dir.glob("agent.db*"):
        assert CITIZEN.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (SERIAL + "\n" + IDENTIFIER, "either serial or identifier"),
        ("", "either serial or identifier"),
        ('seriel = "permit_no"', "did you mean"),
    ],
)
def test_a_mapping_that_is_wrong_is_named(hall: StockedHall, written: str, told: str) -> None:
    with pytest.raises(ConfigInvalid, match=told):
        read_stock(hall.mapped(number=written), "food-business-licence")


async def test_officers_load_see_what_is_set_aside_and_try_again(hall: StockedHall) -> None:
    hall.insert(row(1), row(2, business=None))
    code, told = await hall.linked.command(*words(hall), "--dry-run")
    assert code == 0, told
    assert "1 would be issued" in told
    code, told = await hall.linked.command(*words(hall))
    assert code == 0, told
    assert "licences signed a second" in told
    code, told = await hall.linked.command("licence", "quarantine", "food-stock", "--json")
    found: dict[str, Any] = json.loads(told)
    assert (code, found["count"], found["rows"][0]["row"]) == (0, 1, "row 2")
    assert "business" in found["rows"][0]["reason"]
    hall.change("UPDATE permits SET business = '热食类食品制售' WHERE n = 2")
    code, told = await hall.linked.command(*words(hall), "--retry", "--json")
    assert (code, json.loads(told)["issued"], json.loads(told)["in_quarantine"]) == (0, 1, 0)
    assert (await hall.linked.command(*words(hall), "--retry", "--dry-run"))[0] == 2


def test_whoever_watches_a_load_sees_how_far_it_is(hall: StockedHall) -> None:
    hall.insert(*map(row, range(1, 2 * PAGE + 1)))
    master, screen = pty.openpty()
    command = [sys.executable, "-m", "node_agent", *words(hall), "--config", str(hall.linked.written())]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=screen, env=env, cwd=ROOT) as loading:
        os.close(screen)
        shown = b"".join(_said_on(master)).decode()
    assert (loading.returncode, len(hall.issued())) == (0, 2 * PAGE)
    assert f"{2 * PAGE} rows, 0 set aside" in shown


def _said_on(master: int) -> Iterator[bytes]:
    """Yield what is written on a terminal until nobody writes on it any more."""
    with open(master, "rb", buffering=0) as terminal, suppress(OSError):  # Linux says EIO at the end
        while said := terminal.read(4_096):
            yield said
