"""Every text of the console is there in every language, and every value that pages show has a word."""

import re
from pathlib import Path
from string import Formatter

import pytest

import hub.exchange.intake
import node_agent.console
from directory.case_state import FLAGS, STATUSES
from directory.catalogue.vocabulary import ItemType
from directory.clocks.vocabulary import ClockState
from directory.guidance.vocabulary import Flag, Kind, State
from directory.halls import Tier
from directory.licences.acts import TRUST_LEVELS
from directory.licences.outliers import OutlierKind
from directory.licences.vocabulary import MAKING, ActKind, CodeType, Fault, Ground, Status
from directory.register.kinds import Kind as RegisterKind
from directory.scopes.vocabulary import Role
from directory.supervision.card_history import CardPhase
from directory.supervision.orders import OrderPhase
from directory.supervision.vocabulary import CARDS, Light
from node_agent.accounts.acts import Act
from node_agent.accounts.giving import OF_NO_PERSON
from node_agent.accounts.passwords import PasswordFault
from node_agent.console.seeing import Area
from node_agent.console.views.home import ORDER
from node_agent.console.words import LANGUAGES, chosen, words
from node_agent.guidance.queues import Queue
from tongban.case.v1 import case_pb2
from tongban.errors.v1 import errors_pb2

HERE = Path(node_agent.console.__file__).parent
SOURCES = [*sorted(HERE.rglob("*.html")), *sorted(HERE.rglob("*.py"))]
_SAID = re.compile(r"""\bt\(\s*["']([\w.-]+)["']\s*[,)]""")
_MESSAGE = re.compile(r"""\bmessage\(\w+(?:\([^)]*\))?, "([\w-]+)\"""")
_DONE = re.compile(r"""\bdone\([^,]+, "([\w-]+)\"""")

GIVEN = re.compile(r"(?:Refused\(|return )errors_pb2\.(REASON_[A-Z_]+)")
INTAKE = Path(hub.exchange.intake.__file__).read_text("utf-8")
ROUTING = {name for name, number in errors_pb2.Reason.items() if 60 <= number < 80}
VALUES = {
    "state": STATUSES,
    "kind": set(RegisterKind),
    "flag": set(FLAGS.values()),
    "light": set(Light),
    "card": CARDS,
    "role": set(Role) - OF_NO_PERSON,
    "tier": set(Tier),
    "clock_state": set(ClockState),
    "order_phase": set(OrderPhase),
    "card_phase": set(CardPhase),
    "act": set(Act),
    "password.fault": set(PasswordFault),
    "nav": set(Area) - {Area.ACCOUNT},
    "unit": {"working_day", "day", "month"},
    "outcome": {"1", "2"},
    "event": {name.removeprefix("CASE_EVENT_KIND_").lower() for name in case_pb2.CaseEventKind.keys()},  # noqa: SIM118 - an enum of protobuf
    "did": {"role-given", "role-taken", "disabled", "enabled", "sessions-ended"}
    | {f"licence-{kind}" for kind in set(MAKING) | {ActKind.SUSPENDED, ActKind.RESUMED, ActKind.SUPERSEDED}},
    "licence_act": set(ActKind),
    "licence_making": set(MAKING),
    "licence_status": set(Status),
    "ground": set(Ground),
    "code_type": set(CodeType),
    "trust_level": set(TRUST_LEVELS.values()),
    "shape": set(ItemType),
    "outlier_kind": set(OutlierKind),
    "fault": {f"licence-{fault}.title" for fault in {*Fault, "request", "no-key", "unchecked", "unproved", "form", "away"}},
    "message": {f"evidence-{verdict}.title" for verdict in ("missing", "refused")},
    "home.kind": set(ORDER),
    "refusal": {reason for reason in GIVEN.findall(INTAKE) if reason != "REASON_FOREIGN_SOURCE"} | ROUTING,
    "queue": set(Queue),
    "queue_empty": set(Queue),
    "queue_empty_hint": set(Queue),
    "thread_state": set(State),
    "said_kind": set(Kind),
    "said_flag": set(Flag),
    "guidance.fault": {
        "empty",
        "too-long",
        "unseen",
        "untimely",
        "not-allowed",
        "full",
        "no-room",
        "refused",
        "coming",
        "grade",
        "nobody",
        "taken",
    },
}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_all_languages_have_the_same_texts_with_the_same_places() -> None:
    first, *others = [words(language) for language in LANGUAGES]
    for other in others:
        assert set(other.texts) == set(first.texts)
        assert {key: places(text) for key, text in other.texts.items()} == {key: places(text) for key, text in first.texts.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_english_holds_no_chinese(language: str) -> None:
    texts = words(language).texts
    assert [key for key, text in texts.items() if not text.strip()] == []
    if language == "en":
        assert [key for key, text in texts.items() if re.search(r"[\u4e00-\u9fff]", text)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_text_that_is_asked_for_is_there(source: Path) -> None:
    text = source.read_text("utf-8")
    asked = set(_SAID.findall(text))
    asked |= {f"message.{key}.{part}" for key in _MESSAGE.findall(text) for part in ("title", "do")}
    asked |= {f"did.{key}" for key in _DONE.findall(text)}
    assert asked - set(words("zh-CN").texts) == set()


@pytest.mark.parametrize("group", sorted(VALUES))
def test_every_value_of_a_closed_list_has_its_word(group: str) -> None:
    assert {value for value in VALUES[group] if f"{group}.{value}" not in words("en").texts} == set()


def test_a_value_of_a_later_release_is_shown_as_it_is() -> None:
    assert words("en").of("state", "teleported") == "teleported"


@pytest.mark.parametrize(
    ("wanted", "accepts", "language"),
    [
        ("", "", "zh-CN"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de,en;q=0.5,zh;q=0.2", "en"),
        ("", "en;q=0.3,zh-TW;q=0.8", "zh-CN"),
        ("", "en;q=0", "zh-CN"),
        ("", "fr", "zh-CN"),
        ("", ";;q=x,,", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_the_users_choice_then_the_browsers(wanted: str, accepts: str, language: str) -> None:
    assert chosen(wanted, accepts, LANGUAGES) == language
