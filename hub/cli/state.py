"""Say how the hub stands, from its database alone: it need not run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from hub.cli.opening import config_option, json_option, opened, show, told
from hub.exchange import held
from hub.quarantine import switches
from hub.quarantine.switches import Switch
from hub.tables import certificates, contradictions, cosignatures, head, journals, mailboxes


@click.command()
@config_option
@json_option
@told
def status(config_path: Path, *, as_json: bool) -> None:
    """Show the ledger, and what each hall sent and has waiting."""
    with opened(config_path) as (config, database), database.reader.begin() as connection:
        facts = {"trust_domain": config.trust_domain, **_ledger(connection), "halls": _halls(connection)}
    show(facts, _lines(facts), as_json=as_json)


def _ledger(connection: sa.Connection) -> dict[str, Any]:
    row = connection.execute(sa.select(head)).one_or_none()
    witnessed = connection.execute(
        sa.select(cosignatures.c.ledger_size, sa.func.count())
        .group_by(cosignatures.c.ledger_size)
        .order_by(cosignatures.c.ledger_size.desc())
        .limit(1),
    ).one_or_none()
    return {
        "ledger_size": row.ledger_size if row else 0,
        "accepted_at": _time(row.accepted_at_ms) if row and row.ledger_size else None,
        "key_entries": row.key_count if row else 0,
        "witnessed_size": witnessed[0] if witnessed else 0,
        "witnesses": witnessed[1] if witnessed else 0,
        "contradictions": connection.scalar(sa.select(sa.func.count()).select_from(contradictions)),
    }


def _halls(connection: sa.Connection) -> list[dict[str, Any]]:
    sent = {row.hall: row.size for row in connection.execute(sa.select(journals))}
    expiry = sa.select(certificates.c.hall, sa.func.max(certificates.c.not_after_ms)).where(certificates.c.revoked_at_ms == 0)
    apart, waiting = switches.load(connection), held.counts(connection)
    until = {hall: _time(at) for hall, at in connection.execute(expiry.group_by(certificates.c.hall))}
    return [
        {
            "hall": box.hall,
            "sent": sent.get(box.hall, 0),
            "addressed": box.size,
            "waiting": box.size - box.acknowledged_size,
            "certificate_until": until.get(box.hall),
            "quarantine": _apart(apart.get(box.hall)),
            "held": waiting.get(box.hall, 0),
        }
        for box in connection.execute(sa.select(mailboxes).order_by(mailboxes.c.hall))
    ]


def _apart(switch: Switch | None) -> dict[str, str] | None:
    if switch is None:
        return None
    return {"state": str(switch.state), "since": _time(switch.since_ms), "by": switch.operator, "reason": switch.reason}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [
        f"ledger        {facts['ledger_size']:,} entries, newest accepted at {facts['accepted_at'] or 'never'}",
        f"witnessed     {facts['witnessed_size']:,} entries, by {facts['witnesses']} hall(s)",
        f"contradictions {facts['contradictions']}",
    ]
    if not facts["halls"]:
        return [*lines, "no hall has enrolled yet: tongban-hub token HALL"]
    lines.append(f"{'hall':<24}{'sent':>10}{'addressed':>11}{'waiting':>9}  certificate until")
    for hall in facts["halls"]:
        until = hall["certificate_until"] or "none in force"
        lines.append(f"{hall['hall']:<24}{hall['sent']:>10,}{hall['addressed']:>11,}{hall['waiting']:>9,}  {until}")
        lines += _held(hall)
    return lines


def _held(hall: dict[str, Any]) -> list[str]:
    apart, held_back = hall["quarantine"], f"{hall['held']:,} of its messages are held"
    if apart is None:
        return []
    return [f"  {apart['state']} since {apart['since']} by {apart['by']}: {apart['reason'] or '-'}; {held_back}"]
