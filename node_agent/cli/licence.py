"""Issue, change and end the hall's electronic licences."""

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from certs.base64url import encode
from directory.licences.acts import TRUST_LEVELS
from directory.licences.vocabulary import ENDINGS, ActKind, Ground, title
from node_agent.cli.licence_book import key, list_, pending, show_
from node_agent.cli.licence_copy import annotate
from node_agent.cli.licence_desk import declined, desk_at, fields_of, officer, officer_options, show_done
from node_agent.cli.licence_query import accesses, query, verify
from node_agent.cli.licence_stock import load, quarantine
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.licences import acting, endings
from node_agent.licences.asked import Asked, Text

_LEVELS = {level: number for number, level in TRUST_LEVELS.items()}


@click.group()
def licence() -> None:
    """Issue, change and end the hall's electronic licences (电子证照), offline too; ask the hub about those of others."""


for _command in (key, pending, list_, show_, query, verify, accesses, annotate, load, quarantine):
    licence.add_command(_command)

_request_option = click.option("--request", default="", help="A number of your own: the same request is done once. Default: a new one.")
_case_option = click.option("--case", "case_number", default="", help="The case of this hall in which it is done.")
_ground_option = click.option("--ground", required=True, help="Why it is done.")
_document_option = click.option("--document", default="", help="The number of the document (文号) by which it is done.")


