"""Halls answer cards and orders by commands, at a real hub: also when it dies behind what it issued, or behind an act."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from directory.supervision.vocabulary import Effect
from hub.cases import findings
from hub.cases.findings import Finding
from hub.db import models_url, open_database, transaction
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.hub.supervision_ground import CITY, COUNTY, PROVINCE, found_card, found_rating, found_silence
from tests.province.build import HallSetup, Province
from tests.province.processes import executable, run, wait_until

pytestmark = pytest.mark.slow

DIE_SECONDS = 30.0
CLERK, REVIEWER, SUPERVISOR = (("--role", role, "--person", "7") for role in ("clerk", "reviewer", "supervisor"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Give a province whose hub runs, with a county, its city and the province, whose agents do not run."""
    with Province(tmp_path_factory.mktemp("supervision")) as built:
        for hall in (COUNTY, CITY, PROVINCE):
            built.set_up(HallSetup(hall))
        built.found()
        built.start_hub()
        built.enrol()
        built.start_agent(CITY)  # a hall that agrees with the ledger: without one the hub says nothing of its own for a minute
        yield built


def find(province: Province, *found: Finding) -> None:
    """Let the read model find something."""
    models = open_database(models_url(province.database_url), durable=False)
    with transaction(models.writer) as connection:
        findings.add(connection, found, int(datetime.now(UTC).timestamp() * 1000))
    models.dispose()


def agent(province: Province, hall: str, *words: str) -> Any:
    return json.loads(run([executable("tongban-agent"), *words, "--json", "--config", province.hall_config(hall)]))


def said(province: Province, hall: str, *words: str) -> str:
    return run([executable("tongban-agent"), *words, "--config", province.hall_config(hall)])


def listed(province: Province, *words: str) -> Any:
    return json.loads(run([executable("tongban-hub"), "supervision", "list", *words, "--json", "--config", province.hub_config]))


def cards_of(province: Province, number: str) -> list[str]:
    return [card["card"] for card in listed(province)["cards"] if card["case_number"] == number]


def issued(province: Province, number: str) -> str:
    """Have a card issued, and return its id."""
    find(province, found_card(number))
    wait_until(lambda: bool(cards_of(province, number)), "the card is issued", DIE_SECONDS)
    return cards_of(province, number)[0]


def test_a_card_is_read_replied_to_appealed_against_and_decided_on_by_commands(founded: Province) -> None:
    card = issued(founded, "by-commands")
    assert [one["card"]["card"]["card"] for one in agent(founded, COUNTY, "card", "list", *CLERK)["cards"]] == [card]
    shown = said(founded, COUNTY, "card", "show", card, *CLERK)
    assert "promise-broken version 1" in shown
    assert "3, 5 of the ledger" in shown
    replied = agent(founded, COUNTY, "card", "reply", card, "--text", "已补办", *CLERK)
    assert replied["card"]["phase"] == "replied"
    assert agent(founded, COUNTY, "card", "appeal", card, "--text", "已按期办结", *REVIEWER)["card"]["phase"] == "appealed"
    decide = ("card", "decide", card, "--outcome", "upheld", "--ground", "无据", *SUPERVISOR)
    assert refused(founded, CITY, *decide) == "REASON_SCOPE_DENIED"
    assert agent(founded, PROVINCE, *decide)["card"]["phase"] == "upheld"
    other = issued(founded, "withdrawn")
    assert agent(founded, CITY, "card", "withdraw", other, "--ground", "误发", *SUPERVISOR)["card"]["phase"] == "withdrawn"
    assert agent(founded, CITY, "card", "list", "--phase", "withdrawn", "--overdue", *SUPERVISOR)["cards"] == []
    assert {card["phase"] for card in listed(founded, "--cards")["cards"]} == {"upheld", "withdrawn"}


