"""Read the demonstration's list of service items: 26 window units of the provincial hall and their 237 items, all synthetic."""

from functools import cache
from pathlib import Path

from directory.department_list import read_departments
from directory.departments import Department
from directory.hall_list import seed
from directory.items.item_list import read_items
from directory.items.offer_list import read_offers
from directory.items.offers import Offer
from directory.items.service_items import ItemVersion

DATA = Path(__file__).parent / "data"
ITEMS, DEPARTMENTS = DATA / "provincial_items.toml", DATA / "provincial_departments.csv"


@cache
def departments() -> tuple[Department, ...]:
    """Return the window units; raises ListMalformed."""
    return read_departments(DEPARTMENTS.read_bytes(), seed()).whole()


@cache
def items() -> tuple[ItemVersion, ...]:
    """Return the items, laid open; raises ListMalformed."""
    return read_items(ITEMS.read_bytes()).whole()


@cache
def offers() -> tuple[Offer, ...]:
    """Return where they are offered; raises ListMalformed."""
    return read_offers(ITEMS.read_bytes()).whole()
