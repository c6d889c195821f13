"""Ask the hub about licences of other halls, have a presentation checked, and tell a holder who looked."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from directory.licences.disclosing import field_of
from directory.licences.vocabulary import Status, title
from node_agent import hall_keys
from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load
from node_agent.licences.shown import checked
from node_agent.link import licences as link
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

_holder_options = (
    click.option("--holder", default="", help="The holder's code; `-` reads it from standard input, so that no list of commands keeps it."),
    click.option("--code-type", default="001", show_default=True, help="Of the holder's code: 001 USCC, 111 citizen id."),
)


def _about_holder(function: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in reversed(_holder_options):
        function = option(function)
    return function


def _holder(holder: str, code_type: str) -> messages.Holder:
    return messages.Holder(code_type=code_type, code=sys.stdin.readline().strip() if holder == "-" else holder)


@click.command()
@click.argument("licence_ids", metavar="[LICENCE]...", nargs=-1)
@_about_holder
@click.option("--type", "licence_type", default="", help="With --holder: licences of this type only.")
@click.option("--field", "fields", multiple=True, help="A field to be shown; repeatable. Default: all that the grant opens.")
@click.option("--purpose", required=True, help="What it is for: the purpose of the grant, in its words.")
@click.option("--basis", default="", help="The law or decision that it rests on.")
@click.option("--case", "case_number", required=True, help="The open case of the department in which it is asked.")
@click.option("--case-hall", default="", help="The hall of the case; default: this one.")
@asker_options("licence-reader")
@config_option
@json_option
@told
def query(
    licence_ids: tuple[str, ...],
    holder: str,
    code_type: str,
    licence_type: str,
    fields: tuple[str, ...],
    purpose: str,
    basis: str,
    case_number: str,
    case_hall: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Look at licences by their identifiers, or at those of a holder; each look is written down, and its holder may hear of it.

    \b
    Example:
      tongban-agent licence query 1.2.156.3005.2.11220000DEM0002176001.220182.0000001.001.T --purpose 核验食品经营许可 --case 2026-17 \\
        --department window-food --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    if bool(licence_ids) == bool(holder):
        raise click.UsageError("name licences, or a --holder")
    hall = hall_keys.load(load(config_path))
    queries = [messages.LicenceQuery(licence_id=one, fields=fields) for one in licence_ids]
    if holder:
        queries = [messages.LicenceQuery(holder=_holder(holder, code_type), type=licence_type, fields=fields)]
    question = messages.LicenceQuestion(
        asked_by=principal(role, department, person),
        purpose=Purpose(purpose=purpose, basis=basis, case_hall=case_hall or hall.hall, case_number=case_number),
        queries=queries,
    )
    answer: messages.QueryLicencesResponse = put(config_path, link.query, link.signed(hall, question, datetime.now(UTC)))
    found = [_fact(one, hall) for each in answer.answers for one in each.licences]
    lines = [line for one in found for line in _lines(one)] or ["there is none that may be seen"]
    show({"licences": found, "ledger_index": answer.ledger_index}, [*lines, f"written down at {answer.ledger_index}"], as_json=as_json)


def _fact(found: messages.FoundLicence, hall: hall_keys.HallKeys) -> dict[str, Any]:
    """Return a licence as its hall signed it; raises CredentialInvalid when it did not."""
    proved = checked(found, hall.charter)
    return {
        "licence_id": proved.claims.licence_id,
        "type": proved.claims.type,
        "issued_by": proved.claims.hall,
        "valid_from": proved.claims.valid_from.isoformat(),
        "valid_to": proved.claims.valid_to.isoformat() if proved.claims.valid_to else None,
        "status": found.status,
        "ground": found.ground,
        "fields": {field_of(name): value for name, value in {**proved.public, **proved.disclosed}.items()},
        "presentation": found.presentation,
    }


def _lines(fact: dict[str, Any]) -> list[str]:
    head = f"{fact['licence_id']}  {title(Status(fact['status']))}  {fact['issued_by']}"
    return [head, *(worded(f"  {name}", str(value)) for name, value in fact["fields"].items())]


@click.command()
@click.argument("presentation", type=click.File("r", encoding="ascii"))
@click.option("--annotation", type=click.File("r", encoding="ascii"), help="The file of its annotation (加注件).")
@asker_options("licence-reader")
@config_option
@json_option
@told
def verify(presentation: Any, annotation: Any, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:  # noqa: ANN401
    """Have the hub check the file PRESENTATION (`-`: standard input), and say how the licence stands; exit code 1 when it does not hold.

    \b
    Example:
      tongban-agent licence verify shown.txt --department window-food --person 1024
    """  # noqa: D301
    request = messages.VerifyLicenceRequest(
        presentation=presentation.read().strip(),
        annotation=annotation.read().strip() if annotation else "",
        asked_by=principal(role, department, person),
    )
    answer: messages.VerifyLicenceResponse = put(config_path, link.verify, request)
    good = f"it holds, and the licence is {title(Status(answer.status))}" if answer.valid else f"it does not hold: {answer.fault}"
    show(facts(answer), [good, *_made_for(answer), *(f"  {name}" for name in answer.disclosed)], as_json=as_json)
    if not answer.valid:
        sys.exit(1)


def _made_for(answer: messages.VerifyLicenceResponse) -> list[str]:
    """Say for whom a copy was made; of what is none there is nothing to say."""
    if not answer.recipient:
        return []
    whose = "you" if answer.made_for_caller else "somebody else: it is of no use here"
    until = answer.expires_at.ToDatetime(UTC).isoformat(timespec="seconds")
    words = worded("for", answer.recipient), worded("purpose", answer.purpose)
    return [f"a copy by {answer.made_by}, until {until}, made for {whose}", *(f"  {line}" for line in words)]


@click.command()
@_about_holder
@click.option("--purpose", required=True, help="The holder's request.")
@limit_option
@asker_options("clerk")
@config_option
@json_option
@told
def accesses(
    holder: str,
    code_type: str,
    purpose: str,
    limit: int,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Tell a holder, at this hall's window, who looked at their licences, newest first.

    \b
    Example:
      tongban-agent licence accesses --holder 91220000DEM100015Y --purpose 持证主体申请查询 --person 1024
    """  # noqa: D301
    request = messages.ListAccessesRequest(
        holder=_holder(holder, code_type), asked_by=principal(role, department, person), purpose=Purpose(purpose=purpose)
    )
    rows, more = pages(config_path, link.accesses, request, lambda page: page.accesses, limit)
    lines = [
        f"{one.at.ToDatetime(UTC).isoformat(timespec='seconds')}  {one.hall} {one.department or '-'}  {one.licence_id}  {one.purpose}"
        for one in rows
    ]
    show({"accesses": [facts(one) for one in rows]}, [*(lines or ["nobody looked"]), *more_line(more)], as_json=as_json)
