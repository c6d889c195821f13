"""Let halls issue, share, look at and end licences in a running province, by the commands of their people. All synthetic.

Laws: each step is a command of `tongban-agent`, run by `Commands`; what anything comes to is what it says to machines.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from certs import verify_cli
from node_agent.cli import main
from tests.province.build import PROVINCE_HALL, Province
from tests.province.processes import ProgramFailed, executable, run, wait_until

OFFICER, SECOND_OFFICER, READER, APPROVER, CLERK = "1024", "2048", "7", "31", "55"
BASIS = "行政许可法第三十一条"
HOLDER_ASKS = "持证主体申请查询"
KEY_SECONDS = "60"
SEEN_SECONDS = 20.0

Commands = Callable[..., Any]
"""Given a hall and the words of a command, and as `given` what it reads from standard input, return what it says to machines."""


def in_process(province: Province) -> Commands:
    """Run commands in this process, which saves the time of starting programs."""

    def commands(hall: str, *words: str | Path, given: str = "") -> Any:
        line = [*map(str, words), "--json", "--config", str(province.hall_config(hall))]
        done = CliRunner().invoke(main, line, given)
        if done.exit_code:
            raise ProgramFailed(
                f"{hall}: tongban-agent {' '.join(line[:2])}: exit code {done.exit_code}\n{done.output[-2000:]}{done.exception}"
            )
        return json.loads(done.stdout)

    return commands


def by_program(province: Province) -> Commands:
    """Run each command as a program of its own, as a person would."""

    def commands(hall: str, *words: str | Path, given: str = "") -> Any:
        line: Sequence[str | Path] = [executable("tongban-agent"), *words, "--json", "--config", province.hall_config(hall)]
        return json.loads(run(line, given=given))

    return commands


@dataclass(frozen=True, slots=True)
class Licences:
    """Who issues which type, and the window that looks at it in a case of its own; `fields` are what it is granted."""

    commands: Commands
    issuer: str
    licence_type: str
    resource: str
    provider: str
    """The department that grants, of the provincial hall."""
    reader: str
    department: str
    case_number: str
    fields: tuple[str, ...]
    purpose: str

    def have_keys(self) -> list[str]:
        """Give both halls a licence key, to issue and to make copies, and wait until they count."""
        return [str(self.commands(hall, "licence", "key", "--timeout", KEY_SECONDS)["key_id"]) for hall in (self.issuer, self.reader)]

    def issue(self, fields: Mapping[str, object]) -> str:
        """Issue a licence; returns its identifier."""
        said = json.dumps(fields, ensure_ascii=False)
        words = ("issue", "-", "--type", self.licence_type, "--person", OFFICER)
        return str(self.commands(self.issuer, "licence", *words, given=said)["licence"])

    def apply(self) -> str:
        """Let the window apply for the fields it needs; returns the application."""
        until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
        wanted = [word for name in self.fields for word in ("--field", name)]
        why = ("--purpose", self.purpose, "--basis", BASIS, "--until", until)
        return str(self._read("share", "apply", self.resource, *wanted, *why)["share"]["application"]["application"])

    def grant(self, application: str) -> list[str]:
        """Let the organ that defines the type grant all that was applied for; returns the fields."""
        words = ("share", "grant", application, "--department", self.provider, "--person", APPROVER)
        return list(self.commands(PROVINCE_HALL, *words)["share"]["grant"]["fields"])

    def look(self, *licences: str) -> dict[str, Any]:
        """Let the window ask for licences in one call, in its case and for its purpose; returns the answer."""
        answer: dict[str, Any] = self._read("licence", "query", *licences, *self._why)
        return answer

    def look_holder(self, code_type: str, code: str) -> dict[str, Any]:
        """Let the window ask for a holder's licences."""
        words = ("licence", "query", "--holder", "-", "--code-type", code_type)
        answer: dict[str, Any] = self._read(*words, *self._why, given=f"{code}\n")
        return answer

    def wait_status(self, licence_id: str, status: str) -> dict[str, Any]:
        """Wait until a licence is seen in a status; returns the licence as it is seen then."""
        seen: list[dict[str, Any]] = []

        def stands() -> bool:
            seen[:] = [one for one in self.look(licence_id)["licences"] if one["status"] == status]
            return bool(seen)

        wait_until(stands, f"{licence_id} is seen as {status}", SEEN_SECONDS)
        return seen[0]

    def end(self, licence_id: str) -> None:
        """Let two officers end a licence (注销)."""
        why = ("--as", "cancelled", "--ground", "holder-dissolved", "--basis", "行政许可法第七十条")
        ending = self.commands(self.issuer, "licence", "end", licence_id, *why, "--person", OFFICER)["ending"]
        self.commands(self.issuer, "licence", "confirm", ending, "--person", SECOND_OFFICER)

    def accesses(self, code_type: str, code: str) -> list[dict[str, Any]]:
        """Tell the holder, at the issuing hall's window, who looked."""
        words = ("accesses", "--holder", "-", "--code-type", code_type, "--purpose", HOLDER_ASKS, "--person", CLERK)
        return list(self.commands(self.issuer, "licence", *words, given=f"{code}\n")["accesses"])

    def copied(self, found: Mapping[str, Any], recipient: str, folder: Path, name: str) -> Path:
        """Let the window's hall write what it was shown into a file for one recipient; returns the file, whose page stands beside it."""
        shown, out = folder / f"{name}.shown", folder / f"{name}.licence"
        shown.write_text(str(found["presentation"]), "ascii")
        until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        words = ("--presentation", shown, "--recipient", recipient, "--purpose", self.purpose, "--until", until, "--out", out)
        who = ("--role", "licence-reader", "--department", self.department, "--person", READER)
        self.commands(self.reader, "licence", "annotate", *words, *who, "--page", out.with_suffix(".html"))
        return out

    @property
    def _why(self) -> tuple[str, ...]:
        return ("--purpose", self.purpose, "--basis", BASIS, "--case", self.case_number)

    def _read(self, *words: str, given: str = "") -> Any:
        return self.commands(self.reader, *words, "--department", self.department, "--person", READER, given=given)


def verdict(file: Path, root: Path, recipient: str) -> dict[str, Any]:
    """Return what `tongban-verify licence` says of a file, in this process; it reads nothing else."""
    line = ["licence", str(file), "--root", str(root), "--recipient", recipient, "--json"]
    done = CliRunner().invoke(verify_cli.main, line)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
