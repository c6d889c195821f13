"""Who is signed in does no more than the role allows, in guidance neither, and floods nobody."""

import hashlib
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from directory.guidance.attachments import Attachment, sniff
from directory.guidance.thread import NOTHING
from node_agent.accounts import drafts
from node_agent.console.views.guidance.thread import answer_form
from node_agent.guidance import desk, queues, rulebook
from node_agent.guidance.files import FOLDER, part_of, settle
from node_agent.guidance.speaking import Asked, Here, Speaker, Spoken, Words
from node_agent.guidance.tables import threads
from node_agent.guidance.threads import Key
from node_agent.outbox import Actor
from tests.console.staffed import ADMINISTRATOR, CLERK, Staffed, ask

ABOVE = "changchun"


def question(hall: Staffed, text: str = "如何办理?", attachments: tuple[Attachment, ...] = ()) -> Key:
    """Let the hall have asked the hall above it."""

    def say(connection: sa.Connection) -> Key:
        now = hall.hands.now()
        here = Here(hall.config.hall, hall.agent.envelopes, rulebook.read_on(connection, now))
        spoken = Speaker(connection, here, Actor("55", "clerk", ""), now).ask(
            Asked(guiding_hall=ABOVE, about=NOTHING), Words(text=text, attachments=attachments)
        )
        assert isinstance(spoken, Spoken), spoken
        return spoken.key

    return hall.write(say)


def path(key: Key) -> str:
    return f"/guidance/threads/{key[0]}/{key[1]}"


async def test_answers_at_hand_are_for_those_who_answer(hall: Staffed) -> None:
    key = question(hall)
    guide, text = Actor("31", "guide", ""), "只给答复人员看"
    kept = hall.write(lambda connection: desk.keep_canned(connection, "", ("题", text), guide, hall.hands.now()))
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, path(key), path(key), do=f"canned {kept}")
    assert page.status == 404
    assert text not in (await ask(mine.get, path(key))).text
    assert hall.look(lambda connection: drafts.find(connection, CLERK, answer_form(key))) == ""


@pytest.mark.parametrize("do", ["claim", "answer", "note", "close", "follow-up", "send-again", "detach x", "rate"])
async def test_who_has_no_part_in_guidance_does_nothing_in_a_thread(hall: Staffed, do: str) -> None:
    key = question(hall)
    mine = await hall.signed_in(ADMINISTRATOR)
    assert (await ask(mine.get, path(key))).status == 403
    token = (await ask(mine.get, "/account")).form_token
    assert (await ask(mine.post, path(key), {"form_token": token, "do": do, "text": "!", "note": "!", "grade": "5"})).status == 403


async def test_a_clerk_does_not_answer_the_own_question(hall: Staffed) -> None:
    key = question(hall)
    mine = await hall.signed_in(CLERK)
    page = await ask(mine.send, path(key), path(key), do="answer", text="自问自答")
    assert page.status == 422
    assert [line.kind for line in hall.look(lambda connection: queues.lines(connection, key))] == ["asked"]


@pytest.mark.parametrize("department", ["../x", "<b>", "x" * 300, "部门"])
async def test_no_role_is_given_for_what_names_no_department(hall: Staffed, department: str) -> None:
    mine = await hall.signed_in(ADMINISTRATOR)
    fields = {"number": "x99", "name": "王五", "role": "clerk", "department": department}
    assert (await ask(mine.send, "/users", "/users", **fields)).status == 422
    assert (await ask(mine.send, f"/users/{CLERK}", f"/users/{CLERK}", do="give", role="clerk", department=department)).status == 422


async def test_what_was_typed_is_there_after_a_refusal_however_long_it_is(hall: Staffed) -> None:
    key = question(hall)
    mine = await hall.signed_in(CLERK)
    text = "开头" + "长" * 12_000 + "结尾"
    page = await ask(mine.send, path(key), path(key), do="follow-up", text=text)
    assert page.status == 422
    assert text in page.text


async def test_what_was_asked_too_long_is_there_after_the_refusal(hall: Staffed) -> None:
    mine = await hall.signed_in(CLERK)
    text = "开头" + "长" * 12_000 + "结尾"
    page = await ask(mine.send, "/guidance/new", "/guidance/new", do="ask", to=ABOVE, text=text, draft="ask")
    assert page.status == 422
    assert text in page.text


def attached(hall: Staffed, name: str, data: bytes) -> Attachment:
    folder = hall.config.data_dir / FOLDER
    one = Attachment(hashlib.sha256(data).digest(), len(data), name, sniff(data))
    part_of(folder, one.sha256.hex()).write_bytes(data)
    assert settle(folder, one.sha256.hex())
    return one


async def test_a_file_goes_out_as_a_download_and_only_by_the_thread_that_names_it(hall: Staffed) -> None:
    script = attached(hall, "通知.html", b"hello <script>alert(1)</script>")
    key, other = question(hall, attachments=(script,)), question(hall)
    mine, administrator = await hall.signed_in(CLERK), await hall.signed_in(ADMINISTRATOR)
    file = f"/files/{script.sha256.hex()}"
    page = await ask(mine.get, path(key) + file)
    assert page.status == 200
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote('通知.html.txt')}"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await ask(mine.get, path(other) + file)).status == 404
    assert (await ask(mine.get, f"/guidance/threads/yushu/{key[1]}{file}")).status == 404
    assert (await ask(mine.get, f"{path(key)}/files/..%2f..%2fagent.db")).status == 404
    assert (await ask(administrator.get, path(key) + file)).status == 403


async def test_a_thread_that_others_asked_us_is_not_for_those_who_only_ask(hall: Staffed) -> None:
    secret = attached(hall, "机密.txt", b"secret of another hall")
    key = question(hall, "别厅的问题", (secret,))
    hall.write(lambda connection: connection.execute(sa.update(threads).where(threads.c.thread == key[1]).values(side="guiding")))
    mine = await hall.signed_in(CLERK)
    for address in (path(key), f"{path(key)}?part=lines", f"{path(key)}/files/{secret.sha256.hex()}", f"{path(key)}/publish"):
        assert (await ask(mine.get, address)).status == 404, address
    for address in ("/guidance?queue=all", "/guidance/search?q=别厅的问题".replace("别厅的问题", quote("别厅的问题")), "/"):
        assert "别厅的问题</a>" not in (await ask(mine.get, address)).text
    assert (await ask(mine.send, path(key), "/account", do="note", note="!")).status == 404


async def test_who_may_only_read_guidance_does_nothing_in_a_thread(hall: Staffed) -> None:
    await hall.add("66", "supervisor")
    key = question(hall)
    mine = await hall.signed_in("66")
    seen = await ask(mine.get, path(key))
    assert seen.status in {200, 403}
    assert (await ask(mine.send, path(key), "/account", do="note", note="!")).status == 403
