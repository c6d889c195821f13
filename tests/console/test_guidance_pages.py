"""Threads are handed over and found on the pages of the hall that guides, and the item that a question is about is found by its name."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa

from directory.departments import Department
from directory.guidance.thread import NOTHING, About
from directory.identifiers import uscc_of
from directory.register.kinds import FORMS, Kind
from directory.validity import Period
from node_agent.accounts import users
from node_agent.accounts.users import Held
from node_agent.console.views.guidance import items
from node_agent.guidance import desk
from node_agent.guidance.threads import Key
from node_agent.outbox import Actor
from node_agent.tables import batches, directory, outbox
from tests.console.staffed import Staffed, ask, opened, tell_halls
from tests.console.visitor import Page, Visitor
from tests.directory.items.made import CODE, version
from tests.node_agent.guidance.halls import Hall, carry
from tests.node_agent.linked import configuration, enrolled
from tests.node_agent.tiny_province import TinyProvince

COUNTY, CITY = "gongzhuling", "changchun"
DESK, ELSEWHERE = "changchun-rs", "changchun-jt"
PEOPLE = {
    "31": ("赵指导", Held("guide", DESK)),
    "32": ("钱指导", Held("guide", DESK)),
    "33": ("孙指导", Held("guide", DESK)),
    "41": ("李指导", Held("guide", ELSEWHERE)),
    "51": ("周主管", Held("supervisor", DESK)),
    "61": ("吴窗口", Held("clerk", DESK)),
}
HOLDER = Actor("31", "guide", DESK)


@asynccontextmanager
async def guiding(folder: Path) -> AsyncIterator[Staffed]:
    config = configuration(folder).model_copy(update={"hall": CITY})
    config._folder = folder
    enrolled(config, TinyProvince(folder / "province"))
    async with opened(config) as found:
        found.write(tell_halls)
        found.write(lambda connection: _tell(connection, Kind.DEPARTMENT, _departments()))
        found.write(lambda connection: _tell(connection, Kind.ITEM, [version()]))
        for number, (name, held) in PEOPLE.items():
            await found.add(number, name=name)
            found.write(lambda connection: users.give(connection, number, held))  # noqa: B023
        yield found


def _departments() -> list[Department]:
    period, names = Period(date(2026, 1, 1)), {DESK: "长春市人社局（示例）", ELSEWHERE: "长春市交通局（示例）"}
    facts = enumerate(names.items())
    return [Department(one, uscc_of(f"1122010000000012{number}"), name, CITY, "", period) for number, (one, name) in facts]


def _tell(connection: sa.Connection, kind: Kind, things: Sequence[Any]) -> None:
    """Let the hall have heard of things of the register."""
    form = FORMS[kind]
    first = (connection.scalar(sa.select(sa.func.max(directory.c.ledger_index))) or 0) + 1
    for number, (thing, document) in enumerate(zip(things, form.documents(things), strict=True), first):
        place = form.place(thing)
        values = {"kind": place.kind, "key": place.key, "version": place.version, "document": document, "reason": "test"}
        connection.execute(sa.insert(directory).values(**values, ledger_index=number, journal_epoch=1, journal_index=number))


@dataclass
class Guided:
    """The city's console, its store as those who ask reach it, and their stores."""

    city: Staffed
    taker: Hall
    senders: dict[str, Hall] = field(default_factory=dict)

    def asked(self, text: str, *, hall: str = COUNTY, about: About = NOTHING, ago: timedelta = timedelta(0)) -> Key:
        """Let a hall ask the city's department; what it asks is there."""
        if hall not in self.senders:
            self.senders[hall] = Hall(hall, self.city.config.folder / f"{hall}.db")
        sender = self.senders[hall]
        sender.now, self.taker.now = datetime.now(UTC) - ago, datetime.now(UTC)
        key = sender.ask(text, Actor("1024", "clerk", "x-rs"), to=CITY, department=DESK, about=about)
        carry(sender, self.taker)
        return key

    def held(self, text: str, by: Actor = HOLDER) -> Key:
        """Let a hall ask, and someone look after it."""
        key = self.asked(text)
        self.city.write(lambda connection: desk.claim(connection, key, by, datetime.now(UTC)))
        return key

    def holder(self, key: Key) -> str:
        claim = self.city.look(lambda connection: desk.claimed(connection, key))
        return claim.person if claim else ""

    async def visitor(self, number: str) -> Visitor:
        return await self.city.signed_in(number)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guided(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guided]:
    """Open the console of a city hall with two departments, whose people guide."""
    async with guiding(tmp_path_factory.mktemp("city")) as found:
        yield Guided(found, Hall(CITY, found.config.store_path))


