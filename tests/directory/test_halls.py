"""A province is a tree of halls, and each knows who stands where in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import HallsMalformed, UnknownHall
from directory.hall_list import seed
from directory.halls import Hall, Province, Tier

TREE = (
    Hall("sheng", "省", Tier.PROVINCE, "", "220000"),
    Hall("shi", "市", Tier.CITY, "sheng", "220100"),
    Hall("ling-shi", "另市", Tier.CITY, "sheng", "220200"),
    Hall("xian", "县", Tier.COUNTY, "shi", "220122"),
    Hall("qu", "区", Tier.COUNTY, "shi", "220112"),
)


def test_the_seed_is_the_53_halls_of_jilin() -> None:
    tiers = [hall.tier for hall in seed()]
    assert (len(tiers), tiers.count(Tier.PROVINCE), tiers.count(Tier.CITY), tiers.count(Tier.COUNTY)) == (53, 1, 11, 41)
    assert seed().root == "jilin-sheng"


@pytest.mark.parametrize("hall", ["meihekou", "changbaishan"])
def test_a_hall_acts_at_the_tier_it_is_given_whatever_its_digits_say(hall: str) -> None:
    # 220581 reads like a county of 通化, and yet 梅河口 stands under the province.
    assert seed().hall(hall).tier is Tier.CITY
    assert seed().superiors(hall) == ("jilin-sheng",)


def test_gongzhuling_stands_under_changchun_with_its_new_code() -> None:
    assert seed().superiors("gongzhuling") == ("changchun", "jilin-sheng")
    assert seed().hall("gongzhuling").division_code == "220184"


def test_a_hall_named_as_unlinked_is_not_linked_and_the_others_are() -> None:
    province = seed(unlinked={"antu"})
    assert [hall.hall for hall in province if not hall.linked] == ["antu"]


def test_everyone_finds_superiors_inferiors_subtree_and_siblings() -> None:
    province = Province(TREE)
    assert province.superiors("xian") == ("shi", "sheng")
    assert province.superiors("sheng") == ()
    assert province.inferiors("shi") == ("xian", "qu")
    assert province.subtree("shi") == {"shi", "xian", "qu"}
    assert province.subtree("sheng") == {hall.hall for hall in TREE}
    assert province.siblings("xian") == {"qu"}
    assert province.siblings("sheng") == frozenset()
    assert "shi" in province
    assert "shi2" not in province
    assert province.get("shi2") is None


@pytest.mark.parametrize("ask", [Province.hall, Province.superiors, Province.inferiors, Province.subtree, Province.siblings])
def test_a_hall_that_does_not_exist_is_named_as_unknown(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(UnknownHall, match="'nowhere'"):
        ask(Province(TREE), "nowhere")


@given(st.sampled_from([hall.hall for hall in seed()]))
def test_a_hall_is_in_the_subtree_of_its_superiors_and_of_nobody_else(hall: str) -> None:
    province = seed()
    above = {other.hall for other in province if hall in province.subtree(other.hall)}
    assert above == {hall, *province.superiors(hall)}


@pytest.mark.parametrize(
    ("halls", "fault"),
    [
        ((), "exactly one hall at province tier, not 0"),
        ((*TREE, Hall("er-sheng", "二省", Tier.PROVINCE, "", "230000")), "exactly one hall at province tier, not 2"),
        ((*TREE, TREE[1]), "'shi' is given twice"),
        ((*TREE, Hall("cun", "村", Tier.COUNTY, "", "220123")), "needs a superior"),
        ((*TREE, Hall("cun", "村", Tier.COUNTY, "wu", "220123")), "'wu' of 'cun' is not in the list"),
        ((*TREE, Hall("cun", "村", Tier.COUNTY, "xian", "220123")), "not above it"),
        ((*TREE, Hall("cun", "村", Tier.COUNTY, "cun", "220123")), "run in a circle"),
        (
            (TREE[0], Hall("a", "甲", Tier.CITY, "b", "220100"), Hall("b", "乙", Tier.CITY, "a", "220200")),
            "'a' run in a circle",
        ),
        ((Hall("sheng", "省", Tier.PROVINCE, "shi", "220000"), TREE[1]), "run in a circle"),
    ],
)
def test_what_is_no_tree_under_one_province_is_refused(halls: tuple[Hall, ...], fault: str) -> None:
    with pytest.raises(HallsMalformed, match=fault):
        Province(halls)
