from pathlib import Path

import pytest

from tests.province import demo
from tests.province.business import RECEIPT_LOG
from tests.province.processes import ProgramFailed
from tests.province.verdict import Verdict


def test_the_makefile_asks_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCE", "1")
    monkeypatch.setenv("DATA", "cases")
    assert demo.options([]) == demo.Options(once=True, data=Path("cases"), cases=0, feed_seconds=0.0, only_json=False)
    monkeypatch.setenv("ONCE", "")
    monkeypatch.setenv("DATA", "")
    assert demo.options(["--json"]) == demo.Options(once=False, data=RECEIPT_LOG, cases=0, feed_seconds=0.0, only_json=True)


@pytest.mark.parametrize(("faults", "code"), [((), 0), (("lost: 1",), 1)])
def test_a_fault_makes_the_exit_code_and_keeps_what_is_needed_to_look_into_it(
    monkeypatch: pytest.MonkeyPatch, faults: tuple[str, ...], code: int
) -> None:
    folders: list[Path] = []

    def run(_: demo.Options, folder: Path, __: object) -> Verdict:
        folders.append(folder)
        return Verdict({}, faults)

    monkeypatch.setattr(demo, "_run", run)
    assert demo.main(["--once"]) == code
    assert folders[0].exists() == bool(faults)
    demo.forget(folders[0])


def test_a_program_that_fails_is_told_and_not_thrown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []

    def run(_: demo.Options, folder: Path, __: object) -> Verdict:
        folders.append(folder)
        raise ProgramFailed("the hub ended")

    monkeypatch.setattr(demo, "_run", run)
    assert demo.main(["--once"]) == 1
    assert "the hub ended" in capsys.readouterr().err
    demo.forget(folders[0])