def path_of(key: Key) -> str:
    return f"/guidance/threads/{key[0]}/{key[1]}"


async def give(visitor: Visitor, key: Key, to: str, of: str = "31") -> Page:
    return await ask(visitor.send, f"{path_of(key)}/hand-over", path_of(key), to=to, **{"from": of})


def offered(page: Page) -> list[str]:
    """Return the numbers of the people to whom a page gives a thread."""
    return re.findall(r'name="to" value="(\d+)"', page.text)


def titles(page: Page) -> set[str]:
    """Return the titles of the threads that a queue shows."""
    return {unescape(title) for title in re.findall(r'<a href="/guidance/threads/[^"]+">([^<]+)</a>', page.text)}


async def test_a_thread_goes_to_a_colleague_of_the_desk_who_sees_it_as_new(guided: Guided) -> None:
    key = guided.held("转交给同事")
    mine, theirs = await guided.visitor("31"), await guided.visitor("32")
    await ask(theirs.get, path_of(key))  # it was seen before
    page = await ask(mine.get, f"{path_of(key)}/hand-over")
    assert offered(page) == ["32", "33"]
    found = await ask(mine.get, f"{path_of(key)}/hand-over?q={quote('孙')}")
    assert offered(found) == ["33"]
    done = await give(mine, key, "32")
    assert done.location == f"{path_of(key)}?did=handed-over"
    assert guided.holder(key) == "32"
    listed = await ask(theirs.get, "/guidance?queue=mine")
    assert "转交给同事" in titles(listed)
    assert '<tr class="unread">' in listed.text
    assert 'class="count"' in (await ask(theirs.get, "/guidance/unread", **{"x-live": "1"})).text
    shown = await ask(theirs.get, path_of(key))
    assert "由 赵指导 转交" in shown.text
    assert (await ask(mine.get, f"{path_of(key)}/hand-over")).status == 403, "it is no longer theirs to give"


@pytest.mark.parametrize("to", ["41", "61", "51", "31", "99", ""])
async def test_a_thread_goes_to_nobody_but_a_colleague_who_may_answer(guided: Guided, to: str) -> None:
    key = guided.held(f"不能转交给 {to}")
    refused = await give(await guided.visitor("31"), key, to)
    assert (refused.status, guided.holder(key)) == (422, "31")


async def test_of_two_who_hand_it_over_at_once_one_does_and_the_other_is_told_who_has_it(guided: Guided) -> None:
    key = guided.held("同时转交")
    holder, leader = await guided.visitor("31"), await guided.visitor("51")
    outcomes = await asyncio.gather(give(holder, key, "32"), give(leader, key, "33"))
    assert sorted(page.status for page in outcomes) == [303, 409]
    (told,) = [page for page in outcomes if page.status == 409]
    assert f"已由 {PEOPLE[guided.holder(key)][0]} 认领" in told.text


async def test_whose_page_is_behind_is_told_who_has_it_by_now(guided: Guided) -> None:
    key = guided.held("早已转交")
    assert (await give(await guided.visitor("31"), key, "32")).status == 303
    late = await give(await guided.visitor("51"), key, "32")
    assert (late.status, "已由 钱指导 认领" in late.text) == (409, True)


@pytest.mark.parametrize("number", ["32", "41", "61"])
async def test_who_neither_has_it_nor_leads_hands_nothing_over(guided: Guided, number: str) -> None:
    key = guided.held(f"不归 {number}")
    visitor = await guided.visitor(number)
    assert (await ask(visitor.get, f"{path_of(key)}/hand-over")).status in {403, 404}
    assert (await give(visitor, key, "33")).status in {403, 404, 422}
    assert guided.holder(key) == "31"
    assert "hand-over" not in (await ask(visitor.get, path_of(key))).text


async def test_who_leads_the_hall_hands_over_what_another_has(guided: Guided) -> None:
    key = guided.held("主管转交")
    assert (await give(await guided.visitor("51"), key, "33")).status == 303
    assert guided.holder(key) == "33"


