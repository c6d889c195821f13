import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.province import business
from tests.province.business import Change
from tests.province.feeding import Feeder, first_cases, makes_event, order_of_commits, split
from tests.province.processes import wait_until

LATE_MOST = 20


def changes_of(cases: Sequence[str]) -> list[Change]:
    return [Change(number, case, closes=False, row={}) for number, case in enumerate(cases, start=1)]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=200), st.integers(0, LATE_MOST), st.randoms(use_true_random=False))
def test_commits_are_late_within_their_bound_and_never_out_of_order_in_a_case(cases: list[str], most: int, chance: random.Random) -> None:
    changes = changes_of(cases)
    committed = order_of_commits(changes, most, chance)
    assert sorted(committed, key=lambda change: change.change_no) == changes
    newest, of_case = 0, dict.fromkeys(cases, 0)
    for change in committed:
        assert change.change_no >= newest - most
        assert change.change_no > of_case[change.case_id]
        newest, of_case[change.case_id] = max(newest, change.change_no), change.change_no


def test_some_commits_are_late() -> None:
    changes = changes_of([str(number) for number in range(1000)])
    numbers = [change.change_no for change in order_of_commits(changes, LATE_MOST, random.Random(1))]
    assert sum(later < earlier for earlier, later in pairwise(numbers)) > 10


def test_what_was_answered_false_is_no_event() -> None:
    said = [Change(1, "a", closes=False, row={"answer": answer}) for answer in ("True", "False", None, "12")]
    assert [makes_event(change) for change in said] == [True, False, True, True]
    assert makes_event(Change(2, "a", closes=True, row={}))


def test_the_first_cases_keep_all_that_happened_in_them() -> None:
    whole = business.read_log()[0]
    small = first_cases(whole, 10)
    wanted = {row["case_id"] for row in whole.cases[:10]}
    assert len(small.cases) == 10
    assert list(small.changes) == [change for change in whole.changes if change.case_id in wanted]


@pytest.mark.parametrize("seconds", [0.01, 0.7])
def test_a_feeder_writes_everything_once_beside_what_was_there(tmp_path: Path, seconds: float) -> None:
    log = first_cases(business.read_log()[0], 30)
    before, after = split(order_of_commits(log.changes, LATE_MOST, random.Random(2)), 0.4)
    path = tmp_path / "business.db"
    business.create_business(path, log, before)
    feeder = Feeder({path: after}, seconds)
    feeder.start()
    wait_until(lambda: feeder.done, "everything written", 20)
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT change_no FROM case_events UNION ALL SELECT change_no FROM cases WHERE change_no IS NOT NULL"
        numbers = sorted(number for (number,) in connection.execute(query))
    assert numbers == [change.change_no for change in log.changes]
    assert feeder.events == len(after)


def test_a_feeder_that_cannot_write_says_so(tmp_path: Path) -> None:
    feeder = Feeder({tmp_path / "nowhere" / "business.db": changes_of(["a"])}, 0.01)
    feeder.start()
    with pytest.raises(sqlite3.OperationalError):
        wait_until(lambda: feeder.done, "an error", 5)
