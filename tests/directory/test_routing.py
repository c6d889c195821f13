"""A message goes where a row lets it go, and is refused with its reason otherwise."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import State
from directory.errors import UnknownHall
from directory.hall_list import seed
from directory.halls import Tier
from directory.resource_ids import FROM_HALLS, RESERVED
from directory.routing import RESOURCES, Heading, Reach, Refused, Routed, judge, out_of_reach, still_reached, within_reach
from directory.scopes.law import Law
from directory.scopes.principal import SEATS_OF_ROLE
from directory.scopes.reading import default_rules
from tests.directory.catalogue.made import version
from tests.directory.scopes.ground import Department
from tongban.case.v1 import case_pb2
from tongban.directory.v1 import records_pb2
from tongban.enrolment.v1 import enrolment_pb2
from tongban.errors.v1 import errors_pb2
from tongban.guidance.v1 import guidance_pb2

PROVINCE = seed(unlinked={"nongan", "siping"})
TODAY = date(2026, 11, 23)
LAW = Law.compile(default_rules(), PROVINCE, (), TODAY)
CASE = case_pb2.CaseEvent.DESCRIPTOR.full_name
HALLS = [hall.hall for hall in PROVINCE]


def heading(
    author: str = "yushu", *, to: tuple[str, ...] = (), role: str = "clerk", department: str = "", resource: str = "case", kind: str = CASE
) -> Heading:
    return Heading(author, resource, kind, role, department, to)


@pytest.mark.parametrize(
    ("author", "to"),
    [
        ("yushu", ()),
        ("yushu", ("changchun",)),
        ("yushu", ("changchun", "jilin-sheng")),
        ("changchun", ("jilin-sheng", "yushu")),
        ("meihekou", ("jilin-sheng",)),
        ("jilin-sheng", ("changchun", "yanji")),
    ],
)
def test_a_case_goes_to_superiors_and_to_the_own_subtree(author: str, to: tuple[str, ...]) -> None:
    assert judge(LAW, heading(author, to=to)) == Routed(to)


@pytest.mark.parametrize(
    ("author", "to", "reason"),
    [
        ("yushu", ("dehui",), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),  # a sibling
        ("yushu", ("yanbian",), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),  # another city
        ("changchun", ("yanji",), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),  # another city's county
        ("meihekou", ("tonghua-shi",), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),  # where its digits would put it
        ("yushu", ("yushu",), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),  # itself
        ("yushu", ("changchun", "changchun"), errors_pb2.REASON_ENVELOPE_MALFORMED),
        ("jilin-sheng", (*HALLS, *(f"more-{number}" for number in range(12))), errors_pb2.REASON_ENVELOPE_MALFORMED),
        ("yushu", ("atlantis",), errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ("yushu", ("hub",), errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ("yushu", ("*",), errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ("yushu", ("changchun", "jilin-sheng", "сhangchun"), errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ("changchun", ("nongan",), errors_pb2.REASON_RECIPIENT_NOT_LINKED),
        ("shuangliao", ("jilin-sheng", "siping"), errors_pb2.REASON_RECIPIENT_NOT_LINKED),
        ("atlantis", (), errors_pb2.REASON_UNKNOWN_HALL),
    ],
)
def test_a_case_goes_nowhere_else(author: str, to: tuple[str, ...], reason: errors_pb2.Reason) -> None:
    assert judge(LAW, heading(author, to=to)) == Refused(reason)


@given(st.sampled_from(HALLS), st.lists(st.sampled_from(HALLS), unique=True, min_size=1, max_size=6), st.data())
def test_one_forbidden_recipient_anywhere_stops_the_message(author: str, allowed: list[str], data: st.DataObject) -> None:
    mine = within_reach(PROVINCE, author, RESOURCES["case"].reach)
    good = [hall for hall in allowed if hall in mine]
    outside = data.draw(st.sampled_from([hall for hall in HALLS if hall not in mine]))
    at = data.draw(st.integers(0, len(good)))
    verdict = judge(LAW, heading(author, to=(*good[:at], outside, *good[at:])))
    assert verdict == Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)


@pytest.mark.parametrize("resource", ["", "keys", "licence", "Case", "case "])
def test_an_unknown_resource_is_refused(resource: str) -> None:
    assert judge(LAW, heading(resource=resource)) == Refused(errors_pb2.REASON_UNKNOWN_RESOURCE)


@pytest.mark.parametrize("kind", ["", "tongban.case.v1.SourceRun", "tongban.case.v1.caseevent"])
def test_a_payload_that_is_not_of_the_resource_is_refused(kind: str) -> None:
    assert judge(LAW, heading(kind=kind)) == Refused(errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH)


def test_the_types_of_the_resources_are_messages_of_the_contract() -> None:
    known = {
        f"{module.package}.{name}"
        for module in (case_pb2.DESCRIPTOR, enrolment_pb2.DESCRIPTOR, guidance_pb2.DESCRIPTOR)
        for name in module.message_types_by_name
    }
    assert {kind for resource in RESOURCES.values() for kind in resource.types} <= known


def test_a_key_succession_goes_to_the_hub_alone() -> None:
    succession = heading(resource="key-succession", kind="tongban.enrolment.v1.LogKeySuccessor", role="node")
    assert judge(LAW, succession) == Routed(())
    addressed = heading(resource="key-succession", kind="tongban.enrolment.v1.LogKeySuccessor", role="node", to=("changchun",))
    assert judge(LAW, addressed) == Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)


AT_TIER = {Tier.PROVINCE: "jilin-sheng", Tier.CITY: "changchun", Tier.COUNTY: "yushu"}


@pytest.mark.parametrize(("tier", "role"), sorted(product(Tier, [*SEATS_OF_ROLE, "province", "Clerk"])))
def test_a_hall_asserts_only_roles_of_its_tier(tier: Tier, role: str) -> None:
    foreign = {Tier.COUNTY: {"guide", "auditor"}, Tier.CITY: {"auditor"}, Tier.PROVINCE: set()}[tier] | {"operator", "province", "Clerk"}
    verdict = judge(LAW, heading(AT_TIER[tier], role=role))
    if role in foreign:
        assert verdict == Refused(errors_pb2.REASON_FOREIGN_ACTOR)
    else:
        assert verdict == (Routed(()) if role in WRITERS else Refused(errors_pb2.REASON_SCOPE_DENIED))


WRITERS = {"node", "clerk", "reviewer"}
"""Whoever handles a matter records it, and so does the hall's own system: nobody else does."""


