"""Say why somebody may do something, or why not."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from directory.calendar import beijing_day
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.scopes.explaining import explain as explained
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from hub import schema
from hub.cli.opening import config_option, fail, json_option, opened, show, told
from hub.registry import edits, staging

_FLAGS = {"yes": True, "no": False}
_NOTHING = Subject(hall="")
_UNSAID: Mapping[str, object] = {
    field.name: getattr(_NOTHING, field.name) for field in fields(Subject) if field.name not in {"hall", "department", "grant"}
}
"""What --given may name, with what stands there when it does not."""


@click.command()
@click.option("--actor", required=True, metavar="HALL/ROLE[/DEPARTMENT[/PERSON]]", help="Who asks; a department may be empty.")
@click.option("--action", required=True, type=click.Choice([action.value for action in Action]), metavar="ACTION", help="As case.read.")
@click.option("--subject", required=True, metavar="HALL[/DEPARTMENT]", help="Whose thing it is.")
@click.option("--given", multiple=True, metavar="NAME=VALUE", help="What else is so, as case_open=yes or purpose=…; repeatable.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="By the rules of which day; default: today.")
@config_option
@json_option
@told
def explain(
    actor: str, action: str, subject: str, given: tuple[str, ...], day: datetime | None, config_path: Path, *, as_json: bool
) -> None:
    """Answer whether an actor may do something to a subject, naming the rule that says so, or what each rule would want.

    Rules and departments are those of the register with what waits to be taken in, the default rules where it holds none. The exit code
    is 0 for either answer.

    \b
    Examples:
      tongban-hub explain --actor gongzhuling/clerk//1024 --action case.read --subject gongzhuling --config province/hub.toml
      tongban-hub explain --actor changchun/guide --action case.read --subject yushu --given thread_halls=changchun,yushu
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    principal, about = _principal(actor), _subject(subject, given)
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        today = day.date() if day else beijing_day(datetime.now(UTC))
        with database.reader.begin() as connection:
            whole = Whole(edits.ground(connection, datetime.now(UTC)).documents, today)
            waiting = staging.count_waiting(connection)
    found = explained(_law(whole, today), principal, action, about)
    note = [f"with what waits to be taken in ({waiting} stagings: tongban-hub directory status)"] if waiting else []
    show(found.as_json() | {"waiting": waiting}, [*found.lines, *note], as_json=as_json)


def _law(whole: Whole, day: date) -> Law:
    return Law.compile(whole.things(Kind.RULE) or default_rules(), whole.province, whole.things(Kind.DEPARTMENT), day)


def _principal(text: str) -> Principal:
    words = text.split("/")
    if not 2 <= len(words) <= 4:  # noqa: PLR2004 - hall and role, then department and person
        fail(f"--actor {text!r}: HALL/ROLE, HALL/ROLE/DEPARTMENT or HALL/ROLE/DEPARTMENT/PERSON")
    return Principal(*words)


def _subject(text: str, given: tuple[str, ...]) -> Subject:
    hall, _, department = text.partition("/")
    return replace(Subject(hall=hall, department=department), **dict(map(_given, given)))


def _given(text: str) -> tuple[str, Any]:
    """Read a field of the subject: texts as they are, yes or no, or a list."""
    name, _, value = text.partition("=")
    if name in _UNSAID:
        unsaid = _UNSAID[name]
        if isinstance(unsaid, str):
            return name, value
        if isinstance(unsaid, frozenset):
            return name, frozenset(value.split(","))
        if value in _FLAGS:
            return name, _FLAGS[value]
    return fail(f"--given {text!r}: NAME=VALUE with yes or no, lists divided by commas; names are {', '.join(_UNSAID)}")
