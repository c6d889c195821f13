"""Check licence files from the command line: `tongban-verify licence`.

Laws: nothing but the files named is read, and nothing is asked of any network; one bad file keeps no other from being checked.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from cryptography import x509

from certs.errors import CertsError, JwsInvalid
from certs.evidence_words import json_line, shown
from certs.identity import read_certificate
from certs.licence_file import MOST_BYTES, check, read
from certs.licence_findings import LicenceVerdict, as_object, words

REFUSED = "refused"
UNREADABLE = "unreadable"
NOT_VALID = 1
UNUSABLE = 2

_EPILOG = """\b
Examples:
  tongban-verify licence --root root.pem --status-list huadian.jwt shop.licence
  tongban-verify licence --root root.pem --recipient 长春市示例银行 copy.licence
\b
Exit status:
  0  every licence is valid now
  1  a licence is not valid, its status is not known, or a file is refused
  2  wrong usage, or a file that cannot be read
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What all files are checked against."""

    root: x509.Certificate
    now: datetime
    status_list: str
    recipient: str


@click.command("licence", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--root", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The province's root (PEM).")
@click.option("--status-list", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A status list token of the hub's.")
@click.option("--recipient", default="", help="Who was handed the file: its annotation has to name them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def licence(files: tuple[Path, ...], root: Path, status_list: Path | None, recipient: str, *, as_json: bool) -> None:
    """Check licences offline: who issued them, what they disclose, whether they are valid now, and for whom a copy was made."""
    given = Given(_root(root), datetime.now(UTC), _token(status_list), recipient)
    verdicts = []
    for file in files:
        verdict, lines, content = _checked(file, given)
        verdicts.append(verdict)
        click.echo(json_line({"file": str(file), **content}) if as_json else _words(file, verdict, lines))
    sys.exit(UNUSABLE if UNREADABLE in verdicts else 0 if set(verdicts) == {LicenceVerdict.VALID.value} else NOT_VALID)


def _root(path: Path) -> x509.Certificate:
    try:
        return read_certificate(path.read_bytes())
    except (CertsError, OSError) as error:
        raise click.BadParameter(f"{shown(str(path))}: {shown(str(error))}", param_hint="--root") from error


def _token(path: Path | None) -> str:
    try:
        return _content(path).decode("ascii").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{shown(str(path))} cannot be read as a status list", param_hint="--status-list") from error


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _checked(file: Path, given: Given) -> tuple[str, list[str], dict[str, Any]]:
    try:
        findings = check(read(_content(file)), given.root, given.now, status_list=given.status_list, recipient=given.recipient)
    except OSError as error:
        why = error.strerror or str(error)
        return UNREADABLE, [why], {"verdict": UNREADABLE, "valid": False, "error": why}
    except CertsError as error:
        fault = error.fault.value if isinstance(error, JwsInvalid) else type(error).__name__
        return REFUSED, [str(error)], {"verdict": REFUSED, "valid": False, "fault": fault, "error": str(error)}
    return findings.verdict.value, words(findings), as_object(findings)


def _words(file: Path, verdict: str, lines: Iterable[str]) -> str:
    return "\n  ".join([f"{shown(str(file))}: {verdict}", *map(shown, lines)])
