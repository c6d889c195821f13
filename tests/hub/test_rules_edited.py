"""Rules of access are changed by two administrators of the province, never by one, and never so that they cut halls off."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from directory.scopes.vocabulary import Seat
from directory.validity import Period
from hub.registry import editing, pending
from hub.tables import register
from tests.hub.copies import Made
from tests.hub.edited import COUNTY, OTHER, PROVINCE, REASON, RENAMED, Scene, departments, edited, row, rules, tomorrow
from tests.hub.people import eventually, refusal
from tests.hub.test_register import look, stage
from tongban.directory.v1 import register_pb2 as said


@pytest.fixture
async def scene(tmp_path: Path, made_province: Made) -> AsyncIterator[Scene]:
    async with edited(tmp_path, made_province.copy(tmp_path)) as found:
        yield found


async def test_nobody_alone_changes_the_rules_of_access(scene: Scene) -> None:
    one, other = await scene.editor(PROVINCE, person="A7"), await scene.editor(PROVINCE, person="8")
    ended = rules(clerk_asks=tomorrow())
    proposed = await one.propose(ended)
    assert proposed.needs_confirmation
    assert [change.key for change in proposed.rows] == ["clerk-asks"]
    saved = await one.save(ended, position=proposed.position)
    assert saved.pending
    assert look(scene.hub.config, lambda connection: connection.scalar(sa.select(sa.func.count()).where(register.c.kind == "rule"))) == 0
    same = await scene.editor(PROVINCE, person="ａ7")
    assert await refusal(one.confirm(saved.pending)) == "REASON_SECOND_PERSON"
    assert await refusal(same.confirm(saved.pending)) == "REASON_SECOND_PERSON"
    (waits,) = await other.pending()
    assert (waits.author.person.person, waits.reason, [change.key for change in waits.judged.rows]) == ("A7", REASON, ["clerk-asks"])
    assert (await other.confirm(saved.pending)).changes == 1
    assert scene.document("rule", "clerk-asks", "1")["to"] == tomorrow()
    assert scene.document("rule", "node-exchanges", "1"), "the default rules are said with the first"
    (newest, *_) = await other.history("rule", "clerk-asks")
    assert (newest.change.author.person.person, newest.change.confirmed_by.person.person) == ("A7", "8")
    assert await refusal(other.confirm(saved.pending)) == "REASON_NOT_FOUND"
    assert await other.pending() == []


async def test_a_second_person_is_needed_even_where_a_rule_asks_for_none(scene: Scene) -> None:
    one = await scene.editor(PROVINCE)
    unconditional = [replace(rule, conditions=frozenset()) if rule.rule == "province-edits-rules" else rule for rule in default_rules()]
    stage(scene.hub.config, File("rules.toml", rules_as_toml(unconditional)))
    await eventually(lambda: _counted(scene), lambda count: count > 0)
    (rule,) = (one for one in default_rules() if one.rule == "clerk-asks")
    ended = replace(rule, period=Period(rule.period.start, date.fromisoformat(tomorrow())))
    saved = await one.edit(said.EditedFile(name="rules.toml", content=rules_as_toml([ended])))
    assert saved.pending
    assert await refusal(one.confirm(saved.pending)) == "REASON_SECOND_PERSON"


async def _counted(scene: Scene) -> int:
    counted = look(scene.hub.config, lambda connection: connection.scalar(sa.select(sa.func.count()).where(register.c.kind == "rule")))
    return int(counted)


async def test_a_change_of_rules_that_cuts_a_tier_off_is_refused_as_an_import_is(scene: Scene) -> None:
    one = await scene.editor(PROVINCE)
    cut = rules(node_exchanges=tomorrow())
    assert any("cut off every hall of the tier" in fault.what for fault in (await one.propose(cut)).faults)
    assert await refusal(one.save(cut, position=1 << 40)) == "REASON_FIELD_INVALID"
    assert await one.pending() == []


async def test_what_waits_is_not_confirmed_over_what_was_changed_meanwhile(scene: Scene) -> None:
    one, other = await scene.editor(PROVINCE), await scene.editor(PROVINCE, person="8")
    saved = await one.edit(rules(clerk_asks=tomorrow()))
    stage(scene.hub.config, File("rules.toml", rules_as_toml(default_rules())))
    await eventually(lambda: _counted(scene), lambda count: count > 0)
    assert await refusal(other.confirm(saved.pending)) == "REASON_REGISTER_MOVED"
    (waits,) = await other.pending()
    assert [conflict.row.key for conflict in waits.judged.conflicts] == ["clerk-asks"]
    await other.withdraw(saved.pending)
    assert await other.pending() == []
    assert await refusal(other.withdraw(saved.pending)) == "REASON_NOT_FOUND"


async def test_what_is_wrong_with_rules_is_told_to_nobody_who_may_not_edit_them(scene: Scene) -> None:
    wrong = rules(node_exchanges=tomorrow())
    assert await refusal((await scene.editor(COUNTY)).propose(wrong)) == "REASON_SCOPE_DENIED"
    garbage = said.EditedFile(name="x", content=b"garbage")
    assert await refusal((await scene.editor(COUNTY, role="clerk")).propose(garbage)) == "REASON_SCOPE_DENIED"


async def test_whoever_saved_must_still_be_allowed_when_another_confirms(scene: Scene) -> None:
    city = await scene.editor("changchun", person="5")
    also = replace(
        next(one for one in default_rules() if one.rule == "province-edits-rules"), rule="city-edits-rules", tiers=frozenset({Seat.CITY})
    )
    stage(scene.hub.config, File("rules.toml", rules_as_toml([*default_rules(), also])))
    await eventually(lambda: _counted(scene), lambda count: count > 0)
    saved = await city.edit(rules(clerk_asks=tomorrow()))
    today = beijing_day(datetime.now(UTC))
    stage(scene.hub.config, File("rules.toml", rules_as_toml([replace(also, period=Period(also.period.start, today))])))
    await eventually(lambda: refusal(city.pending()), lambda reason: reason == "REASON_SCOPE_DENIED")
    assert await refusal((await scene.editor(PROVINCE)).confirm(saved.pending)) == "REASON_SCOPE_DENIED"


async def test_no_more_waits_than_anybody_looks_through(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "MOST_WAITING", 1)
    one = await scene.editor(PROVINCE)
    await one.edit(rules(clerk_asks=tomorrow()))
    assert await refusal(one.edit(rules(clerk_asks=tomorrow()))) == "REASON_QUOTA"


async def test_rules_are_saved_by_themselves_and_few_rows_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await scene.editor(PROVINCE)
    (fault,) = (await one.propose(RENAMED, rules(clerk_asks=tomorrow()))).faults
    assert "saved by themselves" in fault.what
    monkeypatch.setattr(editing, "MOST_CHANGES", 1)
    both = departments(row("yushu-rs", 111, "名甲", COUNTY), row("dehui-rs", 112, "名乙", OTHER))
    (fault,) = (await one.propose(both)).faults
    assert "at most 1 may at once" in fault.what
