"""Put what evidence proves, and what it does not, in words for people and in JSON for machines.

Laws: what a hall wrote is shown without anything that a terminal would act on; every proof names who
gave it, and whose word is not proof.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from certs.entries import ERASED, FULL, HELD, WITHDRAWN
from certs.evidence_findings import CLOCKS_DIFFER, DISPOSITIONS, FORMS, Findings, Ignored, Received, Verdict, Why

_NOT_FULL = {WITHDRAWN: "withdrawn before it came", ERASED: "erased"}


def shown(text: str) -> str:
    """Return a text with whatever does not print written out."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def words(findings: Findings) -> list[str]:
    """Say line by line what is proved, by whom and when at the latest, and what is not."""
    lines = [f"sent: {_sent(findings)}", f"{DISPOSITIONS[findings.acceptance.disposition]}: {_accepted(findings)}"]
    lines += [f"received: by {_inbox(one)}" for one in findings.received if one.counts and one.form == FULL]
    if findings.is_routed and not findings.received and not findings.pending:
        lines.append("received: by the hub, the only one it was sent to")
    lines += [f"ignored: {_ignored(one)}" for one in findings.ignored]
    return lines + [f"not proved: {limit}" for limit in limits(findings)]


def limits(findings: Findings) -> list[str]:
    """Say what a file does not prove."""
    return [*_open_claims(findings), *_open_times(findings), *_always(findings)]


def _sent(findings: Findings) -> str:
    sender, event = findings.sender, findings.event
    place = f"by {sender.hall}, as message {sender.index} of its journal (epoch {sender.epoch})"
    if not sender.counts:
        place = f"under keys of {sender.hall} that no longer count, as message {sender.index} of its journal (epoch {sender.epoch})"
    if event is None:
        return f"{place}; what it says cannot be read"
    happened = f", which by its word happened at {_time(event.occurred_at)}" if event.occurred_at else ""
    return f"{place}: {shown(event.type)} about {shown(event.subject)}{happened}"


def _accepted(findings: Findings) -> str:
    said = findings.acceptance
    place = f"by the hub, as entry {said.ledger_index} of the ledger, at {_time(said.accepted_at)} by its word"
    bound = findings.at_the_latest
    if bound is None:
        return place
    witness = f"{bound.hall}, itself a recipient" if bound.is_party else bound.hall
    others = len({one.hall for one in findings.cosignatures}) - 1
    beside = f", beside {others} more" if others else ""
    return (
        f"{place}; at the latest at {_time(bound.at)} by the clock of {witness}, which cosigned the ledger of {bound.ledger_size}{beside}"
    )


def _inbox(one: Received) -> str:
    return f"{one.hall}, as message {one.index} of its inbox (epoch {one.epoch})"


def _ignored(one: Ignored) -> str:
    cosignature = f"the cosignature of {one.hall} on the ledger of {one.ledger_size}"
    if one.why is Why.IMPOSSIBLE or one.at is None:
        return f"{cosignature}: no calendar holds its time, {one.seconds} s after 1970"
    before = f"more than {CLOCKS_DIFFER // timedelta(minutes=1)} minutes before the hub's word"
    return f"{cosignature}: its time, {_time(one.at)}, lies {before}: one of the two clocks is wrong"


def _open_claims(findings: Findings) -> Iterator[str]:
    sender = findings.sender
    if not sender.counts:
        yield f"that {sender.hall} sent it: from entry {sender.revoked_from} of the ledger on its keys are revoked"
    if not findings.is_routed:
        held = findings.acceptance.disposition == HELD
        did = "holds it back, and what it forwards bears evidence of its own" if held else "refused it and sent it to nobody"
        yield f"that anyone received it: the hub {did}"
    if findings.pending:
        yield f"that {_list(findings.pending)} received it: no acknowledgement is in this file"
    for one in findings.received:
        if not one.counts:
            yield f"that {one.hall} received it: from entry {one.revoked_from} of the ledger on its keys are revoked"
        elif one.form != FULL:
            yield f"that {one.hall} has what it says: its inbox notes it as {_NOT_FULL[one.form]}"
        elif one.revoked_from is not None:
            yield f"that {one.hall} acknowledged it before its keys were revoked (from entry {one.revoked_from} on): it bears no time"


def _open_times(findings: Findings) -> Iterator[str]:
    if not findings.cosignatures:
        lacks = "no cosignature of another hall counts" if findings.ignored else "no other hall has cosigned it"
        yield f"when the hub accepted it, beyond the hub's word, and that others are shown the same ledger: {lacks}"
    elif all(one.is_party for one in findings.cosignatures):
        yield "that any hall but its recipients has seen this ledger: no other has cosigned it"
    if findings.hub_clock_ahead > timedelta(0):
        yield f"which clock is right: the hub's word lies {findings.hub_clock_ahead.total_seconds():g} s behind the earliest cosignature"


def _always(findings: Findings) -> Iterator[str]:
    yield f"that what it says is true: that, with the time at which it happened, is the word of {findings.sender.hall}"
    yield f"that no key was revoked later: revocations are known up to ledger size {findings.ledger_size}"


def _list(halls: Sequence[str]) -> str:
    return halls[0] if len(halls) == 1 else f"{', '.join(halls[:-1])} and {halls[-1]}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def as_object(findings: Findings) -> dict[str, Any]:
    """Return the findings as an object for `json_line`."""
    found = asdict(findings)
    found["acceptance"]["disposition"] = DISPOSITIONS[findings.acceptance.disposition]
    for one in found["received"]:
        one["form"] = FORMS[one["form"]]
    bound = findings.at_the_latest
    latest = {"at": bound.at, "hall": bound.hall, "ledger_size": bound.ledger_size} if bound else None
    verdict = {"verdict": findings.verdict.value, "proved": findings.verdict is Verdict.PROVED}
    return {**verdict, **found, "at_the_latest": latest, "not_proved": limits(findings)}


def json_line(content: dict[str, Any]) -> str:
    """Write an object as one line of ASCII; times in ISO 8601."""
    return json.dumps(content, default=_written)


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(value)