def _text_options(function: Any) -> Any:  # noqa: ANN401 - click's decorators
    """Add the options that say for when a version is valid, and how it came."""
    options = (
        click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day; default: today."),
        click.option("--valid-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day; default: as long as the type allows."),
        click.option(
            "--trust-level", type=click.Choice(list(_LEVELS)), default="A", show_default=True, help="A issued, B seen at a window."
        ),
        click.option(
            "--layout", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The sealed layout file; its digest is kept."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _text(fields: Path | None, valid_from: datetime | None, valid_until: datetime | None, trust_level: str, layout: Path | None) -> Text:
    digest = f"sha-256:{encode(sha256(layout.read_bytes()).digest())}" if layout else ""
    return Text(
        fields=None if fields is None else fields_of(fields),
        valid_from=_day(valid_from),
        valid_until=_day(valid_until),
        layout_digest=digest,
        trust_level=_LEVELS[trust_level],
    )


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _do(config_path: Path, asked: Asked, *, as_json: bool) -> None:
    with desk_at(config_path) as (connection, desk):
        done = acting.do(connection, desk, asked, datetime.now(UTC))
    show_done(done, as_json=as_json)


@licence.command()
@click.argument("fields", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option("--type", "licence_type", required=True, help="The type of the licence: see `tongban-agent directory list licence-type`.")
@_text_options
@_case_option
@_request_option
@officer_options
@config_option
@json_option
@told
@declined
def issue(
    fields: Path,
    licence_type: str,
    case_number: str,
    request: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
    **text: Any,  # noqa: ANN401 - the options of `_text_options`
) -> None:
    """Issue a licence that says what the JSON file FIELDS holds (`-`: standard input), under the next number.

    \b
    Example:
      tongban-agent licence issue fields.json --type 11220000DEM0002176001 --case 2026-17 --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    asked = Asked(
        request=request or str(uuid4()),
        kind=ActKind.ISSUED,
        officer=officer(config_path, role, department, person),
        type=licence_type,
        text=_text(fields, **text),
        case_number=case_number,
    )
    _do(config_path, asked, as_json=as_json)


@licence.command()
@click.argument("licence_id")
@click.argument("fields", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@_ground_option
@_text_options
@_case_option
@_request_option
@officer_options
@config_option
@json_option
@told
@declined
def change(
    licence_id: str,
    fields: Path,
    ground: str,
    case_number: str,
    request: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
    **text: Any,  # noqa: ANN401 - the options of `_text_options`
) -> None:
    """Make the next version of a LICENCE_ID: it says what the JSON file FIELDS holds, all of it, and is valid for as long as before.

    \b
    Example:
      tongban-agent licence change 1.2.156.3005.2…001.F fields.json --ground 经营场所变更 --person 1024
    """  # noqa: D301
    asked = Asked(
        request=request or str(uuid4()),
        kind=ActKind.CHANGED,
        officer=officer(config_path, role, department, person),
        licence=licence_id,
        text=_text(fields, **text),
        ground=ground,
        case_number=case_number,
    )
    _do(config_path, asked, as_json=as_json)


@licence.command()
@click.argument("licence_id")
@click.option("--ground", default="准予延续", show_default=True, help="Why it is done.")
@_text_options
@_case_option
@_request_option
@officer_options
@config_option
@json_option
@told
@declined
def renew(
    licence_id: str,
    ground: str,
    case_number: str,
    request: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
    **text: Any,  # noqa: ANN401 - the options of `_text_options`
) -> None:
    """Make the next version of a LICENCE_ID: it says the same and is valid for longer.

    \b
    Example:
      tongban-agent licence renew 1.2.156.3005.2…001.F --person 1024
    """  # noqa: D301
    asked = Asked(
        request=request or str(uuid4()),
        kind=ActKind.RENEWED,
        officer=officer(config_path, role, department, person),
        licence=licence_id,
        text=_text(None, **text),
        ground=ground,
        case_number=case_number,
    )
    _do(config_path, asked, as_json=as_json)


def _plain(name: str, kind: ActKind, does: str) -> click.Command:
    """Make the command of an act that makes no version and is no ending."""

    @click.command(
        name, help=f"{does}\n\n\b\nExample:\n  tongban-agent licence {name} 1.2.156.3005.2…001.F --ground 责令整改 --person 1024"
    )
    @click.argument("licence_id")
    @_ground_option
    @_document_option
    @_case_option
    @_request_option
    @officer_options
    @config_option
    @json_option
    @told
    @declined
    def command(
        licence_id: str,
        ground: str,
        document: str,
        case_number: str,
        request: str,
        role: str,
        department: str,
        person: str,
        config_path: Path,
        *,
        as_json: bool,
    ) -> None:
        asked = Asked(
            request=request or str(uuid4()),
            kind=kind,
            officer=officer(config_path, role, department, person),
            licence=licence_id,
            ground=ground,
            document=document,
            case_number=case_number,
        )
        _do(config_path, asked, as_json=as_json)

    return command


licence.add_command(_plain("suspend", ActKind.SUSPENDED, "Suspend a LICENCE_ID (暂扣): it is not valid until it is resumed."))
licence.add_command(_plain("resume", ActKind.RESUMED, "Resume a suspended LICENCE_ID (恢复)."))


@licence.command()
@click.argument("licence_id")
@click.option("--by", "successor", required=True, help="The licence that stands in its place.")
@_ground_option
@_case_option
@_request_option
@officer_options
@config_option
@json_option
@told
@declined
def supersede(
    licence_id: str,
    successor: str,
    ground: str,
    case_number: str,
    request: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Let another licence stand in the place of a LICENCE_ID (换发).

    \b
    Example:
      tongban-agent licence supersede 1.2.156.3005.2…001.F --by 1.2.156.3005.2…001.9 --ground 证照合并 --person 1024
    """  # noqa: D301
    asked = Asked(
        request=request or str(uuid4()),
        kind=ActKind.SUPERSEDED,
        officer=officer(config_path, role, department, person),
        licence=licence_id,
        successor=successor,
        ground=ground,
        case_number=case_number,
    )
    _do(config_path, asked, as_json=as_json)


@licence.command()
@click.argument("licence_id")
@click.option("--as", "kind", type=click.Choice([kind.value for kind in ENDINGS]), required=True, help="撤销, 撤回, 吊销 or 注销.")
@click.option("--ground", type=click.Choice([ground.value for ground in Ground]), required=True, help="The ground in law.")
@click.option("--basis", required=True, help="The law that it rests on.")
@_document_option
@_case_option
@_request_option
@officer_options
@config_option
@json_option
@told
@declined
def end(
    licence_id: str,
    kind: str,
    ground: str,
    basis: str,
    document: str,
    case_number: str,
    request: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Propose to end a LICENCE_ID; another officer confirms it with `licence confirm`, and only then it is done.

    \b
    Example:
      tongban-agent licence end 1.2.156.3005.2…001.F --as cancelled --ground holder-dissolved --basis 行政许可法第七十条 --person 1024
    """  # noqa: D301
    asked = Asked(
        request=request or str(uuid4()),
        kind=ActKind(kind),
        officer=officer(config_path, role, department, person),
        licence=licence_id,
        ground=ground,
        basis=basis,
        document=document,
        case_number=case_number,
    )
    with desk_at(config_path) as (connection, desk):
        found = endings.propose(connection, desk, asked, datetime.now(UTC))
    facts = {"ending": found.id, "licence": licence_id, "act": kind, "proposed_at": found.proposed_at.isoformat(), "waits": found.waits}
    lines = [f"{title(found.asked.kind)} proposed: another officer runs `tongban-agent licence confirm {found.id} --person …`"]
    show(facts, lines, as_json=as_json)


@licence.command()
@click.argument("ending")
@officer_options
@config_option
@json_option
@told
@declined
def confirm(ending: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Confirm a proposed ENDING, as another officer than the one who proposed it: then it is done.

    \b
    Example:
      tongban-agent licence confirm 6f1c… --person 2048
    """  # noqa: D301
    who = officer(config_path, role, department, person)
    with desk_at(config_path) as (connection, desk):
        done = endings.confirm(connection, desk, ending, who, datetime.now(UTC))
    show_done(done, as_json=as_json)


@licence.command()
@click.argument("ending")
@officer_options
@config_option
@json_option
@told
@declined
def drop(ending: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Take a proposed ENDING back.

    \b
    Example:
      tongban-agent licence drop 6f1c… --person 1024
    """  # noqa: D301
    who = officer(config_path, role, department, person)
    with desk_at(config_path) as (connection, desk):
        found = endings.drop(connection, desk, ending, who, datetime.now(UTC))
    show({"ending": found.id, "dropped": True}, [f"{found.id} is taken back; nothing was done to the licence"], as_json=as_json)
