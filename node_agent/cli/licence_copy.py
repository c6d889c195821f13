"""Make a copy of a licence for one recipient and one purpose, as a file and as a page to print."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from certs import licence_file
from certs.credential import present
from directory.licences.contents import midnight
from directory.licences.disclosing import claim_of
from node_agent.cli.asking import put
from node_agent.cli.licence_acting import Acting, acting_options
from node_agent.cli.licence_desk import declined, desk_at, writing
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load
from node_agent.licences import copies, copy_book
from node_agent.licences.copies import Copy, Wanted
from node_agent.licences.copy_book import Noted
from node_agent.licences.copy_page import Surroundings, page
from node_agent.licences.copy_words import CHINESE, WORDS
from node_agent.licences.declining import decline, licence_of
from node_agent.link import licences as link
from tongban.licence.v1 import licence_service_pb2 as messages

SHOWN = 100


@click.command()
@click.argument("licence_id", default="", required=False)
@click.option(
    "--presentation", type=click.File("r", encoding="ascii"), help="Instead of a licence of this hall: a file of what was shown of one."
)
@click.option("--field", "fields", multiple=True, help="A field to be shown; repeatable. Default: all that is there.")
@click.option("--recipient", required=True, help="For whom the copy is.")
@click.option("--purpose", required=True, help="For what it is; it stands on the page.")
@click.option("--case", "case_number", default="", help="The recipient's case, if there is one.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day on which the copy counts, in Beijing.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The licence file to write.")
@click.option("--page", "page_path", type=click.Path(dir_okay=False, path_type=Path), help="A page to print, in HTML.")
@click.option(
    "--without-status", is_flag=True, help="Ask the hub for no status list: the file then says nothing of how the licence stands."
)
@click.option("--language", type=click.Choice(list(WORDS)), default=CHINESE, show_default=True, help="The language of the page.")
@click.option("--request", default="", help="A number of your own: one request makes one copy. Default: a new one.")
@acting_options
def annotate(
    acting: Acting,
    licence_id: str,
    presentation: Any,  # noqa: ANN401 - an open file
    fields: tuple[str, ...],
    recipient: str,
    purpose: str,
    case_number: str,
    until: datetime,
    out: Path,
    page_path: Path | None,
    language: str,
    request: str,
    *,
    without_status: bool,
) -> None:
    """Make a copy of a LICENCE_ID of this hall, or of a presentation, for one recipient and one purpose (加注件).

    Who makes it is written into the hall's book (`licence copies`). The file verifies offline with `tongban-verify licence`; with
    --page there is a page to print, with the purpose all over it.

    \b
    Example:
      tongban-agent licence annotate 1.2.156.3005.2…001.F --field holder_name --recipient 长春市示例银行 --purpose 开户核验 \\
        --until 2026-12-31 --person 1024 --out copy.licence --page copy.html
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    if bool(licence_id) == bool(presentation):
        raise click.UsageError("name a licence of this hall, or a --presentation")
    ends = midnight(until.date() + timedelta(days=1)).astimezone(UTC)
    wanted = Wanted(recipient, purpose, case_number, ends, acting.officer, request or str(uuid4()))
    shown = presentation.read().strip() if presentation else ""
    made, html = _made(acting.config_path, _Source(licence_id, shown, fields), wanted, language if page_path else "")
    token = "" if without_status else _status_list(acting.config_path, made)
    out.write_bytes(licence_file.write(replace(made.file, status_list=token)))
    if page_path is not None:
        page_path.write_text(html, encoding="utf-8")
    facts = {
        "copy": made.annotation.id,
        "licence": made.licence.claims.licence_id,
        "recipient": recipient,
        "disclosed": sorted({*made.licence.public, *made.licence.disclosed}),
        "until": made.annotation.expires_at.isoformat(),
        "file": str(out),
        "page": str(page_path) if page_path else None,
        "status_list": bool(token),
    }
    lines = [f"{out}: a copy for {recipient}, until {made.annotation.expires_at:%Y-%m-%d %H:%M} UTC; number {made.annotation.id}"]
    lines += [f"{page_path}: to print"] if page_path else []
    show(facts, lines, as_json=acting.as_json)


@click.command("copies")
@click.argument("licence_id", default="", required=False)
@click.option("--limit", type=click.IntRange(1, 100_000), default=SHOWN, show_default=True, help="How many to show at most.")
@config_option
@json_option
@told
@declined
def copies_(licence_id: str, limit: int, config_path: Path, *, as_json: bool) -> None:
    """List the copies that were made here, of a LICENCE_ID if it is given: who made each, for whom, for what, until when.

    \b
    Example:
      tongban-agent licence copies --config agent.toml
    """  # noqa: D301
    root = licence_of(licence_id).root if licence_id else ""
    with writing(load(config_path)) as connection:
        found = copy_book.newest(connection, root, limit)
    lines = [f"{one.made_at:%Y-%m-%d %H:%M}  {one.licence_id} for {one.recipient}: {one.purpose}; {_by(one)}" for one in found]
    show({"copies": [_fact(one) for one in found]}, lines or ["no copies"], as_json=as_json)


def _by(one: Noted) -> str:
    return f"by {one.officer}, until {one.expires_at:%Y-%m-%d %H:%M} UTC; number {one.id}"


def _fact(one: Noted) -> dict[str, Any]:
    times = {"made_at": one.made_at.isoformat(), "expires_at": one.expires_at.isoformat()}
    return {**asdict(one), **times, "disclosed": list(one.disclosed)}


@dataclass(frozen=True, slots=True)
class _Source:
    """Of what a copy is made: a licence of the hall's own, or what was shown of one; and which fields it shows, all where none is named."""

    licence_id: str
    shown: str
    fields: tuple[str, ...]


def _made(config_path: Path, source: _Source, wanted: Wanted, language: str) -> tuple[Copy, str]:
    """Make the copy and, where a language is given, its page."""
    fields = source.fields
    with desk_at(config_path) as (connection, desk):
        whole = source.shown or copies.of_book(connection, desk, licence_of(source.licence_id), wanted.officer)
        presentation = present(whole, [claim_of(name) for name in fields]) if fields else whole
        made = copies.make(connection, desk, presentation, wanted, datetime.now(UTC))
        missing = set(fields) - set(copies.shown_fields(made.licence))
        if missing:
            decline("contents", [(name, "this field is not there to be shown") for name in sorted(missing)])
        if not language:
            return made, ""
        licence_type = desk.register.issuing.types.newest(made.licence.claims.type, desk.register.day)
        if licence_type is None:
            decline("unknown-type", [("type", "the register does not know its type, so it has no page: leave --page out")])
        return made, page(made, licence_type, desk.register.resource(licence_type), Surroundings(language))


def _status_list(config_path: Path, made: Copy) -> str:
    """Return the list in which the licence stands; raises HubUnreachable."""
    request = messages.GetStatusListRequest(uri=made.licence.claims.status_uri)
    answer: messages.GetStatusListResponse = put(config_path, link.status_list, request)
    return answer.token
