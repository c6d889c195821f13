"""Who may sign in is kept as it should be: users, roles, sessions, drafts, and what was done to them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from node_agent import db
from node_agent.accounts import acts, drafts, sessions, users
from node_agent.accounts.acts import Act, Done
from node_agent.accounts.errors import NameUnusable, UserExists, UserUnknown
from node_agent.accounts.sessions import ABSOLUTE, IDLE, Visit
from node_agent.accounts.tables import sessions as sessions_table
from node_agent.accounts.users import Held

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
WHENCE = Visit("10.0.0.7", "Firefox")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sa.Connection]:
    """Give a store in a write transaction, with one clerk."""
    engine = db.open_store(tmp_path / "agent.db")
    with db.begin(engine) as connection:
        users.add(connection, "1024", "张三", "hash", NOW)
        users.give(connection, "1024", Held("reviewer", "housing"))
        users.give(connection, "1024", Held("clerk", "housing"))
        yield connection
    engine.dispose()


def test_a_user_is_kept_with_the_roles_held(store: sa.Connection) -> None:
    user = users.get(store, "1024")
    assert (user.name, user.must_change, user.disabled) == ("张三", True, False)
    assert user.roles == (Held("clerk", "housing"), Held("reviewer", "housing"))
    assert [one.number for one in users.listed(store)] == ["1024"]
    assert users.listed(store, after="1024") == []
    with pytest.raises(UserUnknown):
        users.get(store, "1")
    with pytest.raises(UserUnknown):
        users.disable(store, "1")


def test_a_number_is_never_given_twice_not_even_when_its_user_left(store: sa.Connection) -> None:
    users.disable(store, "1024")
    with pytest.raises(UserExists):
        users.add(store, "1024", "李四", "hash", NOW)


@pytest.mark.parametrize("number", ["", "１０２４", "10 24", "-1", "а1024", "x" * 33, "1\n", "1/2", "<b>", "sessions"])
def test_what_is_no_staff_number_is_refused(store: sa.Connection, number: str) -> None:
    with pytest.raises(NameUnusable):
        users.add(store, number, "张三", "hash", NOW)


@pytest.mark.parametrize("name", ["", " 张三", "张\u202e三", "张\u200b三", "a\nb", "x" * 201])
def test_what_is_no_name_is_refused(store: sa.Connection, name: str) -> None:
    with pytest.raises(NameUnusable):
        users.add(store, "7", name, "hash", NOW)


def test_no_token_is_kept_but_its_hash(store: sa.Connection) -> None:
    token = sessions.begin(store, "1024", WHENCE, NOW)
    row = store.execute(sa.select(sessions_table)).one()
    assert row.token_hash == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)
    assert len(token) * 6 >= 256
    assert sessions.begin(store, "1024", WHENCE, NOW) != token


def test_a_session_acts_as_the_first_role_held_and_changes_only_to_one_held(store: sa.Connection) -> None:
    token = sessions.begin(store, "1024", WHENCE, NOW)
    session = sessions.find(store, token, NOW)
    assert session is not None
    assert (session.role, session.department, session.name, session.address) == ("clerk", "housing", "张三", "10.0.0.7")
    assert sessions.act_as(store, session, "hall-administrator", "") is None
    assert sessions.act_as(store, session, "reviewer", "") is None
    other = sessions.act_as(store, session, "reviewer", "housing")
    assert other not in {None, token}
    assert sessions.find(store, token, NOW) is None
    assert other is not None
    changed = sessions.find(store, other, NOW)
    assert changed is not None
    assert (changed.role, changed.begun_at) == ("reviewer", session.begun_at)
    assert changed.id != session.id


@pytest.mark.parametrize(
    ("seen", "now", "lives"),
    [
        (timedelta(0), IDLE, True),
        (timedelta(0), IDLE + timedelta(seconds=1), False),
        (ABSOLUTE - timedelta(minutes=1), ABSOLUTE, True),
        (ABSOLUTE - timedelta(minutes=1), ABSOLUTE + timedelta(seconds=1), False),
    ],
)
def test_a_session_lives_as_long_as_its_limits_say(store: sa.Connection, seen: timedelta, now: timedelta, lives: bool) -> None:  # noqa: FBT001
    token = sessions.begin(store, "1024", WHENCE, NOW)
    store.execute(sa.update(sessions_table).values(seen_at=int((NOW + seen).timestamp() * 1000)))
    assert (sessions.find(store, token, NOW + now) is not None) == lives
    sessions.forget_ended(store, NOW + now)
    assert (store.execute(sa.select(sessions_table)).first() is not None) == lives


@pytest.mark.parametrize("change", ["disable", "give", "take", "password", "revoke_all", "revoke"])
def test_whatever_changes_what_a_user_may_do_ends_the_sessions_and_keeps_the_drafts(store: sa.Connection, change: str) -> None:
    token = sessions.begin(store, "1024", WHENCE, NOW)
    drafts.save(store, "1024", "order o-1", "写到一半", NOW)
    session = sessions.find(store, token, NOW)
    assert session is not None
    match change:
        case "disable":
            users.disable(store, "1024")
        case "give":
            users.give(store, "1024", Held("supervisor"))
        case "take":
            users.take(store, "1024", Held("clerk", "housing"))
        case "password":
            users.set_password(store, "1024", "other", NOW, must_change=False)
        case "revoke_all":
            assert sessions.revoke_all(store, "1024") == 1
        case _:
            assert not sessions.revoke(store, session.id, "7")
            assert sessions.revoke(store, session.id, "1024")
    assert sessions.find(store, token, NOW) is None
    assert drafts.find(store, "1024", "order o-1") == "写到一半"


def test_a_form_token_is_of_one_session_only() -> None:
    one, other = sessions.new_token(), sessions.new_token()
    assert sessions.is_form_token(sessions.form_token(one), one)
    for given in ("", sessions.form_token(other), one, sessions.form_token(one)[:-1]):
        assert not sessions.is_form_token(given, one)


def test_drafts_are_bounded_replaced_dropped_and_forgotten(store: sa.Connection) -> None:
    assert drafts.save(store, "1024", "a", "eins", NOW)
    assert drafts.save(store, "1024", "a", "zwei", NOW)
    assert drafts.find(store, "1024", "a") == "zwei"
    assert drafts.find(store, "7", "a") == ""
    assert not drafts.save(store, "1024", "a", "x" * (drafts.MOST_BYTES + 1), NOW)
    assert all(drafts.save(store, "1024", f"form {number}", "x", NOW) for number in range(drafts.MOST_FORMS - 1))
    assert not drafts.save(store, "1024", "one too many", "x", NOW)
    assert drafts.save(store, "1024", "a", "drei", NOW)
    assert drafts.save(store, "1024", "a", "", NOW)
    assert drafts.find(store, "1024", "a") == ""
    assert drafts.save(store, "7", "b", "x", NOW + drafts.KEPT + timedelta(days=1))
    assert drafts.find(store, "1024", "form 1") == ""


def test_what_was_done_is_kept_the_newest_first(store: sa.Connection) -> None:
    acts.note(store, Done(NOW, "", "1024", Act.ADDED, ""))
    acts.note(store, Done(NOW, "7", "1024", Act.ROLE_GIVEN, "clerk"))
    assert [(one.by, one.act) for one in acts.of(store, "1024")] == [("7", "role-given"), ("", "added")]
    assert acts.of(store, "7") == []


def test_a_user_has_so_many_sessions_and_the_oldest_ends_for_another(store: sa.Connection) -> None:
    users.add(store, "7", "李主任", "hash", NOW)
    other = sessions.begin(store, "7", WHENCE, NOW)
    tokens = [sessions.begin(store, "1024", WHENCE, NOW + timedelta(seconds=number)) for number in range(sessions.MOST_OF_USER + 2)]
    alive = [sessions.find(store, token, NOW + timedelta(minutes=1)) is not None for token in tokens]
    assert alive == [False, False] + [True] * sessions.MOST_OF_USER
    assert sessions.find(store, other, NOW) is not None


def test_a_session_of_a_disabled_user_is_none_however_it_came_to_be(store: sa.Connection) -> None:
    users.disable(store, "1024")
    token = sessions.begin(store, "1024", WHENCE, NOW)
    assert sessions.find(store, token, NOW) is None
    assert sessions.alive(store, NOW) == []
