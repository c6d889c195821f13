"""Open the store for commands of guidance, and show threads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from directory.guidance.attachments import Attachment
from directory.guidance.vocabulary import STATE_TITLES
from directory.guidance.vocabulary import State as ThreadState
from directory.refusal import Refused
from node_agent import db, hall_keys
from node_agent.cli.asking import worded
from node_agent.cli.opening import fail, show
from node_agent.config import Config, load
from node_agent.guidance import files, intake, queues, rulebook
from node_agent.guidance.desk import Claim
from node_agent.guidance.files import File, State
from node_agent.guidance.queues import Line, Listed
from node_agent.guidance.rulebook import Rulebook
from node_agent.guidance.speaking import Here, Speaker, Spoken
from node_agent.guidance.threads import Key
from node_agent.outbox import Actor, EnvelopeWriter
from node_agent.sinks.sql import entries_of

Held = Mapping[str, File]
"""What is known of files, by their hashes."""
_INNER: Final = frozenset({"by", "newest", "seen", "claim_person", "claim_department", "claim_at"})


@dataclass(frozen=True, slots=True)
class Store:
    """The agent's store within one transaction, and what is known besides."""

    connection: sa.Connection
    config: Config
    rules: Rulebook
    now: datetime

    def speaker(self, who: Actor) -> Speaker:
        """Let someone of the hall speak."""
        return Speaker(self.connection, self.here(), who, self.now)

    def here(self) -> Here:
        """Say which hall this is, and how it writes."""
        epoch = hall_keys.load(self.config).epoch
        return Here(self.config.hall, EnvelopeWriter(self.config.trust_domain, self.config.hall, epoch), self.rules)

    def key(self, name: str) -> Key:
        """Return the one thread whose id begins so, or end the command."""
        found = queues.keys_of(self.connection, name)
        if len(found) != 1:
            fail(f"{'more than one thread' if found else 'no thread'} of this hall begins with {name!r}")
        return found[0]

    def find(self, key: Key, who: Actor) -> Listed:
        """Return a thread, or end the command."""
        found = queues.find(self.connection, key, who, self.rules, self.now)
        if found is None:
            fail("there is no such thread at this hall")
        return found


@contextmanager
def opened(config_path: Path) -> Iterator[Store]:
    """Open the store for one transaction, behind everything that was received."""
    config = load(config_path)
    hall_keys.load(config)  # says that the hall is not enrolled, before a store is made
    engine, now = db.open_store(config.store_path), datetime.now(UTC)
    try:
        intake.Intake(engine, config.hall).deliver(entries_of(engine), now)
        with db.begin(engine) as connection:
            yield Store(connection, config, rulebook.read_on(connection, now), now)
    finally:
        engine.dispose()


def who_of(options: Mapping[str, str]) -> Actor:
    """Say who acts, by the options of the command."""
    return Actor(options["person"], options["role"], options["department"])


def attached(config_path: Path, paths: Sequence[str]) -> tuple[Attachment, ...]:
    """Take files in for a message to name, or end the command."""
    folder = load(config_path).data_dir / files.FOLDER
    taken = [files.attach(folder, Path(path)) for path in paths]
    for one in taken:
        if isinstance(one, Refused):
            fail(one.why)
    return tuple(one for one in taken if isinstance(one, Attachment))


def allowed(done: Spoken | Refused) -> Spoken:
    """Return what was said, or end the command with why it was not."""
    if isinstance(done, Refused):
        fail(done.why)
    return done


def show_thread(store: Store, key: Key, who: Actor, *, as_json: bool) -> None:
    """Show a thread with all that was said in it."""
    one, said = store.find(key, who), queues.lines(store.connection, key)
    named = {file.sha256.hex() for line in said if line.message for file in line.message.attachments}
    held = files.known(store.connection, named)
    lines = [line_of(one), *(text for line in said for text in _said(line, held))]
    show({**facts_of(one), "lines": [_line_facts(line, held) for line in said]}, lines, as_json=as_json)


def line_of(one: Listed) -> str:
    """Return a thread as a line."""
    row = one.row
    other = row.guiding_hall if row.side == "asking" else row.asking_hall
    held = f"  {one.claim.person or one.claim.department}" if one.claim else ""
    marks = "".join((" *" if one.unread else "", f"  {one.refused} not carried" if one.refused else ""))
    return f"{row.thread}  {STATE_TITLES[ThreadState(row.state)]}  {other}  {row.title}{held}{_waits(one)}{marks}"


def _waits(one: Listed) -> str:
    if one.reply_due is None:
        return ""
    late = " overdue" if one.overdue else ""
    return f"  waits {one.waited_minutes} working minutes, due {one.reply_due.astimezone():%Y-%m-%d %H:%M}{late}"


def facts_of(one: Listed) -> dict[str, Any]:
    """Return a thread for machines; times are Unix milliseconds."""
    named = {
        name: value for name, value in one.row._asdict().items() if not name.startswith("claim_") and name not in {"by", "newest", "seen"}
    }
    return {
        **named,
        "flags": one.row.flags.split(),
        "claim": _claim(one.claim),
        "unread": one.unread,
        "reply_due": one.reply_due.isoformat() if one.reply_due else None,
        "provisional": one.provisional,
        "overdue": one.overdue,
        "waited_minutes": one.waited_minutes,
    }


def _claim(claim: Claim | None) -> dict[str, str] | None:
    return None if claim is None else {"person": claim.person, "department": claim.department, "by": claim.by, "at": claim.at.isoformat()}


def _line_facts(line: Line, held: Held) -> dict[str, Any]:
    attachments = line.message.attachments if line.message else ()
    return {
        "kind": line.kind,
        "at": line.at.isoformat(),
        "hall": line.hall,
        "person": line.person,
        "department": line.department,
        "text": line.text,
        "grade": line.message.grade if line.message else 0,
        "attachments": [_attachment(one, held) for one in attachments],
        "flag": line.flag,
        "refused": line.refused,
        "event_id": line.event_id,
    }


def _attachment(one: Attachment, held: Held) -> dict[str, Any]:
    known = held.get(one.sha256.hex())
    state: dict[str, Any] = {"state": known.state, "why": known.why} if known else {"state": "", "why": ""}
    state |= {"gone_at": known.gone_at.isoformat()} if known and known.gone_at else {}
    return {"sha256": one.sha256.hex(), "size": one.size, "name": one.name, "media_type": one.media_type, **state}


_COMES = {State.HERE: "", State.TO_SEND: "  waits to be sent", State.TO_FETCH: "  still coming", State.GONE: "  kept no longer"}


def _said(line: Line, held: Held) -> Iterator[str]:
    odd = "".join(f" ({word})" for word in (line.flag, f"not carried: {line.refused}" if line.refused else "") if word)
    yield f"{line.at.astimezone():%Y-%m-%d %H:%M}  {line.kind}{odd}  {line.hall or 'this hall alone'}  {line.person}"
    if line.message and line.message.grade:
        yield f"          grade {line.message.grade}"
    if line.text:
        yield worded("", line.text)
    for one in line.message.attachments if line.message else ():
        known = held.get(one.sha256.hex())
        comes = _comes(known) if known else ""
        yield f"          {one.name}  {one.size:,} bytes  {one.sha256.hex()[:16]}{comes}"


def _comes(known: File) -> str:
    since = f" since {known.gone_at.astimezone():%Y-%m-%d}" if known.gone_at else ""
    return f"{_COMES[known.state]}{since}{f': {known.why}' if known.why else ''}"