@pytest.mark.parametrize("role", ["", "node"])
def test_the_halls_own_system_records_whatever_department_a_case_is_of(role: str) -> None:
    assert judge(LAW, heading(role=role)) == Routed(())
    assert judge(REGISTERED, heading(role=role)) == Routed(())
    assert judge(REGISTERED, heading(role=role, department="yushu-rs")) == Routed(())


def test_a_clerk_of_a_hall_with_departments_writes_as_one_of_them() -> None:
    assert judge(REGISTERED, heading(department="yushu-rs")) == Routed(())
    assert judge(REGISTERED, heading()) == Refused(errors_pb2.REASON_SCOPE_DENIED)
    assert judge(REGISTERED, heading("dehui")) == Routed(())  # which has registered none, and so is one


def test_a_case_is_written_by_whom_a_rule_lets_write() -> None:
    lawless = Law.compile([rule for rule in default_rules() if "case.write" not in rule.actions], PROVINCE, (), TODAY)
    for role in ("", "clerk", "reviewer"):
        assert judge(lawless, heading(role=role, to=("changchun",))) == Refused(errors_pb2.REASON_SCOPE_DENIED)


@pytest.mark.parametrize(
    ("resource", "kind"), [("key-succession", "tongban.enrolment.v1.LogKeySuccessor"), ("source-run", "tongban.case.v1.SourceRun")]
)
@pytest.mark.parametrize("role", ["clerk", "reviewer", "supervisor", "node", ""])
def test_keys_and_runs_are_said_by_the_agent_alone(resource: str, kind: str, role: str) -> None:
    expected = Routed(()) if role in {"node", ""} else Refused(errors_pb2.REASON_SCOPE_DENIED)
    assert judge(LAW, heading(resource=resource, kind=kind, role=role)) == expected


@pytest.mark.parametrize(
    ("author", "resource", "stated", "reached"),
    [
        ("yushu", "case", ("changchun", "jilin-sheng"), ("changchun", "jilin-sheng")),
        ("yushu", "case", ("changchun", "dehui"), ("changchun",)),  # out of reach by now
        ("changchun", "case", ("jilin-sheng", "nongan"), ("jilin-sheng",)),  # not linked by now
        ("yushu", "case", ("atlantis", "changchun"), ("changchun",)),
        ("yushu", "nothing", ("changchun",), ()),
        ("atlantis", "case", ("changchun",), ()),
        ("yushu", "case", (), ()),
    ],
)
def test_what_waited_goes_to_those_who_are_still_reached(
    author: str, resource: str, stated: tuple[str, ...], reached: tuple[str, ...]
) -> None:
    assert still_reached(LAW, author, resource, stated) == reached


