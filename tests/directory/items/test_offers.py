"""An item has equal elements wherever it is offered, down to townships."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.departments import Department
from directory.documents import write_json
from directory.errors import UnknownHall
from directory.hall_list import seed
from directory.halls import Province
from directory.identifiers import handling_code_fault, implementation_code_fault, uscc_of
from directory.items.offer_list import read_offers, write_offers
from directory.items.offers import Implementation, Offer, implementation, implementation_faults, level_of, offer_faults
from directory.items.service_items import ServiceItem
from directory.items.vocabulary import ItemState, Level
from directory.validity import Period
from tests.directory.items.made import CODE, FROM, ITEM, version

ALWAYS = Period(date(1980, 1, 1))
TING = Department("ting", uscc_of("11220000DEM000001"), "省水利厅", "jilin-sheng", "", ALWAYS)
XIAN = Department("xian-ju", uscc_of("11220122DEM000002"), "县水利局", "nongan", "", ALWAYS)
OFFER = Offer(CODE, "01", "jilin-sheng", "", "ting", "二楼3号窗口", "工作日 8:30-16:30", "咨询台", "投诉台", Period(FROM))
BELOW = replace(OFFER, hall="nongan", department="xian-ju")
TOWNSHIP = replace(BELOW, township="220122101000")


@pytest.fixture(scope="module")
def jilin() -> Province:
    return seed()


def listed(offer: Offer, jilin: Province) -> Implementation:
    return implementation(version(), offer, XIAN if offer.department == "xian-ju" else TING, jilin)


def test_an_offer_has_no_field_for_an_element_of_its_item() -> None:
    assert {field.name for field in fields(Offer)} & {field.name for field in fields(ServiceItem)} == set()


def test_the_elements_are_the_same_at_every_tier(jilin: Province) -> None:
    lists = [listed(offer, jilin) for offer in (OFFER, BELOW, TOWNSHIP)]
    assert [one.level for one in lists] == [Level.PROVINCE, Level.COUNTY, Level.TOWNSHIP]
    assert [one.version.item == ITEM for one in lists] == [True, True, True]
    assert [list(implementation_faults(one)) for one in lists] == [[], [], []]


def test_the_codes_are_of_the_organ_the_level_and_the_item(jilin: Province) -> None:
    province, county, township = (listed(offer, jilin) for offer in (OFFER, BELOW, TOWNSHIP))
    assert province.code == f"{TING.uscc}2{CODE}"
    assert (county.code[18], township.code[18]) == ("4", "5")
    assert (len(province.code), len(province.handling_code)) == (31, 33)
    assert implementation_code_fault(county.code) == handling_code_fault(county.handling_code) == ""
    assert listed(replace(OFFER, handling="02"), jilin).handling_code.endswith("02")


@pytest.mark.parametrize(("hall", "level"), [("meihekou", Level.CITY), ("changbaishan", Level.CITY), ("fusong", Level.COUNTY)])
def test_an_item_is_exercised_at_the_tier_at_which_its_hall_acts(jilin: Province, hall: str, level: Level) -> None:
    assert level_of(replace(OFFER, hall=hall), jilin) is level


def test_below_the_hall_are_townships_and_villages(jilin: Province) -> None:
    assert level_of(replace(BELOW, township="220122101203"), jilin) is Level.VILLAGE
    with pytest.raises(UnknownHall):
        level_of(replace(BELOW, hall="atlantis"), jilin)


def faults(offers: list[Offer], jilin: Province, **item: Any) -> list[tuple[int, str]]:
    return list(offer_faults(offers, [replace(version(), **item)], [TING, XIAN], jilin))


def test_good_offers_are_taken(jilin: Province) -> None:
    assert faults([OFFER, BELOW, TOWNSHIP, replace(OFFER, handling="02")], jilin) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"item": "220117009000"}, "no item 220117009000"),
        ({"handling": "03"}, "has no handling 03"),
        ({"hall": "atlantis"}, "'atlantis' is not known"),
        ({"hall": "changchun"}, "sits in 'jilin-sheng', not in 'changchun'"),
        ({"department": "nobody"}, "no department 'nobody'"),
        ({"township": "220122101000"}, "below which no township"),
        ({"period": Period(date(2025, 1, 1))}, "no item 220117001000 in 2025-01-01/2026-01-01"),
    ],
)
def test_a_bad_offer_is_named(jilin: Province, change: dict[str, Any], what: str) -> None:
    found = faults([BELOW, replace(OFFER, **change)], jilin)
    assert {position for position, _ in found} == {1}
    assert any(what in fault for _, fault in found)


def test_an_item_is_offered_only_at_its_levels(jilin: Province) -> None:
    county_only = replace(ITEM, levels=(Level.COUNTY,))
    found = faults([OFFER, BELOW, TOWNSHIP], jilin, item=county_only)
    assert [position for position, _ in found] == [0, 2]
    wrong = implementation(replace(version(), item=county_only), OFFER, TING, jilin)
    assert list(implementation_faults(wrong)) == ["the item is not exercised at province level"]


def test_a_draft_is_not_offered(jilin: Province) -> None:
    assert "no item" in faults([OFFER], jilin, state=ItemState.DRAFT)[0][1]


def test_a_window_offers_an_item_once(jilin: Province) -> None:
    assert faults([OFFER, replace(OFFER, place="三楼")], jilin) == [(1, f"{CODE} is already offered there in 2026-01-01/..")]
    moved = [replace(OFFER, period=Period(FROM, date(2027, 1, 1))), replace(OFFER, place="三楼", period=Period(date(2027, 1, 1)))]
    assert faults(moved, jilin) == []


def test_an_implementation_list_with_a_bad_code_is_refused(jilin: Province) -> None:
    wrong = replace(listed(OFFER, jilin), organ_uscc="11220000DEM000001X")
    assert "check character" in next(implementation_faults(wrong))


ROW = {
    "items": [CODE, "220117002000"],
    "hall": "jilin-sheng",
    "department": "ting",
    "place": "二楼",
    "hours": "工作日",
    "consultation": "咨询台",
    "complaint": "投诉台",
    "from": "2026-01-01",
}


def test_a_row_stands_for_an_offer_of_each_item() -> None:
    found = read_offers(write_json({"offer": [ROW]})).whole()
    assert [(offer.item, offer.handling) for offer in found] == [(CODE, "01"), ("220117002000", "01")]
    assert replace(found[1], item=CODE) == found[0]


@pytest.mark.parametrize(
    ("change", "path", "what"),
    [
        ({"items": ["1"]}, "items[0]", "twelve digits"),
        ({"items": CODE}, "items", "not a list"),
        ({"handling": "1"}, "handling", "two digits"),
        ({"hall": "Х"}, "hall", "CYRILLIC"),
        ({"department": ""}, "department", "not a department id"),
        ({"township": "220122"}, "township", "twelve digits"),
        ({"place": None}, "place", "not a text"),
        ({"hours": "8\u200b点"}, "hours", "not seen"),
        ({"from": "tomorrow"}, "from", "not a day"),
        ({"fee": 5}, "", "'fee' is not a field"),
        ({"materials": []}, "", "'materials' is not a field"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_path(change: dict[str, Any], path: str, what: str) -> None:
    # written by hand: write_json leaves out what is None
    text = json.dumps({"offer": [ROW, ROW | change]}, indent=1)
    found = read_offers(text.encode()).faults
    assert any(fault.path == path and what in fault.what for fault in found)
    assert {text.split("\n")[fault.line - 1].strip() for fault in found} == {"{"}


def test_a_file_that_cannot_be_read_is_one_fault() -> None:
    assert [fault.line for fault in read_offers(b"\n[[offer").faults] == [2]


halls = st.sampled_from(["jilin-sheng", "nongan"])
offers = st.builds(
    lambda hall, handling, place, township: replace(OFFER, hall=hall, handling=handling, place=place, township=township),
    halls,
    st.sampled_from(["01", "02"]),
    st.sampled_from(["一楼", "二楼"]),
    st.sampled_from(["", "220122101000"]),
)


@given(st.lists(offers, max_size=4), st.booleans())
def test_what_is_written_is_read_again(given_offers: list[Offer], as_json: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    assert read_offers(write_offers(given_offers, as_json=as_json)).whole() == tuple(given_offers)
