"""Tell providers what is wrong in their records, and answer what we are told; through the hub (校核纠错)."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import corrections as link
from tongban.directory.v1 import corrections_pb2

_STATES = ("reported", "corrected", "rejected", "closed")

_reader = asker_options("clerk")
_provider = asker_options("catalogue-administrator")


@click.group()
def correction() -> None:
    """Report errors in shared records, answer such reports, and see how they stand; the hub must be reached."""


@correction.command()
@click.argument("resource")
@click.option("--what", required=True, help="What is wrong; name no content of records.")
@click.option("--record", default="", help="The provider's key of the record; default: all are meant.")
@click.option("--field", "fields", multiple=True, help="A field that is wrong; repeatable; default: the whole record.")
@_reader
@config_option
@json_option
@told
def report(
    resource: str,
    what: str,
    record: str,
    fields: tuple[str, ...],
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Report an error in records of a RESOURCE.

    \b
    Example:
      tongban-agent correction report enterprise-register --record 17 --field name --what 名称与营业执照不一致 \\
        --department housing --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    request = corrections_pb2.ReportErrorRequest(
        resource=resource, record=record, fields=fields, what=what, asked_by=principal(role, department, person)
    )
    _show(put(config_path, link.report, request), as_json=as_json)


@correction.command()
@click.argument("report_id")
@click.option("--outcome", type=click.Choice(["corrected", "rejected"]), required=True, help="What became of it.")
@click.option("--text", default="", help="What to say; a rejection says why.")
@_provider
@config_option
@json_option
@told
def answer(report_id: str, outcome: str, text: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Answer the report REPORT_ID, for the provider.

    \b
    Example:
      tongban-agent correction answer r-wmqe6ud3cvk2a --outcome corrected --department market-regulation --person 7
    """  # noqa: D301
    request = corrections_pb2.AnswerReportRequest(
        report=report_id, outcome=outcome, text=text, asked_by=principal(role, department, person)
    )
    _show(put(config_path, link.answer, request), as_json=as_json)


@correction.command()
@click.argument("report_id")
@_reader
@config_option
@json_option
@told
def close(report_id: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Close the report REPORT_ID, whose answer its reader has seen.

    \b
    Example:
      tongban-agent correction close r-wmqe6ud3cvk2a --department housing --person 1024
    """  # noqa: D301
    request = corrections_pb2.CloseReportRequest(report=report_id, asked_by=principal(role, department, person))
    _show(put(config_path, link.close, request), as_json=as_json)


@correction.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Those that stand there alone.")
@click.option("--resource", default="", help="Those on one resource.")
@click.option("--overdue", is_flag=True, help="Those that wait longer than is allowed.")
@limit_option
@_reader
@config_option
@json_option
@told
def list_(
    state: str | None,
    resource: str,
    overdue: bool,
    limit: int,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """List reports, in the order in which they were made.

    \b
    Example:
      tongban-agent correction list --overdue --department housing --person 1024
    """  # noqa: D301
    request = corrections_pb2.ListReportsRequest(
        state=state or "", resource=resource, overdue=overdue, asked_by=principal(role, department, person)
    )
    found, more = pages(config_path, link.page, request, lambda page: page.reports, limit)
    lines = [_line(one) for one in found] or ["no reports"]
    show({"reports": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


def _line(one: corrections_pb2.ReportStanding) -> str:
    told_of = one.report
    late = f", {one.waiting.working_days_late} working days late" if one.waiting.overdue else ""
    waits = f"  waits for an answer until {one.waiting.due}{late}" if one.HasField("waiting") else ""
    return f"{told_of.report}  {told_of.state:<9}  {told_of.resource}  {told_of.hall}/{told_of.department}{waits}"


def _show(one: corrections_pb2.ReportStanding, *, as_json: bool) -> None:
    told_of = one.report
    lines = [
        _line(one),
        f"provider  {one.provider_hall}/{one.provider}",
        f"about     {told_of.record or 'all records'}: {', '.join(told_of.fields) or 'the whole record'}",
        worded("what", told_of.what),
    ]
    lines += [worded("answer", f"{told_of.outcome}{f': {told_of.answer}' if told_of.answer else ''}")] if told_of.outcome else []
    show(facts(one), lines, as_json=as_json)
