"""Nobody calls what no row opens to them, and nobody reads beyond the own subtree."""

from itertools import product

import pytest

from directory.access import CALLERS, CallerKind, may_call, readable_halls
from directory.errors import UnknownHall
from directory.hall_list import seed

PROVINCE = seed()


@pytest.mark.parametrize("kind", CallerKind)
@pytest.mark.parametrize("method", ["", "/", "/tongban.case.v1.CaseService/DropCases", "tongban.case.v1.CaseService/GetCase"])
def test_what_no_row_names_is_closed_to_everyone(method: str, kind: CallerKind) -> None:
    assert not may_call(method, kind)


@pytest.mark.parametrize(("method", "kind"), sorted(product(CALLERS, CallerKind), key=str))
def test_a_node_does_a_halls_work_and_nothing_else(method: str, kind: CallerKind) -> None:
    service = method.split("/")[1]
    expected = {
        "tongban.enrolment.v1.EnrolmentService": {CallerKind.TOKEN_HOLDER} if method.endswith("/Enrol") else {CallerKind.RENEWER},
        "grpc.health.v1.Health": {CallerKind.OPERATOR} if method.endswith("/List") else {CallerKind.NODE, CallerKind.OPERATOR},
        "grpc.reflection.v1alpha.ServerReflection": {CallerKind.OPERATOR},
    }.get(service, {CallerKind.NODE})
    assert may_call(method, kind) == (kind in expected)


def test_a_county_reads_itself_a_city_its_counties_the_province_all() -> None:
    assert readable_halls(PROVINCE, "yushu") == {"yushu"}
    assert readable_halls(PROVINCE, "siping") == {"siping", "lishu", "yitong", "shuangliao"}
    assert readable_halls(PROVINCE, "meihekou") == {"meihekou"}
    assert readable_halls(PROVINCE, "jilin-sheng") == {hall.hall for hall in PROVINCE}


def test_an_unknown_hall_reads_nothing() -> None:
    with pytest.raises(UnknownHall):
        readable_halls(PROVINCE, "atlantis")
