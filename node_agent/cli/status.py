"""Say how the agent stands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from node_agent import status as standing
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load


@click.command()
@config_option
@json_option
@told
def status(config_path: Path, *, as_json: bool) -> None:
    """Show link, backlog, rate, time to catch up, inbox, replica of the directory, refusals, sources, certificate, disk and alarms.

    Works offline, and whether the agent runs or not.

    \b
    Example:
      tongban-agent status --json --config agent.toml
    """  # noqa: D301
    facts = standing.report(load(config_path), datetime.now(UTC))
    show(facts, _lines(facts), as_json=as_json)


def _lines(facts: dict[str, Any]) -> list[str]:
    running = f"running (pid {facts['running_pid']})" if facts["running_pid"] is not None else "not running"
    lines = [f"{facts['hall']} in {facts['trust_domain']}: {running}"]
    if "backlog" in facts:
        lines += _stored(facts)
    if facts["log_key"]:
        lines.append(f"log key       {_log_key(facts)}")
    lines.append(f"certificate   {_certificate(facts)}")
    lines.append(f"disk          {facts['disk_free_bytes'] // 1024 // 1024:,} MiB free")
    for alarm in facts["alarms"]:
        lines += [f"ALARM {alarm['name']}: {alarm['what']}", f"      → {alarm['do']}"]
    return lines


def _stored(facts: dict[str, Any]) -> list[str]:
    link, backlog, inbox = facts["link"], facts["backlog"], facts["inbox"]
    left = facts["catch_up_seconds"]
    due = "nothing to send" if left == 0 else f"caught up in {left:,.0f} s" if left is not None else "no rate yet"
    lines = [
        f"link          submit {link['submit'] or '-'}, receive {link['receive'] or '-'}, last contact {link['last_contact'] or 'never'}",
        f"journal       {backlog['sealed']:,} sealed, {backlog['sealed_unreceipted']:,} without receipt, {backlog['waiting']:,} waiting",
        f"rate          {facts['rate_per_second']:,.1f} a second; {due}",
        f"inbox         {inbox['size']:,} received, {inbox['acknowledged']:,} acknowledged durably{_withheld(inbox)}",
        f"directory     {_directory(facts['directory'])}",
        f"refused       {facts['refused']['count']:,}",
    ]
    if facts["invalid_records"]:
        lines.append(f"invalid       {facts['invalid_records']:,} records that the hub found invalid: see `tongban-agent record invalid`")
    newest = facts["refused"]["newest"]
    lines += [f"  {one['disposition']} {one['event_id']}, journal index {one['journal_index']}: {one['reason']}" for one in newest]
    if guided := facts["guidance"]["threads"]:
        parked = facts["guidance"]["parked"]
        lines.append(f"guidance      {guided:,} threads, {facts['guidance']['waiting']:,} wait, {parked:,} messages parked")
    return lines + _apart(facts) + [_source(one) for one in facts["sources"]] + [_sink(one) for one in facts["sinks"]]


def _apart(facts: dict[str, Any]) -> list[str]:
    """Say what the hub holds back of what was sent, and what of what was received counts as nobody's."""
    held, set_aside = facts["held"], facts["set_aside"]
    lines = []
    if held["count"]:
        lines.append(f"held          {held['count']:,} held by the hub: it forwards them when this hall is released from quarantine")
        lines += [f"  {one['event_id']}, journal index {one['journal_index']}" for one in held["newest"]]
    if set_aside:
        lines.append(f"set aside     {set_aside:,} that the hub forwarded and that do not prove themselves")
    return lines


def _withheld(inbox: dict[str, Any]) -> str:
    return f", {inbox['withheld']:,} withdrawn before they came" if inbox["withheld"] else ""


def _directory(facts: dict[str, Any]) -> str:
    if facts["ledger_index"] is None:
        return "nothing received yet"
    held = ", ".join(f"{count:,} {kind}" for kind, count in facts["kinds"].items())
    unread = f"; {facts['unread']:,} changes are of a later release" if facts["unread"] else ""
    return f"{facts['documents']:,} documents ({held}) up to ledger index {facts['ledger_index']:,}, digest {facts['digest'][:16]}{unread}"


def _log_key(facts: dict[str, Any]) -> str:
    key, named = facts["log_key"], facts.get("succession", {})
    last, waiting = named.get("last"), named.get("waiting")
    succeeded = last is not None and last["id"] == key["id"]
    since = last["answered_at"] if succeeded else f"journal index {key['signs_from']}" if key["signs_from"] else "enrolment"
    said = f"{key['id']} since {since}"
    if waiting:
        return f"{said}; {waiting['id']} is to succeed it (asked {waiting['asked_at']}, {'sent' if waiting['sealed'] else 'waits'})"
    return f"{said}; {last['id']} was refused at {last['answered_at']}: {last['refused']}" if last and last["refused"] else said


def _certificate(facts: dict[str, Any]) -> str:
    if facts["certificate_until"]:
        return f"until {facts['certificate_until']}"
    return "cannot be read" if facts["enrolled"] else "none yet"


def _source(one: dict[str, Any]) -> str:
    until = one["read_up_to"] or "-"
    return f"source {one['source']}: {one['events']:,} events, {_rejected(one)}, read up to {until}"


def _rejected(one: dict[str, Any]) -> str:
    if not one["rejected"] and not one["set_aside"]:
        return "no rows rejected"
    unmended = "" if one["set_aside"] is None else f"{one['set_aside']:,} not mended, "
    return f"{one['rejected']:,} rows rejected in all ({unmended}see {one['rejected_in']})"


def _sink(one: dict[str, Any]) -> str:
    if one["parked"] is None:
        return f"sink {one['sink']}: not filled yet"
    parked = f"{one['parked']:,} parked (see table sink_parked of {one['parked_in']})" if one["parked"] else "none parked"
    return f"sink {one['sink']}: filled up to inbox entry {one['filled_up_to']:,}, {parked}"
