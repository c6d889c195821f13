"""What is said between halls is read as it was written, or not at all."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import MessageMalformed
from directory.guidance.attachments import MAX_BYTES, Attachment, sniff
from directory.guidance.messages import Message, read, write
from directory.guidance.texts import MAX_TEXT, file_name_fault, guidance_text_fault
from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from tongban.guidance.v1 import guidance_pb2

THREAD = "0b6a4a52-5b3d-4b7c-8d6e-0123456789ab"
COUNTY, CITY = "gongzhuling", "changchun"
FILE = Attachment(b"\x01" * 32, 10, "图纸.pdf", "application/pdf")


def message(kind: Kind = Kind.ASKED, **more: Any) -> Message:
    return Message(**({"kind": kind, "thread": THREAD, "asking_hall": COUNTY, "guiding_hall": CITY, "text": "如何办理?"} | more))


def heard(said: Message, author: str = "", role: str = "", subject: str = THREAD) -> Message:
    guides = said.kind is Kind.ANSWERED
    return read(write(said), subject=subject, author=author or (CITY if guides else COUNTY), role=role or ("guide" if guides else "clerk"))


@pytest.mark.parametrize(
    "said",
    [
        message(),
        message(department="gongzhuling-rs", about=About(COUNTY, "2026-17"), attachments=(FILE,)),
        message(about=About(item_code="000101001000")),
        message(Kind.ANSWERED, text="第一段\n\n第二段 <script>alert(1)</script>"),
        message(Kind.CLOSED, text=""),
        message(Kind.REOPENED, text="还有问题"),
        message(Kind.RATED, text="", grade=5),
    ],
)
def test_what_is_written_is_read_as_the_same(said: Message) -> None:
    assert heard(said) == said


@pytest.mark.parametrize(
    ("said", "by"),
    [
        (message(thread="17"), {}),
        (message(), {"subject": "another"}),
        (message(), {"author": CITY}),
        (message(), {"author": "siping"}),
        (message(), {"role": "guide"}),
        (message(Kind.ANSWERED), {"role": "clerk", "author": COUNTY}),
        (message(Kind.ANSWERED), {"role": "guide", "author": COUNTY}),
        (message(Kind.RATED, grade=5), {"role": "guide", "author": CITY}),
        (message(Kind.RATED, grade=6), {}),
        (message(grade=1), {}),
        (message(Kind.FOLLOWED_UP, about=About(COUNTY, "1")), {}),
        (message(Kind.FOLLOWED_UP, department="d"), {}),
        (message(guiding_hall=COUNTY), {}),
        (message(asking_hall="hub"), {}),
        (message(text=""), {}),
        (message(text="长" * (MAX_TEXT + 1)), {}),
        (message(text="right\N{RIGHT-TO-LEFT OVERRIDE}left"), {}),
        (message(text="e\N{COMBINING ACUTE ACCENT}"), {}),
        (message(about=About("", "17")), {}),
        (message(about=About(COUNTY, "1\x00")), {}),
        (message(department="许可科"), {}),
        (message(attachments=(replace(FILE, size=MAX_BYTES + 1),)), {}),
        (message(attachments=(replace(FILE, size=0),)), {}),
        (message(attachments=(FILE, FILE)), {}),
        (message(attachments=(replace(FILE, name="../图纸.pdf"),)), {}),
        (message(attachments=(replace(FILE, media_type="text/html"),)), {}),
        (message(attachments=(replace(FILE, sha256=b"short"),)), {}),
        (message(attachments=tuple(replace(FILE, sha256=bytes([one]) * 32) for one in range(11))), {}),
    ],
)
def test_what_does_not_hold_is_not_read(said: Message, by: dict[str, str]) -> None:
    with pytest.raises(MessageMalformed):
        heard(said, **by)


@pytest.mark.parametrize("kind", [0, 99])
def test_a_kind_of_a_later_release_is_not_read(kind: int) -> None:
    said = guidance_pb2.GuidanceMessage.FromString(write(message()))
    said.kind = kind  # type: ignore[assignment]
    with pytest.raises(MessageMalformed):
        read(said.SerializeToString(), subject=THREAD, author=COUNTY, role="clerk")


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_half_read(data: bytes) -> None:
    with pytest.raises(MessageMalformed):
        read(data, subject=THREAD, author=COUNTY, role="clerk")


@given(st.text(max_size=50))
def test_a_text_that_passes_shows_every_sign(text: str) -> None:
    if not guidance_text_fault(text):
        assert text.replace("\n", "").isprintable()
        assert text.strip()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"PK\x03\x04", "application/vnd.openxmlformats"),
        ("说明\r\n第二行".encode(), "text/plain"),
        ("长".encode() * 200, "text/plain"),  # the last sign looked at is cut
        (b"", ""),
        (b"MZ\x90\x00", ""),
        (b"<html>", ""),
        (b" \n<svg onload=alert(1)>", ""),
        (b"#!/bin/sh\x00", ""),
        (b"\xff\xfe", ""),
        ("right\N{RIGHT-TO-LEFT OVERRIDE}left".encode(), ""),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


@pytest.mark.parametrize("name", ["", "a/b.pdf", "..", ".htaccess", "图纸.pdf.", "a\nb", 'x".pdf', "gnp\N{RIGHT-TO-LEFT OVERRIDE}exe"])
def test_a_file_name_is_no_path_and_hides_nothing(name: str) -> None:
    assert file_name_fault(name)
    assert not file_name_fault("图纸 (2).pdf")


def test_a_paragraph_may_begin_as_chinese_ones_do_and_nothing_else_that_is_not_seen_is_taken() -> None:
    assert guidance_text_fault("\u3000\u3000请补交图纸。\n\u3000\u3000其余齐全。") == ""
    assert [guidance_text_fault(f"请{sign}补交") == "" for sign in "\u200b\u202e\x00\u00a0"] == [False] * 4
