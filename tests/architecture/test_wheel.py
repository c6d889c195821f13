"""What is shipped holds all that the programs read."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.house import PROGRAMS, ROOT, kept_files

SHIPPED = (*(f"{package}/" for package in PROGRAMS), "proto/tongban/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel as a user would; give the names of what is in it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = Path(folder).glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_every_file_of_the_programs_is_in_the_wheel(wheel: set[str]) -> None:
    try:
        names = {file.relative_to(ROOT).as_posix() for file in kept_files()}
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("not a checkout")
    wanted = {name.removeprefix("proto/") for name in names if name.startswith(SHIPPED)}
    assert wanted - wheel == set()


def test_no_test_and_no_key_is_in_the_wheel(wheel: set[str]) -> None:
    assert [name for name in wheel if name.startswith("tests/") or name.endswith((".pem", ".key", ".db"))] == []
