"""Files become changes: all that they say, or nothing, with every bad row named."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar_file import calendars
from directory.catalogue.catalogue_file import tables
from directory.catalogue.resources import Code
from directory.catalogue.vocabulary import ItemType
from directory.documents import write_json
from directory.identifiers import uscc_of
from directory.register.changes import MAX_DOCUMENT, Place
from directory.register.fold import changed
from directory.register.importing import File, kinds_of
from directory.register.judging import judge
from directory.register.kinds import FORMS, Format, Kind
from tests.directory.catalogue.made import USCC, item, version
from tests.directory.register.made import (
    DAYS,
    DEPARTMENT_COLUMNS,
    DEPARTMENTS,
    DIVISIONS,
    EVERYTHING,
    HALLS,
    ITEMS,
    LICENCE_TYPES,
    LIMIT_RULES,
    RULES,
    SUPERVISION,
    TODAY,
    UNITS,
    planned,
    register,
    resources,
    told,
)

HALL_COLUMNS = "hall,name,tier,superior,division_code"


def csv_file(columns: str, *rows: str, name: str = "rows.csv") -> File:
    return File(name, "\n".join([columns, *rows, ""]).encode())


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (HALLS, Kind.HALL),
        (DAYS, Kind.CALENDAR_DAY),
        (DIVISIONS, Kind.DIVISION),
        (DEPARTMENTS, Kind.DEPARTMENT),
        (RULES, Kind.RULE),
        (LIMIT_RULES, Kind.LIMIT_RULE),
        (SUPERVISION, Kind.SUPERVISION_RULE),
        (resources("a"), Kind.RESOURCE),
        (LICENCE_TYPES, Kind.LICENCE_TYPE),
    ],
    ids=lambda one: one.name if isinstance(one, File) else one,
)
def test_the_kind_of_a_file_is_told_by_what_is_in_it(file: File, kind: Kind) -> None:
    assert kinds_of(file.data) == (kind,)


def test_the_mark_that_spreadsheets_put_before_a_list_hides_no_column() -> None:
    assert kinds_of(b"\xef\xbb\xbf" + HALLS.data) == (Kind.HALL,)


def test_names_that_look_alike_are_told_of_and_taken_in() -> None:
    codes = [uscc_of(f"1122000000000000{number}") for number in range(2, 5)]
    rows = [f"d-{number},{code},{name},yushu,,," for number, (code, name) in enumerate(zip(codes, ("Park", "Раrk", "综合"), strict=True))]
    found = planned(csv_file(DEPARTMENT_COLUMNS, *rows), documents=register(HALLS))
    assert (found.faults, len(found.changes), [one.fault.line for one in found.notes]) == ((), 3, [3])
    assert "\\u0420\\u0430rk" in str(found.notes[0])
    held = changed(register(HALLS), found.changes)
    again = csv_file(DEPARTMENT_COLUMNS, f"d-9,{uscc_of('11220000000000009')},综 合,yushu,,,")
    assert [one.fault.line for one in planned(again, documents=held).notes] == [2]
    assert planned(csv_file(DEPARTMENT_COLUMNS, *rows), documents=held).notes == ()


def test_a_row_that_cannot_be_read_hides_no_row_that_does_not_fit() -> None:
    first, second, third = (uscc_of(f"1122000000000000{number}") for number in range(2, 5))
    rows = (f"A,{first},甲,yushu,,,", f"b,{second},乙,nowhere,,,", f"c,{third},丙,yushu,missing,,", f"d,{first[:-1]}!,丁,yushu,,,")
    found = planned(csv_file(DEPARTMENT_COLUMNS, *rows), documents=register(HALLS))
    assert ([one.fault.line for one in found.faults], found.changes) == ([2, 3, 4, 5], ())


def test_what_a_whole_list_lacks_for_want_of_a_readable_row_is_not_wrong() -> None:
    bad = csv_file(HALL_COLUMNS, "Jilin,吉林省政务大厅,province,,220000")
    found = planned(bad, documents=register(HALLS, DEPARTMENTS), whole=True)
    assert [(one.file, one.fault.line) for one in found.faults] == [("rows.csv", 2)]


def test_a_difference_reads_no_document_again_that_does_not_change() -> None:
    many, more = resources(*(f"r-{number}" for number in range(60))), resources(*(f"r-{number}" for number in range(61)))
    documents = register(HALLS, DEPARTMENTS, many)
    found = planned(more, documents=documents)
    assert [key[0] for key, _ in found.differences[Kind.RESOURCE].added] == ["r-60"]
    read = calls(lambda: planned(more, documents=documents))
    assert read < 4 * calls(lambda: FORMS[Kind.RESOURCE].read(more.data))


def test_a_file_of_items_may_hold_where_they_are_offered() -> None:
    assert kinds_of(ITEMS.data) == (Kind.ITEM, Kind.OFFER)
    found = planned(HALLS, UNITS, ITEMS)
    counted = Counter(change.place.kind for change in found.changes)
    assert counted == {Kind.HALL: 53, Kind.DEPARTMENT: 26, Kind.ITEM: 237, Kind.OFFER: 237}


def test_an_offer_of_what_there_is_not_is_named() -> None:
    found = told(planned(ITEMS, documents=register(HALLS)))
    assert len(found) == 26, "each row of the file once, however many items it offers"
    assert all("there is no department" in fault for fault in found)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"x = 1\n", b"{}", b'{"rule":[],"resource":[]}', b"\xff,\xfe\n", b'"a\nb'])
def test_a_file_of_no_kind_is_refused(data: bytes) -> None:
    found = planned(File("odd", data))
    assert (len(found.faults), found.changes) == (1, ())
    assert told(found)[0].startswith("odd: ")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.DIVISION])
def test_what_is_exported_is_imported_as_the_same(kind: Kind) -> None:
    documents = register(*EVERYTHING)
    form = FORMS[kind]
    things = form.things([documents[place] for place in sorted(documents) if place.kind == kind]).whole()
    assert things
    for written in form.formats:
        found = planned(File("again", form.write(things, written)), documents=documents, whole=True)
        assert (found.faults, found.changes) == ((), ())


def test_divisions_are_exported_and_imported_as_the_same() -> None:
    documents = register(DIVISIONS)
    form = FORMS[Kind.DIVISION]
    written = form.write(form.things([documents[place] for place in sorted(documents)]).whole(), Format.CSV)
    assert planned(File("again", written), documents=documents, whole=True).changes == ()


def test_what_a_file_does_not_name_stays_unless_it_is_whole() -> None:
    documents = register(HALLS, DEPARTMENTS, resources("one", "two"))
    fewer = resources("one")
    assert planned(fewer, documents=documents).changes == ()
    (gone,) = planned(fewer, documents=documents, whole=True).changes
    assert (gone.place, gone.document) == (Place("resource", "two", "1"), None)


def test_the_difference_is_told_by_kind() -> None:
    documents = register(HALLS)
    renamed = csv_file(HALL_COLUMNS, "yushu,榆树市政务大厅(新),county,changchun,220182", "jingyue,净月政务大厅,county,changchun,220102")
    found = planned(renamed, documents=documents).differences[Kind.HALL]
    assert [key[0] for key, _ in found.added] == ["jingyue"]
    assert [(change.key[0], [field.path for field in change.fields]) for change in found.changed] == [("yushu", ["display_name"])]


def test_changes_come_in_an_order_in_which_they_may_be_referred_to() -> None:
    found = planned(*reversed(EVERYTHING))
    ranks = [list(Kind).index(Kind(change.place.kind)) for change in found.changes]
    assert ranks == sorted(ranks)
    nothing = planned(File("none", b'{"resource":[]}'), documents=register(DEPARTMENTS, HALLS, resources("permits")), whole=True)
    assert [change.document for change in nothing.changes] == [None]


@pytest.mark.parametrize(
    ("file", "what"),
    [
        (csv_file(HALL_COLUMNS, "new,新大厅,county,nowhere,220182"), "line 2: the superior 'nowhere'"),
        (csv_file(HALL_COLUMNS, "changchun,长春,city,yushu,220100"), "not above it"),
        (csv_file(f"{HALL_COLUMNS},from,to", "yushu,榆树,county,changchun,220182,2026-01-01,"), "has another version"),
        (csv_file(HALL_COLUMNS, "уushu,榆树,county,changchun,220182"), "CYRILLIC"),
        (csv_file(DEPARTMENT_COLUMNS, f"a,{uscc_of('11220000000000002')},甲,nowhere,,,"), "the hall 'nowhere'"),
        (csv_file(DEPARTMENT_COLUMNS, f"a,{uscc_of('11220000000000002')},甲,yushu,missing,,"), "the superior 'missing'"),
        (csv_file(DEPARTMENT_COLUMNS, f"a,{USCC[:-1]}X,甲,yushu,,,"), "check"),
        (csv_file("date,kind,name", "2027-03-06,off,周末"), "not complete"),
        (resources("permits", "others"), "others"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_does_not_hold_with_the_register_is_named_with_its_line(file: File, what: str) -> None:
    documents = register(HALLS, DAYS) if file.name.startswith("resources") else register(*EVERYTHING)
    found = planned(file, documents=documents)
    assert found.changes == ()
    assert any(fault.startswith(f"{file.name}: line") for fault in told(found)), told(found)
    if not file.name.startswith("resources"):
        assert any(what in fault for fault in told(found)), told(found)


def test_what_others_refer_to_may_not_go() -> None:
    documents = register(HALLS, DEPARTMENTS, resources("permits"))
    empty = csv_file(DEPARTMENT_COLUMNS, name="departments.csv")
    assert told(planned(empty, documents=documents, whole=True)) == [
        "resource permits (1): there is no department 'market-regulation', its provider"
    ]


def test_a_circle_of_departments_is_named() -> None:
    one, two = (uscc_of(f"1122000000000000{number}") for number in (2, 3))
    circle = csv_file(DEPARTMENT_COLUMNS, f"a,{one},甲,yushu,b,,", f"b,{two},乙,yushu,a,,")
    found = told(planned(circle, documents=register(*EVERYTHING)))
    assert [fault for fault in found if "runs in a circle" in fault and fault.startswith("rows.csv: line ")]


def test_a_row_that_is_given_twice_is_named_with_both_lines() -> None:
    one, two = (csv_file(HALL_COLUMNS, "new,新大厅,county,changchun,220182", name=name) for name in ("a.csv", "b.csv"))
    assert told(planned(HALLS, one, two)) == ["b.csv: line 2: hall new (1980-01-01) is given twice: a.csv, line 2"]


def test_a_document_that_no_message_can_carry_is_named() -> None:
    codes = tuple(Code(f"{number:04}", "某种状态" * 10) for number in range(MAX_DOCUMENT // 100))
    one = version(items=(item("status", ItemType.CODE, codes=codes),), samples=('{"status": "0001"}',))
    huge = File("huge.json", write_json(tables([one])))
    assert told(planned(HALLS, DEPARTMENTS, huge)) == [
        f"huge.json: line 3: resource enterprise-register (1) is larger than {MAX_DOCUMENT} bytes"
    ]


@given(st.data())
def test_a_plan_is_judged_well_exactly_when_the_register_it_makes_is(data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.sampled_from(["yushu", "dehui", "new-1", "new-2", "changchun"]), unique=True))
    superiors = st.sampled_from(["changchun", "jilin-sheng", "new-1", "nowhere"])
    rows = [f"{one},某大厅,county,{data.draw(superiors)},220182" for one in ids]
    documents = register(HALLS)
    read = FORMS[Kind.HALL].read(csv_file(HALL_COLUMNS, *rows).data)
    after = dict(documents)
    for thing, document in zip(read.rows, FORMS[Kind.HALL].documents(read.rows), strict=True):
        after[FORMS[Kind.HALL].place(thing)] = document
    found = planned(csv_file(HALL_COLUMNS, *rows), documents=documents)
    assert bool(found.faults) == bool(list(judge(after, [Kind.HALL], TODAY)))
    assert found.faults or changed(documents, found.changes) == after


MANY = 10_000
BAD = (17, 4_711, 9_998)


def many(count: int, bad: tuple[int, ...] = ()) -> File:
    rows = [
        f"d{number},{'1' * 18 if number in bad else uscc_of(f'11220000{number:09}')},第{number}科,yushu,,,"
        for number in range(1, count + 1)
    ]
    return csv_file(DEPARTMENT_COLUMNS, *rows, name="many.csv")


def test_of_ten_thousand_rows_each_bad_one_is_named_and_none_is_taken() -> None:
    documents = register(HALLS)
    found = planned(many(MANY, BAD), documents=documents)
    assert found.changes == ()
    assert [fault.fault.line for fault in found.faults] == [number + 1 for number in BAD]
    assert len(planned(many(MANY), documents=documents).changes) == MANY


def calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions: what an import costs, whatever machine it runs on."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_an_import_costs_as_many_times_more_as_it_has_more_rows() -> None:
    documents = register(HALLS)
    few, more = (calls(partial(planned, many(count), documents=documents)) for count in (500, 2_000))
    assert more < 4.4 * few


NEXT_YEAR = ("2027-01-01,off,元旦", "2027-10-01,off,国庆节", "2027-10-09,work,国庆节")
DAY_COLUMNS = "date,kind,name"


def test_the_notice_of_next_year_is_imported_alone_and_follows_what_is_published() -> None:
    found = planned(csv_file(DAY_COLUMNS, *NEXT_YEAR))
    assert (told(found), len(found.changes)) == ([], 3)
    days = FORMS[Kind.CALENDAR_DAY].things([change.document for change in found.changes if change.document]).whole()
    calendar = calendars(days, 2)["cn"]
    assert calendar.years == frozenset(range(2004, 2028))
    assert calendar.is_working_day(date(2027, 10, 9))
    assert not calendar.is_working_day(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (("2028-01-01,off,元旦", "2028-10-01,off,国庆节"), "there is a gap in front of 2028: 2027 is not in the file"),
        (NEXT_YEAR[:1], "2027 is not complete: 2027-10-01 is not off"),
        ((*NEXT_YEAR, "2027-10-01,work,国庆节"), "2027-10-01 is both a day off and a working day"),
        ((*NEXT_YEAR, "2027-10-11,work,国庆节"), "2027-10-11 is no weekend: it is a working day anyway"),
    ],
)
def test_a_notice_with_a_gap_or_a_day_that_contradicts_another_is_refused(rows: tuple[str, ...], what: str) -> None:
    found = planned(csv_file(DAY_COLUMNS, *rows))
    assert found.changes == ()
    assert any(what in fault for fault in told(found)), told(found)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2026-09-03,local_off,自治州成立纪念日,yanbian", ""),
        ("2026-09-20,local_off,调休日,yanbian", "2026-09-20 is both a day off and a working day"),
        ("2027-10-09,local_off,调休日,yanbian", "2027-10-09 is both a day off and a working day"),
        ("2026-09-04,off,官方,yanbian", "a hall sets only days off of its own"),
        ("2026-09-03,local_off,自治州成立纪念日,Yanbian", "'Yanbian' is not a permanent id"),
    ],
)
def test_a_hall_keeps_a_calendar_with_days_off_of_its_own(row: str, what: str) -> None:
    found = planned(csv_file(f"{DAY_COLUMNS},calendar", row), documents=register(csv_file(DAY_COLUMNS, *NEXT_YEAR)))
    assert any(what in fault for fault in told(found)) if what else told(found) == []


def test_the_same_day_may_be_off_in_two_calendars_and_stands_in_each_once() -> None:
    rows = [f"2026-09-03,local_off,纪念日,{name}" for name in ("yanbian", "changbai")]
    days = csv_file(f"{DAY_COLUMNS},calendar", *rows)
    found = planned(days)
    assert (told(found), [change.place.version for change in found.changes]) == ([], ["changbai", "yanbian"])
    made = calendars(FORMS[Kind.CALENDAR_DAY].things([change.document or "" for change in found.changes]).whole(), 1)
    assert [made[name].is_working_day(date(2026, 9, 3)) for name in ("cn", "yanbian", "changbai")] == [True, False, False]


def test_a_hall_that_keeps_a_calendar_of_which_there_is_no_day_is_named() -> None:
    hall = csv_file(f"{HALL_COLUMNS},calendar", "yanji,延吉市政务大厅,county,yanbian,222401,yanbian")
    days = csv_file(f"{DAY_COLUMNS},calendar", "2026-09-03,local_off,自治州成立纪念日,yanbian")
    assert told(planned(hall, documents=register(HALLS))) == [
        "rows.csv: line 2: 'yanji' keeps the calendar 'yanbian', of which there is no day"
    ]
    assert told(planned(hall, days, documents=register(HALLS))) == []
    both = changed(register(HALLS), planned(hall, days, documents=register(HALLS)).changes)
    gone = planned(csv_file(DAY_COLUMNS, *NEXT_YEAR), documents=both, whole=True)
    assert any("of which there is no day" in fault for fault in told(gone))


def test_a_rule_of_supervision_for_a_hall_or_an_item_that_there_is_not_is_named() -> None:
    rule = 'rule = "x"\nversion = 1\neffect = "yellow-card"\ntrigger = "after-due"\nclocks = ["step"]\nfrom = 2026-01-01\nbasis = "x"\n'
    file = File("rules.toml", f'[[supervision-rule]]\n{rule}halls = ["atlantis", "yushu"]\nitems = ["000"]\n'.encode())
    assert told(planned(file, documents=register(HALLS))) == [
        "rules.toml: line 1: the hall 'atlantis' is not known",
        "rules.toml: line 1: there is no item 000",
    ]


def test_two_rules_of_supervision_that_contradict_each_other_are_named_also_across_files() -> None:
    rule = 'version = 1\neffect = "yellow-card"\ntrigger = "after-due"\nclocks = ["case-promised"]\nfrom = 2026-01-01\nbasis = "x"\n'
    found = told(planned(File("more.toml", f'[[supervision-rule]]\nrule = "z"\n{rule}'.encode()), documents=register(HALLS, SUPERVISION)))
    assert found
    assert "both say when case-promised gives a yellow-card" in found[0]
