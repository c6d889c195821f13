"""Check evidence files, and licences, from the command line: `tongban-verify`.

Laws: nothing but the files and the province's root is read, and nothing is asked of any network; one bad file keeps no
other from being checked.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from certs.errors import BrokenEvidence, CertsError
from certs.evidence import MAX_EVIDENCE_BYTES
from certs.evidence_findings import Verdict
from certs.evidence_words import as_object, json_line, shown, words
from certs.identity import read_certificate
from certs.licence_cli import licence
from certs.verifier import Verifier

REFUSED = "refused"
UNREADABLE = "unreadable"
VERDICTS = (Verdict.PROVED.value, Verdict.INCOMPLETE.value, REFUSED, UNREADABLE)

NOT_PROVED = 1
UNUSABLE = 2

_EPILOG = """\b
Examples:
  tongban-verify --root root.pem case-17.evidence
  tongban-verify --root root.pem --quiet evidence/
  tongban-verify --root root.pem --json evidence/ | jq .verdict
\b
Exit status:
  0  sending, acceptance and every receipt are proved, in every file
  1  something is not proved, or a file is refused
  2  wrong usage, or a file that cannot be read
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one file: its verdict, what there is to say in words, and the same as an object."""

    verdict: str
    lines: list[str]
    content: dict[str, Any]


class _EvidenceUnlessNamed(click.Group):
    """Take whatever does not begin with a command's name for the arguments of `evidence`, which had no name at first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = args[:1] == ["--help"] or (args and args[0] in self.commands)
        return super().parse_args(ctx, args if own else ["evidence", *args])


@click.group(cls=_EvidenceUnlessNamed)
def main() -> None:
    """Check evidence files and licences offline, with nothing but the province's root.

    Without a command's name: evidence.
    """


@main.command(epilog=_EPILOG)
@click.argument("evidence", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--root", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The province's root (PEM).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, and one for all as the last line.")
@click.option("--quiet", is_flag=True, help="Only files that are not proved, and the last line.")
def evidence(evidence: tuple[Path, ...], root: Path, *, as_json: bool, quiet: bool) -> None:
    """Check evidence files offline: who sent a message, that the hub accepted it and when at the latest, and who received it.

    EVIDENCE is a file, or a folder of which every file is checked.
    """
    verifier = _verifier(root)
    files = [file for given in evidence for file in _files(given, root)]
    if not files:
        raise click.UsageError("there is no file in what was named")
    started = time.monotonic()
    verdicts: Counter[str] = Counter()
    say = _Speaker()
    for file, checked in _checked(verifier, files):
        verdicts[checked.verdict] += 1
        if not quiet or checked.verdict != Verdict.PROVED:
            say(json_line({"file": str(file), **checked.content}) if as_json else _words(file, checked))
    say.release()
    _summarise(verdicts, time.monotonic() - started, as_json=as_json)
    sys.exit(UNUSABLE if verdicts[UNREADABLE] else NOT_PROVED if verdicts[Verdict.PROVED] != len(files) else 0)


main.add_command(licence)


def _verifier(root: Path) -> Verifier:
    try:
        return Verifier(read_certificate(root.read_bytes()))
    except (CertsError, OSError) as error:
        raise click.BadParameter(f"{shown(str(root))}: {shown(str(error))}", param_hint="--root") from error


def _files(given: Path, root: Path) -> Iterable[Path]:
    """Return a file itself, or every file of a folder but hidden ones and the root."""
    if not given.is_dir():
        return [given]
    found = (file for file in sorted(given.rglob("*")) if file.is_file() and not file.samefile(root))
    return [file for file in found if not any(part.startswith(".") for part in file.relative_to(given).parts)]


def _checked(verifier: Verifier, files: list[Path]) -> Iterator[tuple[Path, Checked]]:
    with click.progressbar(files, label="checking", file=sys.stderr, hidden=len(files) == 1 or not sys.stderr.isatty()) as bar:
        for file in bar:
            yield file, check(verifier, file)


def check(verifier: Verifier, file: Path) -> Checked:
    """Check one file."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_EVIDENCE_BYTES + 1)
    except OSError as error:
        why = error.strerror or str(error)
        return Checked(UNREADABLE, [why], {"verdict": UNREADABLE, "proved": False, "error": why})
    try:
        findings = verifier.verify(data)
    except CertsError as error:
        part = error.part if isinstance(error, BrokenEvidence) else str(error).partition(":")[0]
        return Checked(REFUSED, [str(error)], {"verdict": REFUSED, "proved": False, "part": part, "error": str(error)})
    return Checked(findings.verdict.value, words(findings), as_object(findings))


def _words(file: Path, checked: Checked) -> str:
    return "\n  ".join([f"{shown(str(file))}: {checked.verdict}", *map(shown, checked.lines)])


class _Speaker:
    """Write to the standard output; where that is the terminal that shows the bar, when the bar is done."""

    def __init__(self) -> None:
        self._hold = sys.stdout.isatty() and sys.stderr.isatty()
        self._held: list[str] = []

    def __call__(self, text: str) -> None:
        if self._hold:
            self._held.append(text)
        else:
            click.echo(text)

    def release(self) -> None:
        """Write what was held back."""
        for text in self._held:
            click.echo(text)


def _summarise(verdicts: Counter[str], seconds: float, *, as_json: bool) -> None:
    total = sum(verdicts.values())
    if as_json:
        counts = {verdict: verdicts[verdict] for verdict in VERDICTS}
        click.echo(json_line({"checked": total, "verdicts": counts, "seconds": round(seconds, 3)}))
        return
    counted = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in VERDICTS if verdicts[verdict] or verdict == Verdict.PROVED)
    click.echo(f"{total} {'file' if total == 1 else 'files'}: {counted}, in {seconds:.1f} s")


if __name__ == "__main__":
    main()
