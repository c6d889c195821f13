"""Keep the registry of licences up with the ledger.

Laws: an act is judged by the register, the keys and the licences as the ledger has them before it, whenever that is done, so the registry
equals its rebuild; an event counts once per (hall, event id); what does not hold changes nothing, and is kept as a finding for the hall
that sent it; what was opened stays in memory, and on disk only sealed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
import structlog

from certs.charter import Charter
from certs.errors import CertsError
from certs.readers import Opener, Sealed
from directory.calendar import beijing_day
from directory.licences import judging
from directory.licences.acts import Act, Objection
from directory.licences.identifiers import root_fault
from directory.licences.judging import Issuing
from directory.licences.lifecycle import Version, apply
from directory.licences.messages import read_act
from directory.licences.vocabulary import MAKING, ActKind, Fault
from directory.scopes.principal import Principal
from hub.bulk import insert_new
from hub.cases.times import unix_ms
from hub.consumers import digest_rows
from hub.exchange.stored import StoredSegment
from hub.licences import keys_named as naming
from hub.licences.as_of import AsOf
from hub.licences.credentials import Facts, check
from hub.licences.reading import KEYS, Changed, Entry, Said, read
from hub.licences.sealing import Seal
from hub.licences.standing import Made, Standing, standing_of
from hub.licences.tables import documents, events, findings, key_entries, keys_named, versions
from tongban.licence.v1.licence_pb2 import TrustLevel

_log = structlog.get_logger(__name__)

_EVENT_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens payloads for the hub, and what seals the registry's data."""

    charter: Charter
    opener: Opener
    seal: Seal


@dataclass(frozen=True, slots=True)
class _Judged:
    """An act as far as it can be judged without its licence; `facts` are those of its credential, if it makes a version."""

    said: Said
    act: Act
    issuing: Issuing
    facts: Facts | None


_Verdict = tuple[Said, Objection | _Judged]


