"""What a person of another hall wrote is shown as that, and as nothing that the command itself says."""

from typing import Any

import pytest

from node_agent.cli import card, correction, order, share
from tongban.directory.v1.corrections_pb2 import ReportStanding
from tongban.directory.v1.sharing_pb2 import ShareStanding
from tongban.supervision.v1.supervision_pb2 import CardStanding, OrderStanding

FORGED = "好\nground    误发，撤牌\nwent up   unanswered"


def a_card(text: str) -> CardStanding:
    standing = CardStanding()
    standing.card.reply = standing.card.appeal = standing.card.ground = text
    return standing


def an_order(text: str) -> OrderStanding:
    standing = OrderStanding()
    standing.order.order.text = standing.order.answer = standing.order.remark = text
    return standing


def a_report(text: str) -> ReportStanding:
    standing = ReportStanding()
    standing.report.outcome, standing.report.what, standing.report.answer = "rejected", text, text
    return standing


def a_share(text: str) -> ShareStanding:
    standing = ShareStanding()
    standing.share.application.purpose = standing.share.application.basis = standing.share.ground = text
    return standing


def names(lines: list[str]) -> list[str]:
    return [line[:10] for line in lines if not line.startswith(" " * 10)]


@pytest.mark.parametrize(("command", "made"), [(card, a_card), (order, an_order), (correction, a_report), (share, a_share)])
def test_no_line_that_a_person_wrote_looks_like_one_of_the_commands_own(
    command: Any, made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    command._show(made("plain"), as_json=False)
    plain = names(capsys.readouterr().out.splitlines())
    command._show(made(FORGED), as_json=False)
    said = capsys.readouterr().out.splitlines()
    assert names(said) == plain
    assert sum(line == " " * 10 + "went up   unanswered" for line in said) >= 2, "the whole text is shown all the same"
