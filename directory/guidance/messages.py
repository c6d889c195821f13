"""Write what is said in a thread as the contract's message, and read it again (tongban.guidance.v1).

Laws: what is read was judged: its texts, its attachments, and who said it as what; what does not hold raises MessageMalformed, which
repeats nothing of it. A kind that this release does not know is a message that it cannot read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from directory.contract import reading
from directory.errors import MessageMalformed
from directory.guidance.attachments import Attachment, faults
from directory.guidance.texts import said_text_fault
from directory.guidance.thread import GRADES, NOTHING, About, Question
from directory.guidance.vocabulary import GUIDE, SAID_BY, Kind, Side
from directory.texts import department_id_fault, hall_id_fault, name_fault
from tongban.guidance.v1 import guidance_pb2

RESOURCE: Final = "guidance"
TYPE: Final = guidance_pb2.GuidanceMessage.DESCRIPTOR.full_name

_KINDS: Final[Mapping[Kind, guidance_pb2.GuidanceKind]] = {
    Kind.ASKED: guidance_pb2.GUIDANCE_KIND_ASKED,
    Kind.ANSWERED: guidance_pb2.GUIDANCE_KIND_ANSWERED,
    Kind.FOLLOWED_UP: guidance_pb2.GUIDANCE_KIND_FOLLOWED_UP,
    Kind.CLOSED: guidance_pb2.GUIDANCE_KIND_CLOSED,
    Kind.REOPENED: guidance_pb2.GUIDANCE_KIND_REOPENED,
    Kind.RATED: guidance_pb2.GUIDANCE_KIND_RATED,
}
_BY_NUMBER: Final = {number: kind for kind, number in _KINDS.items()}
YEARS: Final = range(2000, 3000)
"""In which anything is said: days, limits and the moment behind the last one can be reckoned from all of them."""
_THREAD: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is said in a thread; department and about are those of an ASKED, the grade that of a RATED."""

    kind: Kind
    thread: str
    asking_hall: str
    guiding_hall: str
    department: str = ""
    about: About = NOTHING
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    grade: int = 0

    @property
    def question(self) -> Question | None:
        """Return who asks whom, of an ASKED."""
        if self.kind is not Kind.ASKED:
            return None
        return Question(asking_hall=self.asking_hall, guiding_hall=self.guiding_hall, department=self.department, about=self.about)


def write(message: Message) -> bytes:
    """Write a message."""
    said = guidance_pb2.GuidanceMessage(
        kind=_KINDS[message.kind],
        thread=message.thread,
        asking_hall=message.asking_hall,
        guiding_hall=message.guiding_hall,
        department=message.department,
        text=message.text,
        grade=message.grade,
        attachments=[
            guidance_pb2.Attachment(sha256=one.sha256, size=one.size, name=one.name, media_type=one.media_type)
            for one in message.attachments
        ],
    )
    about = message.about
    if about.case_number:
        said.case.CopyFrom(guidance_pb2.AboutCase(hall=about.case_hall, case_number=about.case_number))
    elif about.item_code:
        said.item_code = about.item_code
    return said.SerializeToString()


def read(payload: bytes, *, subject: str, author: str, role: str) -> Message:
    """Read a message that a hall sent under a subject, said by someone of a role; raises MessageMalformed."""
    with reading(TYPE):
        said = guidance_pb2.GuidanceMessage.FromString(payload)
    kind = _BY_NUMBER.get(said.kind)
    if kind is None:
        raise MessageMalformed("a message of guidance of a kind that this release does not know")
    message = Message(
        kind=kind,
        thread=said.thread,
        asking_hall=said.asking_hall,
        guiding_hall=said.guiding_hall,
        department=said.department,
        about=About(said.case.hall, said.case.case_number, said.item_code),
        text=said.text,
        attachments=tuple(Attachment(one.sha256, one.size, one.name, one.media_type) for one in said.attachments),
        grade=said.grade,
    )
    if wrong := fault(message, author, role) or ("the subject is another thread" if subject != message.thread else ""):
        raise MessageMalformed(wrong)
    return message


def moment_said(said: Timestamp) -> datetime:
    """Return when something was said, in UTC; raises MessageMalformed for what is no time, or none of YEARS."""
    with reading("time"):
        at = said.ToDatetime(UTC)
    if at.year not in YEARS:
        raise MessageMalformed(f"it is dated by no year from {YEARS[0]} to {YEARS[-1]}")
    return at


def fault(message: Message, author: str, role: str) -> str:
    """Say what is wrong with a message of an author, by itself; empty when nothing is."""
    if not _THREAD.fullmatch(message.thread):
        return "a thread is named by a UUID in lower case"
    for hall in (message.asking_hall, message.guiding_hall):
        if hall_id_fault(hall):
            return "a thread has an asking hall and a guiding one"
    if message.asking_hall == message.guiding_hall:
        return "no hall asks itself"
    side = Side.GUIDING if role in GUIDE else Side.ASKING
    if author != (message.guiding_hall if side is Side.GUIDING else message.asking_hall):
        return "a guide speaks for the guiding hall, all others for the asking one"
    if side not in SAID_BY[message.kind]:
        return f"{message.kind} is not said by the {side} hall"
    return said_text_fault(message.kind, message.text) or next(faults(message.attachments), "") or _particular(message)


def _particular(message: Message) -> str:
    """Say what is wrong with what only messages of one kind hold."""
    if message.kind is Kind.RATED and message.grade not in GRADES:
        return f"a grade is from {GRADES[0]} to {GRADES[-1]}"
    if message.kind is not Kind.RATED and message.grade:
        return "a grade is that of a rating"
    if message.kind is not Kind.ASKED:
        return "" if (message.department, message.about) == ("", NOTHING) else "only a question names a department, and what it is about"
    return (message.department and department_id_fault(message.department)) or _about(message.about)


def _about(about: About) -> str:
    if bool(about.case_hall) != bool(about.case_number):
        return "a case is named by its hall and its number"
    if about.case_hall:
        return hall_id_fault(about.case_hall) or name_fault(about.case_number)
    return name_fault(about.item_code) if about.item_code else ""
