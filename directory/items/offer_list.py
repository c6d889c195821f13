"""Read and write where service items are offered, as TOML or JSON.

Laws: every bad field is reported with the line of its row. A row of `[[offer]]` may name several items, and stands for one offer of each;
without `handling` it stands for 01.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from directory.documents import read_document, write_json, write_toml
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.identifiers import area_code_fault, base_code_fault, handling_number_fault
from directory.items.item_list import rows_of, section_faults
from directory.items.offers import Offer
from directory.reading import Read, ordered
from directory.texts import department_id_fault, hall_id_fault, text_fault


def read_offers(data: bytes) -> Read[Offer]:
    """Read offers from the file of items or from one of their own; `offer_faults` judges them against the rest of the directory."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows: list[Offer] = []
    lines: list[int] = []
    faults: list[Fault] = [*section_faults(document)]
    for place, row in enumerate(rows_of(document, "offer")):
        line = document.line("offer", place)
        fields = Fields(row, line, f"offer[{place}]" if line == 0 else "")
        offers = _offers(fields)
        faults += fields.faults
        if not fields.failed:
            rows += offers
            lines += [line] * len(offers)
    return Read(tuple(rows), ordered(faults), tuple(lines))


def write_offers(offers: Iterable[Offer], *, as_json: bool = False) -> bytes:
    """Write offers, one item a row, as TOML or JSON."""
    tables = {"offer": [_row(offer) for offer in offers]}
    return write_json(tables) if as_json else write_toml(tables)


def _offers(fields: Fields) -> list[Offer]:
    items = fields.texts("items", base_code_fault)
    whole = Offer(
        item="",
        handling=fields.text("handling", handling_number_fault, default="01"),
        hall=fields.text("hall", hall_id_fault),
        township=fields.text("township", area_code_fault, default=""),
        department=fields.text("department", department_id_fault),
        place=fields.text("place"),
        hours=fields.text("hours"),
        consultation=fields.text("consultation", text_fault),
        complaint=fields.text("complaint", text_fault),
        period=fields.period(),
    )
    fields.end()
    return [replace(whole, item=item) for item in items]


def _row(offer: Offer) -> dict[str, Any]:
    row: dict[str, Any] = {"items": [offer.item]}
    names = ("handling", "hall", "township", "department", "place", "hours", "consultation", "complaint")
    return row | {name: getattr(offer, name) for name in names} | {"from": offer.period.start, "to": offer.period.end}