def refused(province: Province, hall: str, *words: str) -> str:
    """Return the reason with which a command fails."""
    command: list[Any] = [executable("tongban-agent"), *words, "--json", "--config", province.hall_config(hall)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    return str(json.loads(done.stdout).get("reason", ""))


def test_an_order_is_issued_answered_returned_and_closed_by_commands(founded: Province) -> None:
    words = ("order", "issue", COUNTY, "--rule", "promise-broken", "--text", "请说明", "--case", "1", "--reply-days", "3", *SUPERVISOR)
    order = agent(founded, CITY, *words)["order"]["order"]["order"]
    assert [one["order"]["order"]["order"] for one in agent(founded, COUNTY, "order", "list", *CLERK)["orders"]] == [order]
    assert "waits for an answer" in said(founded, COUNTY, "order", "show", order, *CLERK)
    agent(founded, COUNTY, "order", "answer", order, "--text", "已办结", *CLERK)
    returned = agent(founded, CITY, "order", "return", order, "--ground", "未附材料", "--reply-days", "2", *SUPERVISOR)
    assert (returned["order"]["phase"], returned["order"]["reply_days"]) == ("issued", 2)
    agent(founded, COUNTY, "order", "answer", order, "--text", "材料已补", *CLERK)
    assert agent(founded, CITY, "order", "close", order, "--ground", "已整改", *SUPERVISOR)["order"]["phase"] == "closed"
    assert [one["phase"] for one in listed(founded, "--orders")["orders"]] == ["closed"]
    assert listed(founded, "--overdue") == {"cards": [], "orders": [], "rectifications": []}


def test_a_rectification_is_read_answered_returned_and_closed_by_commands(founded: Province) -> None:
    find(founded, found_rating("rated"), found_card("reminded", effect=Effect.REMINDER))
    wait_until(lambda: bool(listed(founded, "--rectifications")["rectifications"]), "the rectification is opened", DIE_SECONDS)
    (fact,) = listed(founded, "--rectifications")["rectifications"]
    assert (fact["case_number"], fact["grade"], fact["phase"]) == ("rated", 1, "open")
    ident = fact["rectification"]
    found = agent(founded, COUNTY, "rectification", "list", *CLERK)["rectifications"]
    assert [one["rectification"]["rectification"]["rectification"] for one in found] == [ident]
    shown = said(founded, COUNTY, "rectification", "show", ident, *CLERK)
    assert "rated 1  waits for an answer" in shown
    assert "rating    7 of the ledger" in shown
    answer = ("rectification", "answer", ident, "--text", "已致歉", "--contact")
    assert agent(founded, COUNTY, *answer, "not-reached", *CLERK)["rectification"]["phase"] == "answered"
    agent(founded, CITY, "rectification", "return", ident, "--ground", "未联系申请人", "--reply-days", "2", *SUPERVISOR)
    assert refused(founded, CITY, "rectification", "close", ident, "--ground", "x", *SUPERVISOR) == "REASON_NOT_IN_TURN"
    agent(founded, COUNTY, *answer, "content", *CLERK)
    assert agent(founded, CITY, "rectification", "close", ident, "--ground", "回访属实", *SUPERVISOR)["rectification"]["phase"] == "closed"
    assert "applicant content" in said(founded, COUNTY, "rectification", "show", ident, *CLERK)
    (reminder,) = agent(founded, COUNTY, "reminder", "list", *CLERK)["reminders"]
    assert reminder["cause"]["case_number"] == "reminded"
    assert [one["case_number"] for one in listed(founded, "--reminders")["reminders"]] == ["reminded"]
    assert "case-promised ends on 2026-11-20" in said(founded, COUNTY, "reminder", "list", *CLERK)


def test_a_hub_that_dies_behind_what_it_issued_has_issued_it_once(founded: Province) -> None:
    founded.hub.kill()
    founded.start_hub(env={VARIABLE: "findings-issued"})
    find(founded, found_card("crash"), found_silence(reported=datetime.now(UTC) - timedelta(days=9)), found_card("crash", rule="again"))
    dies(founded)
    assert len(cards_of(founded, "crash")) == 1
    founded.start_hub()
    later = issued(founded, "behind-the-crash")
    assert cards_of(founded, "behind-the-crash") == [later]
    assert len(cards_of(founded, "crash")) == 1
    assert sorted(one["phase"] for one in listed(founded, "--orders")["orders"]) == ["closed", "issued"]
    assert doctor_finds_nothing(founded)


def test_a_hub_that_dies_behind_an_act_has_done_it_once(founded: Province) -> None:
    card = issued(founded, "act")
    founded.hub.kill()
    founded.start_hub(env={VARIABLE: "filed-move-said"})
    reply = ("card", "reply", card, "--text", "已补办", *CLERK)
    assert refused(founded, COUNTY, *reply) == ""
    dies(founded)
    founded.start_hub()
    again = agent(founded, COUNTY, *reply)
    assert (again["card"]["phase"], again["card"]["events"]) == ("replied", 2)
    assert doctor_finds_nothing(founded)


def dies(province: Province) -> None:
    wait_until(lambda: not province.hub.running, "the hub dies at the step", DIE_SECONDS)
    assert province.hub.exit_code == STATUS, province.hub.log_end()


def doctor_finds_nothing(province: Province) -> bool:
    command: list[Any] = [executable("tongban-hub"), "doctor", "--json", "--config", province.hub_config]
    found = {one["check"]: one["fault"] for one in json.loads(run(command))["findings"]}
    return {str(found["shares, corrections, cards and orders"]), str(found["rectifications"])} == {""}
