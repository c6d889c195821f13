"""A hall speaks for its own people, in roles that exist where it acts, and for nobody else."""

import pytest

from directory.hall_list import seed
from directory.scopes.decisions import Denied, Why
from directory.scopes.principal import Asserted, Principal, may_assert
from directory.scopes.vocabulary import Role, Seat
from tests.directory.scopes.ground import OF_THE_DAY


@pytest.mark.parametrize(
    ("principal", "answer"),
    [
        (Principal("yushu", Role.CLERK, "yushu-rs", "zhang"), Asserted(Seat.COUNTY)),
        (Principal("changchun", Role.CLERK, "moved"), Asserted(Seat.CITY)),
        (Principal("yushu", Role.CLERK), Asserted(Seat.COUNTY)),
        (Principal("yushu", Role.NODE), Asserted(Seat.COUNTY)),
        (Principal("meihekou", Role.GUIDE, "meihekou-rs"), Asserted(Seat.CITY)),
        (Principal("changbaishan", Role.GUIDE), Asserted(Seat.CITY)),
        (Principal("jilin-sheng", Role.AUDITOR), Asserted(Seat.PROVINCE)),
        (Principal("hub", Role.OPERATOR), Asserted(Seat.HUB)),
        (Principal("yushu", Role.GUIDE), Denied(Why.FOREIGN_ROLE)),
        (Principal("meihekou", Role.AUDITOR), Denied(Why.FOREIGN_ROLE)),
        (Principal("jilin-sheng", Role.OPERATOR), Denied(Why.FOREIGN_ROLE)),
        (Principal("hub", Role.NODE), Denied(Why.FOREIGN_ROLE)),
        (Principal("yushu", "Clerk"), Denied(Why.UNKNOWN_ROLE)),
        (Principal("yushu", ""), Denied(Why.UNKNOWN_ROLE)),
        (Principal("yushu", "сlerk"), Denied(Why.UNKNOWN_ROLE)),
        (Principal("atlantis", Role.CLERK), Denied(Why.UNKNOWN_HALL)),
        (Principal("", Role.OPERATOR), Denied(Why.UNKNOWN_HALL)),
        (Principal("yushu", Role.CLERK, "changchun-rs"), Denied(Why.FOREIGN_DEPARTMENT)),
        (Principal("changchun", Role.CLERK, "yushu-rs"), Denied(Why.FOREIGN_DEPARTMENT)),
        (Principal("yushu", Role.CLERK, "no-such"), Denied(Why.FOREIGN_DEPARTMENT)),
        (Principal("dehui", Role.CLERK, "no-such"), Asserted(Seat.COUNTY)),  # it has registered none
        (Principal("dehui", Role.CLERK, "yushu-rs"), Denied(Why.FOREIGN_DEPARTMENT)),
    ],
)
def test_a_hall_is_believed_as_far_as_tier_and_departments_go(principal: Principal, answer: Asserted | Denied) -> None:
    assert may_assert(seed(), principal, OF_THE_DAY) == answer
