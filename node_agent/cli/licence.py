"""Issue, change and end the hall's electronic licences."""

from datetime import UTC, datetime
from pathlib import Path

import click

from directory.licences.vocabulary import ENDINGS, ActKind, Ground, title
from node_agent.cli.licence_acting import Acting, Given, Version, act_options, acting_options, version_options
from node_agent.cli.licence_book import key, list_, pending, show_
from node_agent.cli.licence_copy import annotate, copies_
from node_agent.cli.licence_desk import desk_at, show_done
from node_agent.cli.licence_query import accesses, query, verify
from node_agent.cli.licence_stock import load, quarantine
from node_agent.cli.opening import show
from node_agent.licences import endings


@click.group()
def licence() -> None:
    """Issue, change and end the hall's electronic licences (电子证照), offline too; ask the hub about those of others."""


for _command in (key, pending, list_, show_, query, verify, accesses, annotate, copies_, load, quarantine):
    licence.add_command(_command)

_fields_argument = click.argument("fields", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
_ground_option = click.option("--ground", required=True, help="Why it is done.")
_document_option = click.option("--document", default="", help="The number of the document (文号) by which it is done.")


@licence.command()
@_fields_argument
@click.option("--type", "licence_type", required=True, help="The type of the licence: see `tongban-agent directory list licence-type`.")
@version_options
@act_options
def issue(given: Given, version: Version, fields: Path, licence_type: str) -> None:
    """Issue a licence that says what the JSON file FIELDS holds (`-`: standard input), under the next number.

    \b
    Example:
      tongban-agent licence issue fields.json --type 11220000DEM0002176001 --case 2026-17 --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    given.do(ActKind.ISSUED, version.text(fields), type=licence_type)


@licence.command()
@click.argument("licence_id")
@_fields_argument
@_ground_option
@version_options
@act_options
def change(given: Given, version: Version, licence_id: str, fields: Path, ground: str) -> None:
    """Make the next version of a LICENCE_ID: it says what the JSON file FIELDS holds, all of it, and is valid for as long as before.

    \b
    Example:
      tongban-agent licence change 1.2.156.3005.2…001.F fields.json --ground 经营场所变更 --person 1024
    """  # noqa: D301
    given.do(ActKind.CHANGED, version.text(fields), licence=licence_id, ground=ground)


@licence.command()
@click.argument("licence_id")
@click.option("--ground", default="准予延续", show_default=True, help="Why it is done.")
@version_options
@act_options
def renew(given: Given, version: Version, licence_id: str, ground: str) -> None:
    """Make the next version of a LICENCE_ID: it says the same and is valid for longer.

    \b
    Example:
      tongban-agent licence renew 1.2.156.3005.2…001.F --person 1024
    """  # noqa: D301
    given.do(ActKind.RENEWED, version.text(None), licence=licence_id, ground=ground)


def _plain(name: str, kind: ActKind, does: str) -> click.Command:
    """Make the command of an act that makes no version and is no ending."""

    @click.command(
        name, help=f"{does}\n\n\b\nExample:\n  tongban-agent licence {name} 1.2.156.3005.2…001.F --ground 责令整改 --person 1024"
    )
    @click.argument("licence_id")
    @_ground_option
    @_document_option
    @act_options
    def command(given: Given, licence_id: str, ground: str, document: str) -> None:
        given.do(kind, licence=licence_id, ground=ground, document=document)

    return command


licence.add_command(_plain("suspend", ActKind.SUSPENDED, "Suspend a LICENCE_ID (暂扣): it is not valid until it is resumed."))
licence.add_command(_plain("resume", ActKind.RESUMED, "Resume a suspended LICENCE_ID (恢复)."))


@licence.command()
@click.argument("licence_id")
@click.option("--by", "successor", required=True, help="The licence that stands in its place.")
@_ground_option
@act_options
def supersede(given: Given, licence_id: str, successor: str, ground: str) -> None:
    """Let another licence stand in the place of a LICENCE_ID (换发).

    \b
    Example:
      tongban-agent licence supersede 1.2.156.3005.2…001.F --by 1.2.156.3005.2…001.9 --ground 证照合并 --person 1024
    """  # noqa: D301
    given.do(ActKind.SUPERSEDED, licence=licence_id, successor=successor, ground=ground)


@licence.command()
@click.argument("licence_id")
@click.option("--as", "kind", type=click.Choice([kind.value for kind in ENDINGS]), required=True, help="撤销, 撤回, 吊销 or 注销.")
@click.option("--ground", type=click.Choice([ground.value for ground in Ground]), required=True, help="The ground in law.")
@click.option("--basis", required=True, help="The law that it rests on.")
@_document_option
@act_options
def end(given: Given, licence_id: str, kind: str, **said: str) -> None:
    """Propose to end a LICENCE_ID; another officer confirms it with `licence confirm`, and only then it is done.

    \b
    Example:
      tongban-agent licence end 1.2.156.3005.2…001.F --as cancelled --ground holder-dissolved --basis 行政许可法第七十条 --person 1024
    """  # noqa: D301
    asked = given.asked(ActKind(kind), licence=licence_id, **said)
    with desk_at(given.config_path) as (connection, desk):
        found = endings.propose(connection, desk, asked, datetime.now(UTC))
    facts = {"ending": found.id, "licence": licence_id, "act": kind, "proposed_at": found.proposed_at.isoformat(), "waits": found.waits}
    lines = [f"{title(found.asked.kind)} proposed: another officer runs `tongban-agent licence confirm {found.id} --person …`"]
    show(facts, lines, as_json=given.as_json)


@licence.command()
@click.argument("ending")
@acting_options
def confirm(acting: Acting, ending: str) -> None:
    """Confirm a proposed ENDING, as another officer than the one who proposed it: then it is done.

    \b
    Example:
      tongban-agent licence confirm 6f1c… --person 2048
    """  # noqa: D301
    with desk_at(acting.config_path) as (connection, desk):
        done = endings.confirm(connection, desk, ending, acting.officer, datetime.now(UTC))
    show_done(done, as_json=acting.as_json)


@licence.command()
@click.argument("ending")
@acting_options
def drop(acting: Acting, ending: str) -> None:
    """Take a proposed ENDING back.

    \b
    Example:
      tongban-agent licence drop 6f1c… --person 1024
    """  # noqa: D301
    with desk_at(acting.config_path) as (connection, desk):
        found = endings.drop(connection, desk, ending, acting.officer, datetime.now(UTC))
    show({"ending": found.id, "dropped": True}, [f"{found.id} is taken back; nothing was done to the licence"], as_json=acting.as_json)
