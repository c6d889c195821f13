"""Apply for resources of other departments, and answer those who apply for ours; through the hub."""

from pathlib import Path
from typing import Any

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import sharing as link
from tongban.directory.v1 import sharing_pb2
from tongban.directory.v1.sharing_pb2 import Term

_SIDES = {"applicant": sharing_pb2.SHARE_SIDE_APPLICANT, "provider": sharing_pb2.SHARE_SIDE_PROVIDER}
_PHASES = ("applied", "answered", "granted", "refused", "withdrawn", "expired")

_asker = asker_options("catalogue-administrator")
_field_option = click.option("--field", "fields", multiple=True, help="A field of its records; repeatable.")
_ground_option = click.option("--ground", required=True, help="Why; both halls are told.")


@click.group()
def share() -> None:
    """Apply for resources, answer applications, and see how they stand; the hub must be reached."""


@share.command()
@click.argument("resource")
@_field_option
@click.option("--purpose", required=True, help="What it is for, and for nothing else.")
@click.option("--basis", required=True, help="The law or decision that it rests on.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The first day on which it is over.")
@click.option("--from", "start", default="", metavar="YYYY-MM-DD", help="The first day; default: today.")
@_asker
@config_option
@json_option
@told
def apply(
    resource: str,
    fields: tuple[str, ...],
    purpose: str,
    basis: str,
    until: str,
    start: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Apply for fields of a RESOURCE. The same application made twice is one.

    \b
    Example:
      tongban-agent share apply enterprise-register --field name --field uscc --purpose 核验企业登记信息 --basis 行政许可法第三十一条 \\
        --until 2027-06-01 --department housing --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    request = sharing_pb2.ApplyRequest(
        resource=resource,
        fields=fields,
        purpose=purpose,
        basis=basis,
        term=Term(start=start, end=until),
        asked_by=principal(role, department, person),
    )
    _show(put(config_path, link.apply, request), as_json=as_json)


@share.command()
@click.argument("application")
@_asker
@config_option
@json_option
@told
def answer(application: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Consent to an APPLICATION; the resource is to be shared within its limit.

    \b
    Example:
      tongban-agent share answer s-wmqe6ud3cvk2a --department market-regulation --person 7
    """  # noqa: D301
    request = sharing_pb2.AnswerRequest(application=application, asked_by=principal(role, department, person))
    _show(put(config_path, link.answer, request), as_json=as_json)


@share.command()
@click.argument("application")
@_field_option
@click.option("--until", default="", metavar="YYYY-MM-DD", help="The first day on which it is over; default: as applied for.")
@click.option("--from", "start", default="", metavar="YYYY-MM-DD", help="The first day; goes with --until.")
@_asker
@config_option
@json_option
@told
def grant(
    application: str,
    fields: tuple[str, ...],
    until: str,
    start: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Share what an APPLICATION asks for from now on: all of it, or fewer fields, or for a shorter time.

    \b
    Example:
      tongban-agent share grant s-wmqe6ud3cvk2a --field name --department market-regulation --person 7
    """  # noqa: D301
    if bool(until) != bool(start):
        raise click.UsageError("--from and --until go together")
    request = sharing_pb2.GrantRequest(
        application=application,
        fields=fields,
        period=Term(start=start, end=until) if until else None,
        asked_by=principal(role, department, person),
    )
    _show(put(config_path, link.grant, request), as_json=as_json)


@share.command()
@click.argument("application")
@_ground_option
@_asker
@config_option
@json_option
@told
def refuse(application: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Refuse an APPLICATION.

    \b
    Example:
      tongban-agent share refuse s-wmqe6ud3cvk2a --ground 超出职责范围 --department market-regulation --person 7
    """  # noqa: D301
    request = sharing_pb2.RefuseRequest(application=application, ground=ground, asked_by=principal(role, department, person))
    _show(put(config_path, link.refuse, request), as_json=as_json)


@share.command()
@click.argument("application")
@_ground_option
@_asker
@config_option
@json_option
@told
def withdraw(application: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """End an APPLICATION, and the grant on it, at once; for the applicant or the provider.

    \b
    Example:
      tongban-agent share withdraw s-wmqe6ud3cvk2a --ground 不再需要 --department housing --person 1024
    """  # noqa: D301
    request = sharing_pb2.WithdrawRequest(application=application, ground=ground, asked_by=principal(role, department, person))
    _show(put(config_path, link.withdraw, request), as_json=as_json)


@share.command("show")
@click.argument("application")
@_asker
@config_option
@json_option
@told
def show_(application: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show how an APPLICATION stands.

    \b
    Example:
      tongban-agent share show s-wmqe6ud3cvk2a --department housing --person 1024
    """  # noqa: D301
    request = sharing_pb2.GetShareRequest(application=application, asked_by=principal(role, department, person))
    _show(put(config_path, link.show, request), as_json=as_json)


@share.command("list")
@click.option("--side", type=click.Choice(list(_SIDES)), help="What we applied for, or what others apply for of ours; default: both.")
@click.option("--phase", type=click.Choice(_PHASES), help="Those that stand there alone.")
@click.option("--resource", default="", help="Those for one resource.")
@click.option("--overdue", is_flag=True, help="Those that wait longer than is allowed.")
@limit_option
@_asker
@config_option
@json_option
@told
def list_(
    side: str | None,
    phase: str | None,
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
    """List applications, in the order in which they were made.

    \b
    Examples:
      tongban-agent share list --department housing --person 1024
      tongban-agent share list --side provider --overdue --department market-regulation --person 7 --json
    """  # noqa: D301
    request = sharing_pb2.ListSharesRequest(
        side=_SIDES.get(side or "", sharing_pb2.SHARE_SIDE_UNSPECIFIED),
        phase=phase or "",
        resource=resource,
        overdue=overdue,
        asked_by=principal(role, department, person),
    )
    found, more = pages(config_path, link.page, request, lambda page: page.shares, limit)
    lines = [_line(one) for one in found] or ["no applications"]
    show({"shares": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


def _line(one: sharing_pb2.ShareStanding) -> str:
    asked = one.share.application
    return f"{asked.application}  {one.share.phase:<9}  {asked.resource}  {asked.hall}/{asked.department}{_waits(one)}"


def _waits(one: sharing_pb2.ShareStanding) -> str:
    if not one.HasField("waiting"):
        return ""
    late = f", {one.waiting.working_days_late} working days late" if one.waiting.overdue else ""
    light = f" ({one.waiting.light})" if one.waiting.light else ""
    return f"  waits for {one.waiting.awaited} until {one.waiting.due}{light}{late}"


def _show(one: sharing_pb2.ShareStanding, *, as_json: bool) -> None:
    asked, given = one.share.application, one.share.grant
    lines = [
        _line(one),
        f"provider  {one.provider_hall}/{one.provider}",
        f"asked     {', '.join(asked.fields)}, {asked.term.start} to {asked.term.end}, by {asked.manner}",
        worded("purpose", asked.purpose),
        worded("basis", asked.basis),
    ]
    if one.share.HasField("grant"):
        holds = f": {one.not_live}" if one.not_live else ""
        lines.append(f"grant     {given.grant}: {', '.join(given.fields)}, {given.period.start} to {given.period.end}{holds}")
    if one.share.ground:
        lines.append(worded("ground", one.share.ground))
    told_of: dict[str, Any] = facts(one)
    show(told_of, lines, as_json=as_json)
