"""A record holds by its version and in one spelling, or what is wrong with it is said without what it holds."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ItemType, State
from directory.event_ids import event_id, extract_id
from directory.record_json import LARGEST_INTEGER, MOST_BYTES
from directory.records import Held, Sent, Versions, judge, key_fault, spelled
from tests.directory.catalogue.made import SAMPLE, item, of_items, version
from tongban.directory.v1.records_pb2 import Record
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE

TODAY = date(2026, 11, 23)
RESOURCE = "enterprise-register"
SMALL = of_items(item("name", max_length=40), item("staff", ItemType.INTEGER, required=False))
SECRET = "11010118991231002"


def sent(document: bytes, number: int = 1, *, operation: int = OPERATION_PUT, **changes: Any) -> Sent:
    record = Record(version=number, operation=operation, document=document)  # type: ignore[arg-type] # any number may come
    usual: dict[str, Any] = {"resource": RESOURCE, "subject": "1", "dataschema": str(number), "day": TODAY}
    return Sent(**({"payload": record.SerializeToString()} | usual | changes))


def what(found: Held | tuple[Any, ...]) -> str:
    assert isinstance(found, tuple), found
    assert SECRET not in str(found)
    return str(found[0])


def of(*versions: ResourceVersion) -> Versions:
    return Versions(versions)


def test_a_record_of_every_type_holds() -> None:
    document = json.loads(SAMPLE)
    assert judge(sent(spelled(document)), of(version())) == Held(RESOURCE, "1", 1, document)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b'{"name":"a"} ', "one spelling"),
        (b'{"name": "a"}', "one spelling"),
        (b'{"staff":1,"name":"a"}', "one spelling"),
        (b'{"name":"\\u0061"}', "one spelling"),
        (b'{"name":"\\u7532"}', "one spelling"),
        (b'{"name":"a","name":"b"}', "twice"),
        (f'{{"name":"{SECRET}","age":1}}'.encode(), "no field"),
        (f'{{"name":{SECRET}}}'.encode(), "beyond"),
        (b'{"name":"a","staff":%d}' % (LARGEST_INTEGER + 1), "beyond"),
        (b'{"name":"a","staff":1.5}', "must be of type integer"),
        (b'{"name":"a","staff":1e0}', "must be of type integer"),
        (b'{"name":"a","staff":true}', "must be of type integer"),
        (b'{"name":"a","staff":null}', "must be of type integer"),
        (b'{"name":"a","staff":NaN}', "NaN"),
        (b'{"name":"\\ud800"}', "surrogate"),
        (b'{"name":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"name":"\xff"}', "not UTF-8"),
        (b'["name"]', "an object"),
        (b'{"name":"' + b"x" * MOST_BYTES + b'"}', "larger than"),
        (b'{"name":' + b"[" * 100_000 + b"}", "deep"),
        (b"{}", "is missing"),
        (b'{"name":"%s"}' % (b"x" * 41), "more than 40"),
        ('{"name":"a\u202eb"}'.encode(), "not seen"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(document: bytes, fault: str) -> None:
    assert fault in what(judge(sent(document), of(SMALL)))


@pytest.mark.parametrize("key", ["", " 1", "1 ", "a\u0000", "a\u200bb", "a\u202eb", "e\u0301", "x" * 201, "a\nb"])
def test_a_key_of_another_spelling_does_not_hold(key: str) -> None:
    assert key_fault(key)
    assert "key" in what(judge(sent(b'{"name":"a"}', subject=key), of(SMALL)))


@pytest.mark.parametrize("key", ["1", "吉A-12345", "a b", "é", "x" * 200, "１"])
def test_a_key_is_any_line_that_is_seen_as_it_is(key: str) -> None:
    assert isinstance(judge(sent(b'{"name":"a"}', subject=key), of(SMALL)), Held)


def test_what_is_removed_has_no_document() -> None:
    assert judge(sent(b"", operation=OPERATION_REMOVE), of(SMALL)) == Held(RESOURCE, "1", 1, None)
    assert "no document" in what(judge(sent(b'{"name":"a"}', operation=OPERATION_REMOVE), of(SMALL)))


@pytest.mark.parametrize("operation", [0, 3, 99])
def test_another_operation_does_not_hold(operation: int) -> None:
    assert "neither" in what(judge(sent(b'{"name":"a"}', operation=operation), of(SMALL)))


def test_what_is_no_record_does_not_hold() -> None:
    assert "not a tongban" in what(judge(replace(sent(b""), payload=b"\xff"), of(SMALL)))
    assert what(judge(replace(sent(b""), payload=b""), of(SMALL)))  # as of an encrypted one


@pytest.mark.parametrize("dataschema", ["", "2", "01", "1.0", "１", "v1"])
def test_header_and_record_name_one_version(dataschema: str) -> None:
    assert "another version" in what(judge(sent(b'{"name":"a"}', dataschema=dataschema), of(SMALL)))


def test_a_version_holds_from_its_day_on_until_it_is_withdrawn() -> None:
    later = replace(SMALL, version=2, period=replace(SMALL.period, start=TODAY))
    draft = replace(SMALL, version=3, state=State.DRAFT)
    withdrawn = replace(SMALL, version=4, state=State.WITHDRAWN, withdrawn_on=TODAY)
    versions = of(SMALL, later, draft, withdrawn)

    def holds(number: int, day: date) -> bool:
        return isinstance(judge(sent(b'{"name":"a"}', number, day=day), versions), Held)

    yesterday = date(2026, 11, 22)
    assert [holds(number, TODAY) for number in range(6)] == [False, True, True, False, False, False]
    assert [holds(number, yesterday) for number in range(6)] == [False, True, False, False, True, False]
    assert not isinstance(judge(sent(b'{"name":"a"}', resource="other"), versions), Held)


@given(st.dictionaries(st.sampled_from(["name", "staff", "age"]), st.text(max_size=50) | st.integers() | st.none() | st.booleans()))
def test_whatever_holds_is_spelled_in_its_one_way(document: dict[str, Any]) -> None:
    found = judge(sent(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")), of(SMALL))
    if isinstance(found, Held):
        assert len(document) == 1  # with one field there is nothing to sort and no space
        assert json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() == spelled(document)
    try:
        data = spelled(document)
    except UnicodeEncodeError:
        return
    again = judge(sent(data), of(SMALL))
    valid = isinstance(document.get("name"), str) and set(document) <= {"name", "staff"}
    if isinstance(again, Held):
        assert valid
        assert again.document == document


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for payload in (data, sent(data).payload):
        assert judge(replace(sent(b""), payload=payload), of(SMALL))


def test_the_ids_of_extracts_stay_what_they_are() -> None:
    assert extract_id(bytes(32), "g-1") == event_id(bytes(32), b"g-1") == "4fa8047f-e716-81f1-b279-5c10edcd88fa"
    assert extract_id(bytes(32), "g-2") != extract_id(bytes(32), "g-1") != extract_id(b"\x01" * 32, "g-1")
