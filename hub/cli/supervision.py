"""Say which cards, orders, rectifications and reminders there are, from the databases alone: the hub need not run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from directory.scopes.predicates import Always
from directory.supervision.card_file import CardFile
from directory.supervision.order_file import OrderFile
from directory.supervision.rectification_file import RectificationFile
from hub import schema
from hub.cli.opening import config_option, json_option, opened, show, told
from hub.db import models_url, open_database
from hub.dockets.store import Form, Matter, Place
from hub.supervision import forms
from hub.supervision.listing import Wanted, page
from hub.supervision.reminders import Reminded
from hub.supervision.reminders import page as page_of_reminders

PAGE = 1_000


@click.group()
def supervision() -> None:
    """Look at what supervision issued."""


@supervision.command("list")
@click.option("--cards", "of_cards", is_flag=True, help="Cards alone.")
@click.option("--orders", "of_orders", is_flag=True, help="Orders alone.")
@click.option("--rectifications", "of_rectifications", is_flag=True, help="Rectifications of bad ratings alone.")
@click.option("--reminders", is_flag=True, help="Reminders alone, which are listed only so.")
@click.option("--overdue", is_flag=True, help="Those whose reply or answer is overdue; of reminders, all.")
@config_option
@json_option
@told
def list_(config_path: Path, *, reminders: bool, overdue: bool, as_json: bool, **of_kinds: bool) -> None:
    """List cards, orders and rectifications, the newest first, all unless some are asked for; it needs no running hub.

    \b
    Example:
      tongban-hub supervision list --orders --overdue --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    kinds = {kind for kind in _KINDS if of_kinds[f"of_{kind}"]} or set(_KINDS)
    now_ms = forms.ms(datetime.now(UTC))
    wanted = Wanted(may_read=Always(), overdue_at_ms=now_ms if overdue else None)
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        if reminders:
            reminded = list(_reminders(config.database))
            show({"reminders": list(map(_reminder_fact, reminded))}, [*map(_reminder_line, reminded)] or ["no reminders"], as_json=as_json)
            return
        with database.reader.begin() as connection:
            found = {kind: list(_all(connection, listed.form, wanted)) if kind in kinds else [] for kind, listed in _KINDS.items()}
    lines = [_KINDS[kind].line(file) for kind, files in found.items() for file in files] or [
        f"no {', no '.join(kind for kind in _KINDS if kind in kinds)}"
    ]
    show({kind: [_KINDS[kind].fact(file) for file in files] for kind, files in found.items()}, lines, as_json=as_json)


def _all(connection: sa.Connection, form: Form[Matter], wanted: Wanted) -> Iterator[Matter]:
    after: Place | None = None
    while found := page(connection, form, wanted, after, PAGE):
        yield from found
        after = form.place(found[-1])


def _reminders(url: str) -> Iterator[Reminded]:
    models = open_database(models_url(url), durable=False)
    try:
        with models.reader.begin() as connection:
            before: int | None = None
            while True:
                found, before = page_of_reminders(connection, Always(), "", before, PAGE)
                yield from found
                if before is None:
                    return
    finally:
        models.dispose()


def _card_fact(file: CardFile) -> dict[str, Any]:
    card = file.card
    return {
        "card": card.card,
        "effect": card.effect,
        "phase": file.history.phase,
        "hall": card.hall,
        "case_hall": card.cause.case_hall,
        "case_number": card.cause.case_number,
        "rule": card.cause.rule,
        "version": card.cause.version,
        "issued_at": card.issued_at.isoformat(timespec="seconds"),
    }


def _order_fact(file: OrderFile) -> dict[str, Any]:
    order = file.order
    return {
        "order": order.order,
        "phase": file.state.phase,
        "hall": order.hall,
        "issuer": order.issuer,
        "rule": order.cause.rule,
        "version": order.cause.version,
        "escalation": file.escalation,
        "issued_at": order.issued_at.isoformat(timespec="seconds"),
    }


def _card_line(file: CardFile) -> str:
    card = file.card
    return f"{card.card}  {card.effect:<11}  {file.history.phase:<9}  {card.hall}  {card.cause.rule} version {card.cause.version}"


def _order_line(file: OrderFile) -> str:
    order = file.order
    return f"{order.order}  {'order':<11}  {file.state.phase:<9}  {order.issuer} to {order.hall}  {order.cause.rule}"


def _rectification_fact(file: RectificationFile) -> dict[str, Any]:
    opened = file.opened
    return {
        "rectification": opened.rectification,
        "phase": file.state.phase,
        "hall": opened.hall,
        "issuer": opened.issuer,
        "case_hall": opened.cause.case_hall,
        "case_number": opened.cause.case_number,
        "grade": opened.grade,
        "rule": opened.cause.rule,
        "version": opened.cause.version,
        "escalation": file.escalation,
        "opened_at": opened.opened_at.isoformat(timespec="seconds"),
    }


def _rectification_line(file: RectificationFile) -> str:
    opened = file.opened
    of = f"{opened.cause.case_hall}/{opened.cause.case_number}"
    return f"{opened.rectification}  {'rectification':<13}  {file.state.phase:<9}  {opened.hall}  {of} rated {opened.grade}"


def _reminder_fact(one: Reminded) -> dict[str, Any]:
    cause = one.cause
    return {
        "hall": one.hall,
        "case_hall": cause.case_hall,
        "case_number": cause.case_number,
        "clock": cause.subject,
        "of": cause.of,
        "due": cause.due.isoformat() if cause.due else "",
        "rule": cause.rule,
        "version": cause.version,
        "found_at": one.found_at.isoformat(timespec="seconds"),
    }


def _reminder_line(one: Reminded) -> str:
    cause = one.cause
    return f"{one.found_at:%Y-%m-%d}  {one.hall}  {cause.case_hall}/{cause.case_number}  {cause.subject} ends on {cause.due}"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How matters of a kind are listed."""

    form: Form[Any]
    fact: Callable[[Any], dict[str, Any]]
    line: Callable[[Any], str]


_KINDS = {
    "cards": _Kind(forms.CARDS, _card_fact, _card_line),
    "orders": _Kind(forms.ORDERS, _order_fact, _order_line),
    "rectifications": _Kind(forms.RECTIFICATIONS, _rectification_fact, _rectification_line),
}