async def test_a_queue_is_narrowed_by_its_address(guided: Guided) -> None:
    visitor = await guided.visitor("31")
    guided.asked("取水要几份材料", about=About(item_code=CODE))
    guided.asked("道路占用怎么办", hall="yushu")
    guided.asked("很久以前的问题", ago=timedelta(days=60))
    everything = titles(await ask(visitor.get, "/guidance?queue=all"))
    assert {"取水要几份材料", "道路占用怎么办", "很久以前的问题"} <= everything

    async def narrowed(query: str) -> set[str]:
        return titles(await ask(visitor.get, f"/guidance?queue=all&{query}"))

    assert await narrowed(f"item={CODE}") == {"取水要几份材料"}
    assert await narrowed("hall=yushu") == {"道路占用怎么办"}
    assert await narrowed(f"q={quote('占用')}") == {"道路占用怎么办"}
    assert await narrowed("overdue=1") == {"很久以前的问题"}
    assert await narrowed("overdue=1&hall=yushu") == await narrowed("item=none") == await narrowed(f"q={quote('没有这样的话')}") == set()
    page = await ask(visitor.get, "/guidance?queue=unclaimed&hall=yushu&overdue=1")
    assert "没有符合条件的提问" in page.text
    assert 'data-src="/guidance?hall=yushu&amp;overdue=1&amp;queue=unclaimed&amp;part=list"' in page.text, "news keep it narrow"
    assert 'href="/guidance?hall=yushu&amp;overdue=1&amp;queue=mine"' in page.text


async def test_what_a_filter_says_is_text_on_its_page(guided: Guided) -> None:
    hostile = quote('"><script>alert(1)</script>')
    page = await ask((await guided.visitor("31")).get, f"/guidance?q={hostile}&item={hostile}&hall={hostile}")
    assert page.status == 200
    assert "<script>alert" not in page.text


async def test_an_item_is_found_by_its_name_or_code_without_scripts(guided: Guided) -> None:
    clerk = await guided.visitor("61")
    page = await ask(clerk.get, "/guidance/new")
    assert f'<option value="{CODE}">取水许可</option>' in page.text
    for sought in ("取水", CODE[:4]):
        found = await ask(clerk.send, "/guidance/new", "/guidance/new", do="find", item=sought, text="写了一半", to="jilin-sheng/")
        assert f'value="item {CODE}"' in found.text, sought
        assert "写了一半" in found.text
    chosen = await ask(clerk.send, "/guidance/new", "/guidance/new", do=f"item {CODE}", item="取水", text="写了一半", to="jilin-sheng/")
    assert f'name="item" maxlength="64" value="{CODE}"' in chosen.text
    assert "写了一半" in chosen.text
    nothing = await ask(clerk.send, "/guidance/new", "/guidance/new", do="find", item="养老金", text="写了一半", to="jilin-sheng/")
    assert "没有找到这样的事项" in nothing.text


async def test_a_register_of_many_items_is_not_laid_into_the_page(guided: Guided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "SUGGESTED", 0)
    assert "<datalist" not in (await ask((await guided.visitor("61")).get, "/guidance/new")).text


async def test_what_the_hub_has_not_got_yet_says_so_until_it_has(guided: Guided) -> None:
    key, visitor = guided.held("断网时的提问"), await guided.visitor("31")  # nothing links the hall here
    done = await ask(visitor.send, path_of(key), path_of(key), do="answer", text="断网时的答复", ident=str(uuid4()))
    assert done.status == 303
    lines = (await ask(visitor.get, f"{path_of(key)}?part=lines")).text.split("<li ")[1:]
    assert ["等待发出" in line for line in lines] == [False, True]

    def receipt(connection: sa.Connection) -> None:
        last = connection.scalar(sa.select(sa.func.max(outbox.c.id)))
        values = {"first": 0, "count": last, "checkpoint": "", "frontier": b"", "sealed_at": 1, "hash_only": "", "first_row": 1}
        connection.execute(sa.insert(batches).values(**values, last_row=last, receipted_at=None))

    guided.city.write(receipt)
    assert "等待发出" in (await ask(visitor.get, f"{path_of(key)}?part=lines")).text, "sealed is not sent"
    guided.city.write(lambda connection: connection.execute(sa.update(batches).values(receipted_at=1)))
    assert "等待发出" not in (await ask(visitor.get, f"{path_of(key)}?part=lines")).text
