"""What a hall is holds for a time, and no code says at which tier it acts or who stands above it."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.division_list import seed as seed_divisions
from directory.errors import HallsMalformed
from directory.hall_list import seed
from directory.hall_versions import HallVersion, as_of, calendars, code_faults, faults, read_hall_versions, write_hall_versions
from directory.hall_versions import seed as jilin
from directory.halls import RANK, Province, Tier
from directory.validity import Period

TODAY = date(2026, 11, 23)
HEAD = "hall,name,tier,superior,division_code,from,to"
SHENG, SHI = "sheng,省,province,,220000,,", "shi,市,city,sheng,220100,,"
JILIN = jilin()


def csv(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def shape(province: Province) -> dict[str, tuple[object, ...]]:
    """Give all that the tree says of each hall, and nothing of its codes."""
    reaches = (province.superiors, province.inferiors, province.subtree, province.siblings)
    return {hall.hall: (hall.tier, *(reach(hall.hall) for reach in reaches)) for hall in province}


def test_the_seed_is_the_province_as_it_is_today() -> None:
    province = as_of(JILIN, TODAY)
    assert list(province) == list(seed())
    assert shape(province) == shape(seed())


@pytest.mark.parametrize("hall", ["meihekou", "changbaishan"])
def test_meihekou_and_changbaishan_act_at_city_tier_whatever_their_digits_say(hall: str) -> None:
    province = as_of(JILIN, TODAY)
    assert province.hall(hall).tier is Tier.CITY
    assert province.superiors(hall) == ("jilin-sheng",)
    assert hall not in province.subtree("tonghua-shi") | province.subtree("baishan")


@given(st.randoms(use_true_random=False))
def test_other_division_codes_change_nothing_but_the_codes(chance: Random) -> None:
    codes = [version.division_code for version in JILIN]
    chance.shuffle(codes)
    recoded = [replace(version, division_code=code) for version, code in zip(JILIN, codes, strict=True)]
    assert list(faults(recoded)) == []
    assert shape(as_of(recoded, TODAY)) == shape(as_of(JILIN, TODAY))


@given(st.lists(st.integers(0, 999_999), min_size=len(JILIN), max_size=len(JILIN)))
def test_any_six_digits_change_nothing_but_the_codes(numbers: list[int]) -> None:
    recoded = [replace(version, division_code=f"{number:06}") for version, number in zip(JILIN, numbers, strict=True)]
    assert shape(as_of(recoded, TODAY)) == shape(as_of(JILIN, TODAY))


def test_every_division_code_of_the_seed_is_known() -> None:
    today = [replace(version, period=Period(TODAY)) for version in JILIN]
    assert list(code_faults(today, seed_divisions())) == []
    odd = [replace(today[0], division_code="220381")]
    assert [what for _, what in code_faults(odd, seed_divisions())] == ["'jilin-sheng': no division has the code '220381' at 2026-11-23"]


def test_a_hall_changes_its_superior_on_a_day() -> None:
    lines = ("a,甲,city,sheng,220200,,", "xian,县,county,shi,220381,,2020-01-01", "xian,县,county,a,220184,2020-01-01,")
    versions = read_hall_versions(csv(SHENG, SHI, *lines)).whole()
    assert as_of(versions, date(2019, 12, 31)).superiors("xian") == ("shi", "sheng")
    assert as_of(versions, date(2020, 1, 1)).superiors("xian") == ("a", "sheng")
    assert as_of(versions, date(2020, 1, 1)).hall("xian").division_code == "220184"


def test_a_hall_is_not_there_before_it_begins_and_after_it_ends() -> None:
    versions = read_hall_versions(csv(SHENG, "shi,市,city,sheng,220100,2000-01-01,2001-01-01")).whole()
    there = [day for day in (date(1999, 12, 31), date(2000, 1, 1), date(2000, 12, 31), date(2001, 1, 1)) if "shi" in as_of(versions, day)]
    assert there == [date(2000, 1, 1), date(2000, 12, 31)]


def test_before_there_was_any_hall_there_is_no_province() -> None:
    with pytest.raises(HallsMalformed, match="exactly one hall at province tier"):
        as_of(JILIN, date(1970, 1, 1))


def test_halls_are_unlinked_by_the_list_and_by_the_setting() -> None:
    assert not as_of(JILIN, TODAY, unlinked={"antu"}).hall("antu").linked
    versions = [replace(version, linked=version.hall != "antu") for version in JILIN]
    assert [hall.hall for hall in as_of(versions, TODAY) if not hall.linked] == ["antu"]


def test_a_hall_keeps_its_own_calendar_for_a_time() -> None:
    versions = [replace(version, calendar="yanbian") if version.hall == "yanji" else version for version in JILIN]
    kept = calendars(versions, TODAY)
    assert (kept["yanji"], kept["changchun"], len(kept)) == ("yanbian", "cn", 53)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("xian,县,county,,220122,,", "needs a superior"),
        ("xian,县,county,wu,220122,,", "the superior 'wu' of 'xian' is not there"),
        ("xian,县,county,xian,220122,,", "not above it"),
        ("xian,县,city,shi,220122,,", "not above it"),
        ("xian,县,province,,220122,,", "'sheng' acts at province tier too"),
        ("xian,县,province,shi,220122,,", "no hall has a superior"),
        ("shi,又,city,sheng,220122,2020-01-01,", "'shi' has another version in 1980-01-01/.."),
        ("xian,县,county,shi,220122,2020-01-01,2019-01-01", "there is no day"),
        ("xian,县,county,shi,22012,,", "six digits"),
        ("хian,县,county,shi,220122,,", "CYRILLIC"),
        ("hub,县,county,shi,220122,,", "reserved"),
        ("xian,县\u200b,county,shi,220122,,", "the name"),
        ("xian,县,,shi,220122,,", "not a tier"),
    ],
)
def test_a_bad_line_is_named(line: str, what: str) -> None:
    found = read_hall_versions(csv(SHENG, SHI, line)).faults
    assert {fault.line for fault in found} == {4}
    assert any(what in fault.what for fault in found)


def test_two_halls_cannot_stand_above_each_other() -> None:
    found = read_hall_versions(csv(SHENG, "a,甲,city,b,220100,,", "b,乙,city,a,220200,,")).faults
    assert [fault.line for fault in found] == [3, 4]


def test_a_superior_must_be_there_the_whole_time() -> None:
    (fault,) = read_hall_versions(csv(SHENG, "shi,市,city,sheng,220100,,2020-01-01", "xian,县,county,shi,220122,,")).faults
    assert fault.what == "the superior 'shi' of 'xian' is not there in 2020-01-01/.."


def test_the_first_province_may_be_followed_by_another() -> None:
    versions = read_hall_versions(csv("sheng,省,province,,220000,,2020-01-01", "xin,新,province,,220000,2020-01-01,")).whole()
    assert as_of(versions, date(2020, 1, 1)).root == "xin"


def test_without_a_province_nothing_stands() -> None:
    (fault,) = read_hall_versions(HEAD.encode()).faults
    assert "no hall at province tier" in fault.what


def test_what_is_written_is_read_again() -> None:
    versions = (*JILIN[:-1], replace(JILIN[-1], period=Period(date(2006, 1, 1), date(2030, 1, 1)), calendar="own", linked=False))
    assert read_hall_versions(write_hall_versions(versions)).whole() == versions


tiers = st.sampled_from([Tier.CITY, Tier.COUNTY])


@st.composite
def histories(draw: st.DrawFn) -> list[HallVersion]:
    versions = [HallVersion("a", "省", Tier.PROVINCE, "", "220000", "cn", Period(date(2000, 1, 1)))]
    for hall in "bcd":
        begin = date(2000, 1, 1)
        for place in range(draw(st.integers(0, 2))):
            end = begin + timedelta(days=draw(st.integers(1, 3)))
            superior = draw(st.sampled_from("aaab"))
            open_end = draw(st.booleans())
            versions.append(HallVersion(hall, "名", draw(tiers), superior, "220000", "cn", Period(begin, None if open_end else end)))
            begin = end + timedelta(days=draw(st.integers(0, 1) if place == 0 else st.just(0)))
    return versions


@given(histories())
def test_what_has_no_fault_is_a_tree_at_every_day_on_which_there_is_a_hall(versions: list[HallVersion]) -> None:
    if list(faults(versions)):
        return
    for day in (date(2000, 1, 1) + timedelta(days=n) for n in range(10)):
        present = [version for version in versions if day in version.period]
        if present:
            province = as_of(versions, day)
            assert all(RANK[province.hall(above).tier] < RANK[hall.tier] for hall in province for above in province.superiors(hall.hall))