REGISTERED = Law.compile(default_rules(), PROVINCE, (Department("yushu-rs", "yushu"), Department("changchun-rs", "changchun")), TODAY)


@pytest.mark.parametrize(
    ("author", "department", "believed"),
    [
        ("yushu", "yushu-rs", True),
        ("yushu", "changchun-rs", False),
        ("yushu", "许可科", False),  # it has registered its departments, and this is none
        ("dehui", "许可科", True),  # it has registered none yet
        ("dehui", "yushu-rs", False),
    ],
)
@pytest.mark.parametrize("role", ["clerk", "node", ""])
def test_a_hall_asserts_only_departments_that_may_be_its_own(author: str, department: str, believed: bool, role: str) -> None:  # noqa: FBT001
    verdict = judge(REGISTERED, heading(author, role=role, department=department))
    assert verdict == (Routed(()) if believed else Refused(errors_pb2.REASON_FOREIGN_ACTOR))


def test_while_no_department_is_registered_any_name_is_believed() -> None:
    assert judge(LAW, heading(department="许可科")) == Routed(())


def test_siblings_are_reached_where_a_row_says_so() -> None:
    assert "dehui" in within_reach(PROVINCE, "yushu", frozenset({Reach.SIBLINGS}))
    assert "yushu" not in within_reach(PROVINCE, "yushu", frozenset(Reach))
    with pytest.raises(UnknownHall):
        within_reach(PROVINCE, "atlantis", frozenset(Reach))


RECORD = records_pb2.Record.DESCRIPTOR.full_name
PROVIDERS = (Department("market-regulation", "changchun"), Department("changchun-rs", "changchun"), Department("yushu-rs", "yushu"))
OPEN = version()
SEALED = version(resource="citizens", code="307001/2", encrypted=True)
PAST = version(resource="past", code="307001/3", state=State.WITHDRAWN, withdrawn_on=TODAY)
TO_COME = version(resource="to-come", code="307001/4", start=TODAY + timedelta(days=1))
SKETCH = version(resource="sketch", code="307001/5", state=State.DRAFT)
CATALOGUED = Law.compile(default_rules(), PROVINCE, PROVIDERS, TODAY, (OPEN, SEALED, PAST, TO_COME, SKETCH))


def record(author: str = "changchun", resource: str = "enterprise-register", **changes: Any) -> Heading:
    return heading(author, **({"role": "node", "resource": resource, "kind": RECORD} | changes))


@pytest.mark.parametrize("department", ["", "market-regulation"])
def test_records_are_sent_by_the_hall_of_their_provider_to_the_hub(department: str) -> None:
    assert judge(CATALOGUED, record(department=department)) == Routed((), is_record=True)
    assert judge(CATALOGUED, heading(role="node")) == Routed(())


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (record("yushu"), errors_pb2.REASON_FOREIGN_RESOURCE),
        (record("jilin-sheng"), errors_pb2.REASON_FOREIGN_RESOURCE),
        (record("atlantis"), errors_pb2.REASON_UNKNOWN_HALL),
        (record(department="changchun-rs"), errors_pb2.REASON_FOREIGN_ACTOR),
        (record(department="yushu-rs"), errors_pb2.REASON_FOREIGN_ACTOR),
        (record(role="auditor"), errors_pb2.REASON_FOREIGN_ACTOR),
        (record(to=("jilin-sheng",)), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),
        (record(to=("yushu",)), errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),
        (record(to=("hub",)), errors_pb2.REASON_UNKNOWN_RECIPIENT),
        (record(kind=CASE), errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH),
        (record(resource="case"), errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH),
        (record(resource="citizens"), errors_pb2.REASON_RESOURCE_ENCRYPTED),
        (record("yushu", resource="citizens"), errors_pb2.REASON_FOREIGN_RESOURCE),
        (record(resource="past"), errors_pb2.REASON_UNKNOWN_RESOURCE),
        (record(resource="to-come"), errors_pb2.REASON_UNKNOWN_RESOURCE),
        (record(resource="sketch"), errors_pb2.REASON_UNKNOWN_RESOURCE),
        (record(resource="enterprise-registеr"), errors_pb2.REASON_UNKNOWN_RESOURCE),
        (record(resource="Enterprise-register"), errors_pb2.REASON_UNKNOWN_RESOURCE),
    ],
)
def test_records_go_no_other_way(found: Heading, reason: errors_pb2.Reason) -> None:
    assert judge(CATALOGUED, found) == Refused(reason)


