"""Say which cards and orders there are, from the database alone: the hub need not run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from directory.scopes.predicates import Always
from directory.supervision.card_file import CardFile
from directory.supervision.order_file import OrderFile
from hub import schema
from hub.cli.opening import config_option, json_option, opened, show, told
from hub.dockets.store import Form, Matter, Place
from hub.supervision import forms
from hub.supervision.listing import Wanted, page

PAGE = 1_000


@click.group()
def supervision() -> None:
    """Look at what supervision issued."""


@supervision.command("list")
@click.option("--cards", "of_cards", is_flag=True, help="Cards alone.")
@click.option("--orders", "of_orders", is_flag=True, help="Orders alone.")
@click.option("--overdue", is_flag=True, help="Those whose reply or answer is overdue.")
@config_option
@json_option
@told
def list_(config_path: Path, *, of_cards: bool, of_orders: bool, overdue: bool, as_json: bool) -> None:
    """List cards and orders, the newest first, both unless one is asked for; it needs no running hub.

    \b
    Example:
      tongban-hub supervision list --orders --overdue --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    now_ms = forms.ms(datetime.now(UTC))
    wanted = Wanted(may_read=Always(), overdue_at_ms=now_ms if overdue else None)
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with database.reader.begin() as connection:
            cards = list(_all(connection, forms.CARDS, wanted)) if of_cards or not of_orders else []
            orders = list(_all(connection, forms.ORDERS, wanted)) if of_orders or not of_cards else []
    lines = [*map(_card_line, cards), *map(_order_line, orders)] or ["no cards and no orders"]
    show({"cards": list(map(_card_fact, cards)), "orders": list(map(_order_fact, orders))}, lines, as_json=as_json)


def _all(connection: sa.Connection, form: Form[Matter], wanted: Wanted) -> Iterator[Matter]:
    after: Place | None = None
    while found := page(connection, form, wanted, after, PAGE):
        yield from found
        after = form.place(found[-1])


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
