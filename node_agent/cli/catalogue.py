"""Look up at the hub which resources there are, and whether they are kept up."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import catalogue as link
from tongban.directory.v1 import catalogue_pb2

_SHARING = ("unconditional", "conditional", "not-shared")

_asker = asker_options("node")


@click.group()
def catalogue() -> None:
    """Look up resources as they stand today; the hub must be reached. `directory list resource` works offline."""


@catalogue.command("list")
@click.option("--provider-hall", default="", help="Those of one hall.")
@click.option("--sharing", type=click.Choice(_SHARING), help="Those that are shared so.")
@click.option("--overdue", is_flag=True, help="Those whose update is overdue.")
@limit_option
@_asker
@config_option
@json_option
@told
def list_(
    provider_hall: str,
    sharing: str | None,
    overdue: bool,
    limit: int,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """List resources, in the order of their ids.

    \b
    Examples:
      tongban-agent catalogue list --config agent.toml
      tongban-agent catalogue list --overdue --provider-hall yushu --json
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    request = catalogue_pb2.ListResourcesRequest(
        provider_hall=provider_hall, sharing=sharing or "", overdue=overdue, asked_by=principal(role, department, person)
    )
    found, more = pages(config_path, link.page, request, lambda page: page.resources, limit)
    lines = [_line(one) for one in found] or ["no resources"]
    show({"resources": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


@catalogue.command("show")
@click.argument("resource")
@_asker
@config_option
@json_option
@told
def show_(resource: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show a RESOURCE with its fields.

    \b
    Example:
      tongban-agent catalogue show enterprise-register --config agent.toml
    """  # noqa: D301
    request = catalogue_pb2.GetResourceRequest(resource=resource, asked_by=principal(role, department, person))
    one = put(config_path, link.show, request)
    lines = [_line(one), one.abstract, f"sharing   {one.sharing}{f': {one.sharing_terms}' if one.sharing_terms else ''}, by {one.manner}"]
    lines += [f"field     {field.name:<24} {field.type:<12} {field.sensitivity:<18} {field.title}" for field in one.fields]
    show(facts(one), lines, as_json=as_json)


def _line(one: catalogue_pb2.CatalogueEntry) -> str:
    kept = f"{one.freshness}, due {one.due or 'irregularly'}" if one.in_force else one.state
    return f"{one.resource:<32} {one.sharing:<13} {one.provider_hall}/{one.provider}  {kept}  {one.display_name}"