def test_a_resource_without_its_provider_is_sent_by_nobody() -> None:
    law = Law.compile(default_rules(), PROVINCE, PROVIDERS[1:], TODAY, (OPEN,))
    assert {judge(law, record(hall.hall)) for hall in PROVINCE} == {Refused(errors_pb2.REASON_FOREIGN_RESOURCE)}


def test_a_catalogued_resource_never_takes_the_place_of_one_of_the_exchange() -> None:
    law = Law.compile(default_rules(), PROVINCE, PROVIDERS, TODAY, (version(resource="case"),))
    assert judge(law, heading(role="node")) == Routed(())
    assert judge(law, record(resource="case")) == Refused(errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH)


def test_what_halls_send_is_reserved() -> None:
    assert set(RESOURCES) == FROM_HALLS < RESERVED


@given(author=st.sampled_from(HALLS), hall=st.sampled_from(HALLS), resource=st.sampled_from(["case", "source-run"]))
def test_what_is_out_of_reach_is_what_would_be_refused_today(author: str, hall: str, resource: str) -> None:
    kind = next(iter(RESOURCES[resource].types))
    verdict = judge(LAW, heading(author, to=(hall,), role="", resource=resource, kind=kind))
    refused = verdict == Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)
    assert (resource in out_of_reach(PROVINCE, author, hall)) == refused


def test_of_a_hall_that_is_gone_everything_is_out_of_reach() -> None:
    assert (
        out_of_reach(PROVINCE, "atlantis", "changchun") == out_of_reach(PROVINCE, "yushu", "atlantis") == {"case", "source-run", "guidance"}
    )


GUIDANCE = guidance_pb2.GuidanceMessage.DESCRIPTOR.full_name


def said(author: str, to: tuple[str, ...], role: str, department: str = "") -> Heading:
    return heading(author, to=to, role=role, department=department, resource="guidance", kind=GUIDANCE)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (said("yushu", ("changchun",), "clerk", "yushu-rs"), Routed(("changchun",))),
        (said("yushu", ("jilin-sheng",), "reviewer", "yushu-rs"), Routed(("jilin-sheng",))),
        (said("changchun", ("jilin-sheng",), "clerk"), Routed(("jilin-sheng",))),
        (said("changchun", ("yushu",), "guide", "changchun-rs"), Routed(("yushu",))),
        (said("yushu", ("dehui",), "clerk"), Refused(errors_pb2.REASON_SCOPE_DENIED)),  # a sibling
        (said("yushu", ("changchun", "dehui"), "clerk"), Refused(errors_pb2.REASON_SCOPE_DENIED)),
        (said("changchun", ("yushu",), "clerk"), Refused(errors_pb2.REASON_SCOPE_DENIED)),  # no guide
        (said("changchun", ("jilin-sheng",), "guide", "changchun-rs"), Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)),  # upward
        (said("changchun", ("yanji",), "guide", "changchun-rs"), Refused(errors_pb2.REASON_RECIPIENT_NOT_ALLOWED)),
        (said("yushu", (), "clerk"), Refused(errors_pb2.REASON_SCOPE_DENIED)),  # asks nobody
        (said("yushu", ("changchun",), ""), Refused(errors_pb2.REASON_SCOPE_DENIED)),  # an agent asks nothing
        (said("yushu", ("changchun",), "supervisor"), Refused(errors_pb2.REASON_SCOPE_DENIED)),
        (said("yushu", ("changchun",), "guide"), Refused(errors_pb2.REASON_FOREIGN_ACTOR)),  # no guide exists at a county
        (said("yushu", ("atlantis",), "clerk"), Refused(errors_pb2.REASON_UNKNOWN_RECIPIENT)),
        (said("changchun", ("nongan",), "guide", "changchun-rs"), Refused(errors_pb2.REASON_RECIPIENT_NOT_LINKED)),
    ],
)
def test_clerks_ask_upward_and_guides_answer_downward(found: Heading, verdict: Routed | Refused) -> None:
    assert judge(DIVIDED, found) == verdict


DIVIDED = Law.compile(
    default_rules(), PROVINCE, (Department("yushu-rs", "yushu", "changchun-rs"), Department("changchun-rs", "changchun")), TODAY
)
