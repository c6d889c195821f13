"""Nobody comes in by another door than signing in, and nothing that was not asked for by the person is done."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from node_agent.accounts import drafts, sessions, users
from node_agent.accounts.lockout import FREE_BY_ACCOUNT, LONGEST_DELAY
from node_agent.accounts.tables import sign_in_failures
from node_agent.console.app import PAGES
from node_agent.console.guard import MOST_BYTES
from node_agent.console.seeing import Area
from tests.console.staffed import ADMINISTRATOR, CLERK, PASSWORD, Staffed, ask
from tests.node_agent.licensed_hall import CITIZEN

GETS = sorted({path for path, methods, _, area in PAGES if "GET" in methods and area is not None})
POSTS = sorted({path for path, methods, _, area in PAGES if "POST" in methods and area is not None})


def at(path: str) -> str:
    parts = {"hall": "gongzhuling", "number": "7", "order": "o-1", "digest": "x", "name": "y"}
    parts |= {"thread": "t", "upload": "u", "sha256": "s"}
    parts |= {"root": "1.2", "what": "change", "type": "t", "author": "hub", "epoch": "1", "index": "0"}
    return path.format_map(parts).replace("7:path", "7")


@pytest.mark.parametrize("path", [path.replace("{number:path}", "{number}") for path in GETS])
async def test_who_is_not_signed_in_is_asked_to(hall: Staffed, path: str) -> None:
    page = await ask(hall.visitor().get, at(path))
    assert (page.status, page.location.partition("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_without_a_session_does_nothing_and_hands_back_what_was_typed(hall: Staffed, path: str) -> None:
    page = await ask(hall.visitor().post, at(path), {"text": "很长的<b>答复</b>"})
    assert page.status == 401
    assert "很长的&lt;b&gt;答复" in page.text


async def test_a_password_is_never_handed_back(hall: Staffed) -> None:
    typed = {"old": "geheim-eins-eins", "new": "geheim-zwei-zwei", "again": "geheim-zwei-zwei", "password": "geheim-drei-drei"}
    assert "geheim" not in (await ask(hall.visitor().post, "/account/password", typed)).text
    assert "geheim" not in (await ask(hall.visitor().post, "/sign-in", typed | {"number": "1"})).text


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_counts_with_its_own_sessions_token_only(hall: Staffed, path: str) -> None:
    mine, other = await hall.signed_in(ADMINISTRATOR), await hall.signed_in(CLERK)
    foreign = (await ask(other.get, "/account")).form_token
    for token in ("", "0" * 64, foreign):
        page = await ask(mine.post, at(path), {"form_token": token})
        assert page.status == 403
        assert "没有受理：页面已过期" in page.text


async def test_a_form_from_another_site_is_refused_whatever_it_holds(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    token = (await ask(mine.get, "/account")).form_token
    fields = {"form_token": token, "language": "en"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{hall.port}.evil.example"},
        {"Origin": ""},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert (await ask(mine.post, "/account/language", fields, **headers)).status == 403, headers
    assert hall.look(lambda connection: users.get(connection, CLERK)).language == ""
    assert (await ask(mine.post, "/account/language", fields, **{"Origin": "", "Sec-Fetch-Site": "same-origin"})).status == 303
    assert hall.look(lambda connection: users.get(connection, CLERK)).language == "en"
    hall.write(lambda connection: users.set_language(connection, CLERK, ""))


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": ""}])
async def test_nobody_is_signed_in_from_another_site(hall: Staffed, headers: dict[str, str]) -> None:
    page = await ask(hall.visitor().post, "/sign-in", {"number": CLERK, "password": PASSWORD}, **headers)
    assert page.status == 403
    assert "set-cookie" not in page.headers


async def test_a_session_that_was_there_before_signing_in_is_not_taken_over(hall: Staffed) -> None:
    fixed = hall.visitor()
    fixed.cookie = planted = sessions.new_token()
    assert (await ask(fixed.sign_in, CLERK, PASSWORD)).status == 303
    assert fixed.cookie not in {"", planted}
    thief = hall.visitor()
    thief.cookie = planted
    assert (await ask(thief.get, "/account")).status == 303


async def test_signing_in_again_ends_the_session_before(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    copy = hall.visitor()
    copy.cookie = mine.cookie
    await ask(mine.sign_in, CLERK, PASSWORD)
    assert (await ask(copy.get, "/account")).status == 303
    assert (await ask(mine.get, "/account")).status == 200


async def test_signing_out_ends_copies_of_the_session_too(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    copy = hall.visitor()
    copy.cookie = mine.cookie
    assert (await ask(mine.send, "/account/sign-out", "/account")).status == 303
    assert (await ask(copy.get, "/account")).status == 303


async def test_the_cookie_is_bound_to_this_host_and_to_no_script(hall: Staffed) -> None:
    page = await ask(hall.visitor().sign_in, CLERK, PASSWORD)
    said = {part.strip().lower() for part in page.headers["set-cookie"].split(";")[1:]}
    assert page.headers["set-cookie"].startswith("__Host-tongban=")
    assert said == {"httponly", "path=/", "samesite=lax", "secure"}


async def test_changing_the_role_replaces_the_token(hall: Staffed) -> None:
    await hall.add("30", "clerk", "reviewer")
    mine = await hall.signed_in("30")
    copy = hall.visitor()
    copy.cookie = mine.cookie
    assert (await ask(mine.send, "/account/role", "/account", role="reviewer/")).status == 303
    assert (await ask(copy.get, "/account")).status == 303
    assert "审查人员" in (await ask(mine.get, "/account")).text


async def test_a_role_that_is_not_held_cannot_be_taken(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    before = mine.cookie
    for role in ("hall-administrator/", "clerk/housing", "node/", ""):
        assert (await ask(mine.send, "/account/role", "/account", role=role)).status == 403
    assert mine.cookie == before


async def test_a_session_ends_when_it_is_idle_and_when_it_is_old(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    try:
        hall.hands.ahead = sessions.IDLE - timedelta(minutes=1)
        assert (await ask(mine.get, "/account")).status == 200
        hall.hands.ahead = sessions.IDLE + timedelta(minutes=1)
        assert (await ask(mine.get, "/account")).status == 200, "it was used in between"
        while hall.hands.ahead < sessions.ABSOLUTE - sessions.IDLE:
            hall.hands.ahead += sessions.IDLE - timedelta(minutes=1)
            assert (await ask(mine.get, "/account")).status == 200
        hall.hands.ahead = sessions.ABSOLUTE + timedelta(minutes=1)
        assert (await ask(mine.get, "/account")).status == 303
        idle = await hall.signed_in(CLERK)
        hall.hands.ahead += sessions.IDLE + timedelta(minutes=1)
        assert (await ask(idle.get, "/account")).status == 303
    finally:
        hall.hands.ahead = timedelta(0)


async def test_a_page_that_asks_by_itself_keeps_no_session_alive(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    try:
        hall.hands.ahead = sessions.IDLE - timedelta(minutes=1)
        assert (await ask(mine.get, "/?part=link", **{"x-live": "1"})).status == 200
        hall.hands.ahead = sessions.IDLE + timedelta(minutes=1)
        assert (await ask(mine.get, "/?part=link", **{"x-live": "1"})).status == 401
    finally:
        hall.hands.ahead = timedelta(0)


async def test_too_many_failures_close_an_account_for_a_while_whether_it_exists_or_not(hall: Staffed) -> None:
    await hall.add("q40z", "clerk")
    told: dict[str, list[tuple[int, str]]] = {}
    try:
        for number in ("q40z", "q41z"):
            visitor = hall.visitor()
            tries = [await ask(visitor.sign_in, number, "falsch falsch falsch") for _ in range(FREE_BY_ACCOUNT + 1)]
            told[number] = [(page.status, page.text.replace(number, "N")) for page in tries]
        assert told["q40z"] == told["q41z"]
        assert [status for status, _ in told["q40z"]] == [401] * FREE_BY_ACCOUNT + [429]
        assert (await ask(hall.visitor().sign_in, "q40z", PASSWORD)).status == 429
        hall.hands.ahead = LONGEST_DELAY
        assert (await ask(hall.visitor().sign_in, "q40z", PASSWORD)).status == 303
    finally:
        hall.hands.ahead = timedelta(0)
        hall.write(lambda connection: connection.execute(sa.delete(sign_in_failures)))


async def test_a_first_password_opens_nothing_but_the_page_to_change_it(hall: Staffed) -> None:
    await hall.add("50", "hall-administrator", must_change=True)
    mine = await hall.signed_in("50")
    for path in ("/", "/users", "/account", "/exchange"):
        assert (await ask(mine.get, path)).location == "/account/password"
    before = mine.cookie
    new = "一个谁也猜不到的新密码呀"
    page = await ask(mine.send, "/account/password", "/account/password", old=PASSWORD, new=new, again=new)
    assert (page.status, page.location) == (303, "/?did=password")
    assert mine.cookie != before
    assert (await ask(mine.get, "/users")).status == 200


@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        ("kurz", "kurz", "不足 12 个字"),
        ("password1234", "password1234", "太常见"),
        ("mein 1024 passwort", "mein 1024 passwort", "不能含工号"),
        (PASSWORD, PASSWORD, "与现在的相同"),
        ("eins zwei drei", "eins zwei vier", "不一致"),
    ],
)
async def test_a_password_that_does_not_hold_is_refused_with_the_reason(hall: Staffed, new: str, again: str, says: str) -> None:
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, "/account/password", "/account/password", old=PASSWORD, new=new, again=again)
    assert page.status == 422
    assert says in page.text
    assert (await ask(mine.get, "/account")).status == 200


async def test_each_area_is_closed_to_roles_for_which_it_is_not(hall: Staffed) -> None:
    clerk, administrator = await hall.signed_in(CLERK), await hall.signed_in(ADMINISTRATOR)
    for path in ("/users", "/users/7", "/users/sessions", "/exchange", "/exchange/journal", "/exchange/dead-letters"):
        assert (await ask(clerk.get, path)).status == 403, path
        assert (await ask(administrator.get, path)).status == 200, path
    for path in ("/users", "/users/7", "/users/sessions", "/exchange/dead-letters", "/exchange/parked"):
        assert (await ask(clerk.send, path, "/account", do="disable")).status == 403, path
    for path in ("/cases", "/orders"):
        assert (await ask(administrator.get, path)).status == 403, path


async def test_an_administrator_gives_only_roles_that_the_hall_may_have(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    await hall.add("60")
    for role in ("guide", "auditor", "operator", "node", "king"):
        assert (await ask(mine.send, "/users/60", "/users/60", do="give", role=role)).status == 422, role
        page = await ask(mine.send, "/users", "/users", number=f"6{len(role)}", name="王五", role=role)
        assert page.status == 422, role
    assert hall.look(lambda connection: users.get(connection, "60")).roles == ()


async def test_a_citizen_id_is_given_to_nobody_as_a_number(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    page = await ask(mine.send, "/users", "/users", number=CITIZEN, name="王五", role="clerk")
    assert (page.status, CITIZEN in page.text) == (422, False)
    assert "公民身份号码" in page.text or "citizen id" in page.text
    assert hall.look(lambda connection: users.find(connection, CITIZEN)) is None
    assert (await ask(mine.send, "/users/60", "/users/60", do="give", role="reviewer")).status == 303
    assert [held.role for held in hall.look(lambda connection: users.get(connection, "60")).roles] == ["reviewer"]


async def test_whoever_is_disabled_or_changed_is_out_at_once(hall: Staffed) -> None:
    administrator = await hall.signed_in(ADMINISTRATOR)
    for number, fields in (("70", {"do": "disable"}), ("71", {"do": "end-sessions"}), ("72", {"do": "give", "role": "reviewer"})):
        await hall.add(number, "clerk")
        visitor = await hall.signed_in(number)
        assert (await ask(administrator.send, f"/users/{number}", f"/users/{number}", **fields)).status == 303
        assert (await ask(visitor.get, "/account")).status == 303, fields
    assert (await ask(hall.visitor().sign_in, "70", PASSWORD)).status == 401


async def test_one_sees_and_ends_only_ones_own_sessions(hall: Staffed) -> None:
    await hall.add("80", "clerk")
    first, second, other = await hall.signed_in("80"), await hall.signed_in("80"), await hall.signed_in(CLERK)
    ids = [one.id for one in hall.look(lambda connection: sessions.of_user(connection, "80", hall.hands.now()))]
    assert len(ids) == 2
    assert (await ask(other.send, "/account/sessions", "/account", session=ids[0])).status == 303
    assert len(hall.look(lambda connection: sessions.of_user(connection, "80", hall.hands.now()))) == 2
    assert (await ask(second.send, "/account/sessions", "/account")).status == 303
    assert (await ask(first.get, "/account")).status == 303
    assert (await ask(second.get, "/account")).status == 200


async def test_getting_a_page_changes_nothing(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)

    def everything(connection: sa.Connection) -> list[object]:
        tables = ("users", "user_roles", "sign_in_failures", "drafts", "account_acts", "outbox")
        found: list[object] = [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables]  # noqa: S608
        return [*found, connection.exec_driver_sql("SELECT id, token_hash, role FROM sessions").all()]

    before = hall.look(everything)
    for path in (*GETS, *POSTS):
        await ask(mine.get, at(path.replace("{number:path}", "{number}")) + "?do=disable&session=x&role=clerk&number=9")
    assert hall.look(everything) == before


async def test_a_draft_outlives_the_session(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    assert (await ask(mine.send, "/drafts", "/account", form="order o-1", content="写到一半")).status == 204
    hall.write(lambda connection: sessions.revoke_all(connection, CLERK))
    assert (await ask(mine.send, "/drafts", "/account", form="order o-1", content="之后")).status == 401
    again = await hall.signed_in(CLERK)
    assert "写到一半" in (await ask(again.get, "/orders/o-1")).text
    hall.write(lambda connection: drafts.drop(connection, CLERK, "order o-1"))


async def test_a_draft_is_seen_by_nobody_else(hall: Staffed) -> None:
    await hall.add("90", "clerk")
    mine, other = await hall.signed_in("90"), await hall.signed_in(CLERK)
    await ask(mine.send, "/drafts", "/account", form="order o-2", content="只有我看")
    assert "只有我看" not in (await ask(other.get, "/orders/o-2")).text


async def test_another_host_and_a_body_too_long_are_refused(hall: Staffed) -> None:
    visitor = hall.visitor()
    visitor.headers = {"Host": "evil.example"}
    assert (await ask(visitor.get, "/sign-in")).status == 421
    page = await ask(hall.visitor().post, "/sign-in", {"number": "1", "password": "x" * MOST_BYTES})
    assert page.status == 413


async def test_every_answer_closes_the_page_to_foreign_content(hall: Staffed) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    for path in ("/", "/nothing-here", "/users", "/sign-in", "/cases"):
        headers = (await ask(mine.get, path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_a_page_that_fails_tells_no_insides(hall: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = await hall.signed_in(CLERK)

    def broken(*_: object) -> None:
        raise RuntimeError("/secret/path of a stack")

    monkeypatch.setattr(users, "get", broken)
    page = await ask(mine.get, "/account")
    assert page.status == 500
    assert "secret" not in page.text
    assert "出错了" in page.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "evil"])
async def test_signing_in_leads_nowhere_else(hall: Staffed, target: str) -> None:
    page = await ask(hall.visitor().post, "/sign-in", {"number": CLERK, "password": PASSWORD, "next": target})
    assert (page.status, page.location) == (303, "/")


async def test_signing_in_leads_to_the_page_that_was_asked_for(hall: Staffed) -> None:
    asked = await ask(hall.visitor().get, "/cases?light=red")
    assert asked.location == "/sign-in?next=%2Fcases%3Flight%3Dred"
    page = await ask(hall.visitor().post, "/sign-in", {"number": CLERK, "password": PASSWORD, "next": "/cases?light=red"})
    assert page.location == "/cases?light=red"


def test_every_page_belongs_to_an_area_but_signing_in_and_our_own_files() -> None:
    assert {path for path, _, _, area in PAGES if area is None} == {"/sign-in", "/static/{digest}/{name}"}
    assert {area for *_, area in PAGES if area is not None} == set(Area)
