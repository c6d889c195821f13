"""Names that look alike are told of, whichever signs they are written with."""

import pytest

from directory.lookalikes import alike, skeleton
from tests.directory.effort import calls


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moskva", "Моskvа"),
        ("Omega", "Οmegа"),
        ("1号窗口", "１号窗口"),
        ("l号窗口", "1号窗口"),
        ("水利窗口(示例)", "水利窗口（示例）"),
        ("公安 厅", "公安厅"),
        ("日照街道", "曰照街道"),
        ("⽔利厅", "水利厅"),
        ("A–B", "A-B"),
        ("café", "cafe"),
        ("O", "0"),
        ("IV", "ІV"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert one != other
    assert skeleton(one) == skeleton(other)
    assert list(alike([(1, one), (2, other)])) == [(2, other, 1, one)]


def test_names_that_differ_have_different_skeletons() -> None:
    names = ["公安厅", "公安局", "水利厅", "住房和城乡建设厅", "综合窗口", "2号窗口", "3号窗口", "a", "b"]
    assert list(alike(enumerate(names))) == []


def test_things_of_one_name_are_not_told_of() -> None:
    assert list(alike([(1, "公安局"), (2, "公安局")])) == []


def test_ten_times_as_many_names_take_ten_times_as_long() -> None:
    def work(count: int) -> int:
        return calls(lambda: list(alike((number, f"厅{number:06}") for number in range(count))))

    assert work(10_000) < 12 * work(1_000)