class LicenceConsumer:
    """The consumer that makes the registry."""

    name = "licences"
    author = ""
    tables: Sequence[sa.Table] = (versions, events, findings, keys_named, documents, key_entries)

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._known: tuple[int, AsOf] | None = None
        """The ledger index up to which the register and the keys were taken in, and these."""

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction."""
        known, self._known = self._known, None  # what fails half-way is read again
        as_of = known[1] if known and known[0] == first_unseen else AsOf(connection, self._secrets.charter)
        found = _Found()
        verdicts = list(self._verdicts(connection, as_of, read(segments, first_unseen), found))
        if verdicts:
            self._settle(connection, verdicts, found)
        as_of.write(connection)
        found.write(connection)
        self._known = (segments[-1].ledger_first + segments[-1].count, as_of)

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of the registry."""
        return digest_rows(connection, self.tables)

    def _verdicts(
        self, connection: sa.Connection, as_of: AsOf, heard: Iterator[Entry | Changed | Said], found: "_Found"
    ) -> Iterator[_Verdict]:
        """Take in what acts are judged by, and yield the acts in their order, each judged by what came before it."""
        named: dict[str, int] = {}
        for one in heard:
            match one:
                case Entry():
                    as_of.key_entry(one.ledger_index, one.leaf, one.note)
                case Changed():
                    as_of.change(one.change, one.ledger_index)
                case Said() if one.header.resource == KEYS:
                    last = named.get(one.hall, naming.last_named(connection, [one.hall]).get(one.hall))
                    verdict = naming.judge(one, as_of.keyring, last)
                    if isinstance(verdict, Objection):
                        found.object(one, verdict)
                    elif verdict is not None:
                        named[one.hall] = verdict.accepted_at_ms
                        found.keys.append(verdict)
                case Said():
                    yield one, self._judged(one, as_of)

    def _judged(self, said: Said, as_of: AsOf) -> Objection | _Judged:
        try:
            return self._judge(said, as_of)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one act holds up no other hall's (G8)
            _log.error("act on a licence cannot be judged", hall=said.hall, ledger_index=said.ledger_index, error=type(error).__name__)
            return Objection(Fault.UNREADABLE, "this release of the hub cannot judge the act; its operator finds why in the log")

    def _judge(self, said: Said, as_of: AsOf) -> Objection | _Judged:
        if not _EVENT_ID.fullmatch(said.header.id):
            return Objection(Fault.UNREADABLE, "the event id is no UUID")
        act = self._opened(said)
        if isinstance(act, Objection):
            return act
        accepted_at = datetime.fromtimestamp(said.accepted_at_ms / 1000, UTC)
        issuing = as_of.issuing(beijing_day(accepted_at))
        if issuing is None:
            return Objection(Fault.UNKNOWN_TYPE, "the register names no halls yet, so nobody issues anything")
        actor = said.header.actor
        who = Principal(said.hall, actor.role, actor.department, actor.person)
        if objection := judging.judge(act, who, issuing, accepted_at):
            return objection
        if act.kind not in MAKING:
            return _Judged(said, act, issuing, None)
        facts = check(act, said, issuing, as_of.keyring)
        return facts if isinstance(facts, Objection) else _Judged(said, act, issuing, facts)

    def _opened(self, said: Said) -> Act | Objection:
        if not said.envelope.HasField("encrypted"):
            return Objection(Fault.UNREADABLE, "acts on licences are sent encrypted")
        try:
            payload = self._secrets.opener.open(said.envelope.header, Sealed.of(said.envelope.encrypted))
        except CertsError as error:
            return Objection(Fault.UNREADABLE, str(error))
        return read_act(payload, said.header.subject)

    def _settle(self, connection: sa.Connection, verdicts: Sequence[_Verdict], found: "_Found") -> None:
        """Let the acts that hold take effect, in their order."""
        judged = [verdict for _, verdict in verdicts if isinstance(verdict, _Judged)]
        roots = {one.act.licence.root for one in judged}
        places = {(one.facts.status_uri, one.facts.status_index) for one in judged if one.facts}
        ids = {(said.hall, said.header.id) for said, _ in verdicts if _EVENT_ID.fullmatch(said.header.id)}
        standing = standing_of(connection, roots, places, ids)
        for said, verdict in verdicts:
            if (said.hall, said.header.id) in standing.known_events:
                continue
            outcome = verdict if isinstance(verdict, Objection) else self._take_effect(verdict, standing)
            if isinstance(outcome, Objection):
                found.object(said, outcome)
            else:
                standing.take_effect(said.hall, said.header.id)
        standing.write(connection)

    def _take_effect(self, judged: _Judged, standing: Standing) -> Objection | None:
        act, facts, at = judged.act, judged.facts, judged.said.ledger_index
        after = apply(_newest(judged, standing), act)
        if isinstance(after, Objection):
            return after
        if facts is None:
            standing.change(after[-1], at)
            return None
        if (facts.status_uri, facts.status_index) in standing.places:
            return Objection(Fault.STATUS_PLACE, "another licence has this place in the status list: take one that is free")
        if act.kind is not ActKind.ISSUED:
            standing.change(after[0], at)
        standing.make(self._made(judged.said, act, facts, after[-1]), after[-1])
        return None

    def _made(self, said: Said, act: Act, facts: Facts, version: Version) -> Made:
        licence_id = str(act.licence)
        return Made(
            licence_id=licence_id,
            root=act.licence.root,
            type=act.licence.type,
            hall=said.hall,
            status=version.status.value,
            ground=version.ground,
            since_ms=unix_ms(version.since),
            valid_from_ms=unix_ms(facts.valid_from),
            valid_to_ms=unix_ms(facts.valid_until) if facts.valid_until else None,
            holder=self._secrets.seal.holder(facts.code_type, facts.code),
            sealed=self._secrets.seal.close(act.credential, licence_id),
            key_id=facts.key_id,
            status_uri=facts.status_uri,
            status_index=facts.status_index,
            trust_level=TrustLevel.ValueType(act.trust_level),
            made=said.ledger_index,
            ledger_index=said.ledger_index,
        )


def _newest(judged: _Judged, standing: Standing) -> Version | None:
    """Return the newest version of an act's licence; to a hall whose licence it is not there is none, unless it would issue its number."""
    act, newest = judged.act, standing.newest.get(judged.act.licence.root)
    if newest is None:
        return None
    issued_by, version = newest
    may_see = act.kind is ActKind.ISSUED or judging.acts_on(judged.said.hall, issued_by, act.licence, judged.issuing)
    return version if may_see else None


class _Found:
    """What does not hold, and the keys that were named."""

    def __init__(self) -> None:
        self.keys: list[naming.Named] = []
        self._findings: list[tuple[Any, ...]] = []

    def object(self, said: Said, objection: Objection) -> None:
        """Keep why a message does not count."""
        # Either is said again to the hall, and kept in databases: what is no root or id may be more than they take.
        subject = said.header.resource if said.header.resource == KEYS else said.header.subject
        subject = "" if subject != KEYS and root_fault(subject) else subject
        event_id = said.header.id if _EVENT_ID.fullmatch(said.header.id) else ""
        place = (said.ledger_index, said.hall, said.epoch, said.journal_index)
        self._findings.append((*place, subject, event_id, objection.fault.value, objection.what))

    def write(self, connection: sa.Connection) -> None:
        """Write what was found."""
        if self._findings:
            insert_new(connection, findings, self._findings)
        if self.keys:
            insert_new(connection, keys_named, [(one.ledger_index, one.hall, one.epoch, one.accepted_at_ms, one.key) for one in self.keys])
