"""An item has to do with a type of licence that it issues, or that stands among its materials; the name decides where no number does."""

from dataclasses import replace

import pytest

from directory.items.service_items import Material, Result
from directory.licences.needs import concern
from tests.directory.items.made import ITEM, version
from tests.province import licensed

(FOOD,) = [one for one in licensed.types() if one.type == licensed.FOOD]
"""Named 食品经营许可证（演示）."""


@pytest.mark.parametrize(
    ("materials", "results", "expected"),
    [
        (["取水申请书"], [Result("取水许可证")], False),
        (["食品经营许可证"], [Result("取水许可证")], True),
        (["食品经营许可证 (正本)"], [], True),
        (["《食品经营许可证》或备案凭证"], [], True),
        (["食品经营许可"], [], True),
        (["证"], [], False),
        (["（演示）"], [], False),
        (["道路运输经营许可证"], [Result("食品生产许可证")], False),
        (["申请书"], [Result("食品经营许可证")], True),
        (["申请书"], [Result("经营许可", licensed.FOOD)], True),
        (["申请书"], [Result("经营许可", licensed.TEACHER)], False),
        (["申请书"], [Result("经营许可")], True),
    ],
)
def test_an_item_has_to_do_with_what_it_issues_and_what_it_asks_for(materials: list[str], results: list[Result], expected: bool) -> None:  # noqa: FBT001 - a case of the table
    item = replace(ITEM, materials=tuple(map(Material, materials)), results=tuple(results))
    assert concern([version(item=item)], [FOOD]) is expected


def test_any_version_of_the_item_and_of_the_type_is_enough() -> None:
    asking = version(item=replace(ITEM, materials=(Material("食品经营许可证"),)))
    assert concern([version(), asking], [FOOD])
    assert concern([asking], [replace(FOOD, name="别的证照"), FOOD])
    assert not concern([version()], [FOOD])
    assert not concern([], [FOOD])
