"""Decide who belongs to the exchange: enrol, renew, succeed and revoke.

Laws: token use, key entry and certificate commit together; the same token with the same request gets the same answer again;
the hub sets subject and SAN, whatever a signing request says; nothing but certs.authority signs certificates.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy.exc import SQLAlchemyError

from certs import enrolment
from certs.authority import Authority
from certs.enrolment import HallKeys, RenewalRequest
from certs.errors import BadSignature, CertsError
from certs.identity import Caller
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, LicenceRevocation, Revocation, sign_entry
from certs.keyring import Keyring
from certs.notes import Signer, parse_vkey
from directory.access import RENEW, judge_node
from directory.halls import Province
from directory.scopes.decisions import Denied
from directory.scopes.law import Law
from hub.db import Database
from hub.errors import HubError, Refusal
from hub.exchange import leases, ledger
from hub.exchange.committer import Committer
from hub.exchange.intake import Also
from hub.exchange.own_journal import OwnJournal
from hub.owned import Owned
from hub.registry import certificates, key_log, tokens
from hub.registry.successions import succession
from tongban.enrolment.v1.enrolment_pb2 import EnrolRequest, EnrolResponse, RenewRequest, RenewResponse
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

T = TypeVar("T")

SUCCESSION_EVERY = timedelta(days=1)
"""Every hall and every proof carries each key entry for ever, so none may be made at will."""


@dataclass(slots=True)
class Registry:
    """The members of one province."""

    trust_domain: str
    authority: Authority
    charter_note: str
    registry_signer: Signer
    exchange_address: Callable[[], str]
    database: Database
    committer: Committer
    keyring: Keyring
    province: Province
    own: OwnJournal
    owned: Owned
    clock: Callable[[], datetime]
    law: Callable[[], Law]
    revoked: frozenset[str] = frozenset()
    _succeeded: dict[str, datetime] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _in_doubt: bool = False
    """The ledger may hold a key entry that does not count here yet: the answer to its commit was lost."""

    def may_enter(self, caller: Caller) -> None:
        """Raise Refusal for a revoked certificate, and for a hall that is unknown or not linked."""
        if caller.serial in self.revoked:
            raise Refusal(errors_pb2.REASON_CERTIFICATE_REVOKED, f"the certificate {caller.serial} of {caller.hall} is revoked")
        self._check_linked(caller.hall)

    def _check_linked(self, name: str) -> None:
        hall = self.province.get(name)
        if hall is None:
            raise Refusal(errors_pb2.REASON_UNKNOWN_HALL, f"the directory holds no hall {name}")
        if not hall.linked:
            raise Refusal(errors_pb2.REASON_HALL_NOT_LINKED, f"{name} is not linked to the exchange")

    async def enrol(self, request: EnrolRequest) -> EnrolResponse:
        """Admit a hall's node by its one-time token; raises Refusal."""
        digest = _refusing(errors_pb2.REASON_TOKEN_INVALID, lambda: enrolment.token_digest(request.token))
        if await asyncio.to_thread(self._token, digest) is None:
            raise Refusal(errors_pb2.REASON_TOKEN_INVALID, "this hub did not issue that token; ask the operator for a new one")
        return await self.owned.finish(self._enrol(request, digest))

    async def _enrol(self, request: EnrolRequest, digest: bytes) -> EnrolResponse:
        now = self.clock()
        async with self._turn:  # key entries are written one after the other
            await self._catch_up()
            kept = await asyncio.to_thread(self._token, digest)
            public = _refusing(errors_pb2.REASON_SIGNING_REQUEST_INVALID, lambda: enrolment.check_signing_request(request.signing_request))
            fingerprint = _keys_digest(request, public)
            if kept is None:
                raise Refusal(errors_pb2.REASON_TOKEN_INVALID, "this hub did not issue that token; ask the operator for a new one")
            if kept.request_digest:
                if kept.request_digest != fingerprint:
                    raise Refusal(errors_pb2.REASON_TOKEN_USED, f"the token of {kept.hall} was used with other keys; ask for a new one")
                return EnrolResponse.FromString(kept.reply)
            if kept.expires_at_ms <= now.timestamp() * 1000:
                raise Refusal(errors_pb2.REASON_TOKEN_EXPIRED, f"the token of {kept.hall} has expired; ask for a new one")
            self._check_linked(kept.hall)
            return await self._admit(request, _Admission(kept.hall, digest, fingerprint, public, now))

    def _token(self, digest: bytes) -> tokens.KeptToken | None:
        with self.database.reader.begin() as connection:
            return tokens.get(connection, digest)

    async def _admit(self, request: EnrolRequest, admission: "_Admission") -> EnrolResponse:
        hall, now = admission.hall, admission.now
        keys = HallKeys(request.keys.log, request.keys.cosigning, request.keys.hpke)
        act = _refusing(errors_pb2.REASON_KEY_TOO_WEAK, lambda: self._introduction(hall, keys, admission.token_digest, request.possession))
        chain = self.authority.issue_hall(hall, admission.public, now)
        reply = EnrolResponse(
            hall=hall,
            certificate_chain=chain,
            root=self.authority.root.public_bytes(Encoding.PEM),
            charter=self.charter_note,
            exchange_address=self.exchange_address(),
        )

        def also(connection: sa.Connection, ledger_index: int) -> None:
            reply.key_entry = ledger_index
            if not tokens.use(connection, admission.token_digest, admission.keys_digest, reply.SerializeToString()):
                raise Refusal(errors_pb2.REASON_TOKEN_USED, f"the token of {hall} was used a moment ago")
            certificates.record(connection, chain, self.trust_domain, now)
            key_log.open_mailbox(connection, hall, 1, ledger_index)

        if act is not None:
            await self._log(act, now, also)
        else:
            known = self.keyring.introduced_at(hall, self.keyring.epoch(hall))
            await self.committer.deed(lambda connection: also(connection, known))
        _log.info("hall enrolled", hall=hall, key_entry=reply.key_entry, new_keys=act is not None)
        return reply

    def _introduction(self, hall: str, keys: HallKeys, digest: bytes, possession: str) -> Introduction | None:
        """Return the act that introduces a hall's keys; None when the same keys are in force, so that only a certificate is needed."""
        enrolment.check_possession(possession, digest, keys)
        act = enrolment.check_hall_keys(keys, self.trust_domain, hall, 1)
        if hall not in self.keyring.halls():
            self.keyring.copy().apply(self.keyring.ledger_index + 1, bytes(32), act)
            return act
        if self.keyring.revoked_at(hall, self.keyring.epoch(hall)) is not None:
            msg = f"the keys of {hall} are revoked; new ones need a new journal epoch, authorised by the root"
            raise Refusal(errors_pb2.REASON_CERTIFICATE_REVOKED, msg)
        held = self.keyring.inbox_keys(hall, self.keyring.epoch(hall))
        if parse_vkey(keys.log).encoded not in {key.encoded for key in held}:
            msg = f"{hall} has other keys already; lost keys need a new journal epoch, authorised by the root"
            raise Refusal(errors_pb2.REASON_TOKEN_USED, msg)
        return None

    async def _log(self, act: KeyAct, now: datetime, also: Also | None = None) -> int:
        """Write a key entry, then let it count; return its ledger index."""
        note = sign_entry(self.trust_domain, act, self.registry_signer)
        made: list[bytes] = []

        def with_leaf(leaf: bytes) -> Also:
            made.append(leaf)

            def write(connection: sa.Connection, ledger_index: int) -> None:
                if also is not None:
                    also(connection, ledger_index)
                key_log.keep(connection, ledger_index, leaf, note)

            return write

        await self._catch_up()
        self._in_doubt = True
        try:
            segment, leaf = await self.own.key_entry(note, act.hall, now, with_leaf)
        except Exception:
            # It may have come through, and only its answer been lost: then it is done, and must count.
            with suppress(SQLAlchemyError, HubError):
                came_through = await self._catch_up()
                if made and made[0] in came_through:
                    _log.warning("a key entry came through whose answer was lost", hall=act.hall, key_entry=came_through[made[0]])
                    return came_through[made[0]]
            raise
        self.keyring.apply(segment.ledger_first, leaf, act)
        self._in_doubt = False
        return segment.ledger_first

    async def settle_doubt(self) -> None:
        """Let count what the ledger holds and this process was not told of."""
        if self._in_doubt:
            async with self._turn:
                await self._catch_up()

    async def _catch_up(self) -> dict[bytes, int]:
        """Return the ledger index of each key entry that counts from now on, by its leaf hash."""
        if not self._in_doubt:
            return {}
        entries = await asyncio.to_thread(self._unknown_entries)
        for entry in entries:
            key_log.apply(self.keyring, entry)
        self._in_doubt = False
        return {entry.leaf: entry.ledger_index for entry in entries}

    def _unknown_entries(self) -> list[key_log.KeptEntry]:
        with self.database.reader.begin() as connection:
            return key_log.kept_after(connection, self.keyring.count)

    async def renew(self, request: RenewRequest) -> RenewResponse:
        """Give a hall's node its next certificate; raises Refusal."""
        now = self.clock()
        asked = RenewalRequest(
            signing_request=request.signing_request,
            certificate=request.certificate,
            time=_time(request.time),
            nonce=request.nonce,
            signature=request.signature,
        )
        issuers = [self.authority.intermediate.certificate]
        check = enrolment.check_renewal
        caller = _refusing(errors_pb2.REASON_REQUEST_STALE, lambda: check(asked, trust_domain=self.trust_domain, issuers=issuers, now=now))
        self.may_enter(caller)
        if isinstance(judge_node(self.law(), caller.hall, RENEW), Denied):
            raise Refusal(errors_pb2.REASON_SCOPE_DENIED, f"no rule of access lets the node of {caller.hall} renew its certificate")
        public = _refusing(errors_pb2.REASON_SIGNING_REQUEST_INVALID, lambda: enrolment.check_signing_request(request.signing_request))
        chain = self.authority.issue_hall(caller.hall, public, now)
        await self.committer.deed(lambda connection: self._record_renewal(connection, asked.nonce, chain, now))
        _log.info("certificate renewed", hall=caller.hall, succeeds=caller.serial)
        return RenewResponse(certificate_chain=chain)

    def _record_renewal(self, connection: sa.Connection, nonce: bytes, chain: bytes, now: datetime) -> None:
        if not certificates.use_nonce(connection, nonce, now):
            raise Refusal(errors_pb2.REASON_REQUEST_STALE, "this renewal request was used before; make a new one")
        certificates.record(connection, chain, self.trust_domain, now)

    async def log_revocation(self, hall: str, reason: str) -> int:
        """End a hall's keys from here on; return the ledger index of the entry."""
        return await self.owned.finish(self._revoke(hall, reason))

    async def _revoke(self, hall: str, reason: str) -> int:
        async with self._turn:
            # First no batch of the hall can be committed any more; only then is the cut-off behind all that it ever sent.
            await self.committer.deed(lambda connection: leases.fence(connection, hall))
            desk = self.committer.desk
            cut_off = desk.head.frontier.size if desk is not None else 0
            act = Revocation(hall, self.keyring.epoch(hall), cut_off, reason)
            return await self._log(act, self.clock())

    async def log_licence_key(self, act: LicenceIntroduction | LicenceRevocation, also: Also | None = None) -> int:
        """Introduce or revoke a key of a hall's licences, with what `also` writes; return the ledger index of the entry.

        Raises what certs.errors names for an act that contradicts those before it: then nothing is written.
        """
        return await self.owned.finish(self._log_licence_key(act, also))

    async def _log_licence_key(self, act: LicenceIntroduction | LicenceRevocation, also: Also | None) -> int:
        async with self._turn:
            await self._catch_up()
            self.keyring.copy().apply(self.keyring.ledger_index + 1, bytes(32), act)
            ledger_index = await self._log(act, self.clock(), also)
            _log.info("licence key logged", hall=act.hall, key_entry=ledger_index, revoked=isinstance(act, LicenceRevocation))
            return ledger_index

    async def take_in(self, province: Province) -> None:
        """Let a changed list of halls count; every linked hall has a mailbox, so what is sent to it waits until it enrols."""
        linked = [hall.hall for hall in province if hall.linked]
        await self.committer.deed(lambda connection: _open_mailboxes(connection, linked))
        self.province = province

    def succession_fault(self, hall: str, epoch: int, index: int, said: bytes) -> errors_pb2.Reason | None:
        """Say why a leaf of a hall's journal may not name the log key that it names; None when it may.

        A hall names one a day: every hall and every proof carries each of them for ever.
        """
        last = self._succeeded.get(hall)
        if last is not None and self.clock() - last < SUCCESSION_EVERY:
            return errors_pb2.REASON_QUOTA
        try:
            succession(hall, epoch, index, said, self.keyring)
        except BadSignature:
            return errors_pb2.REASON_BAD_SIGNATURE
        except CertsError:
            return errors_pb2.REASON_ENVELOPE_MALFORMED
        return None

    async def succeed(self, hall: str, epoch: int, index: int, said: bytes) -> None:
        """Let the log key that the leaf `index` names count from the next batch on; raises Refusal when it may not."""
        await self.owned.finish(self._succeed(hall, epoch, index, said))

    async def _succeed(self, hall: str, epoch: int, index: int, said: bytes) -> None:
        async with self._turn:
            act = _refusing(errors_pb2.REASON_UNKNOWN_KEY, lambda: succession(hall, epoch, index, said, self.keyring))
            if act is not None:
                self._succeeded[hall] = self.clock()
                await self._log(act, self.clock())
                _log.info("log key succeeded", hall=hall, index=index)


@dataclass(frozen=True, slots=True)
class _Admission:
    hall: str
    token_digest: bytes
    keys_digest: bytes
    public: EllipticCurvePublicKey
    now: datetime


def _open_mailboxes(connection: sa.Connection, linked: Sequence[str]) -> None:
    size = ledger.current(connection).frontier.size
    for hall in linked:
        key_log.open_mailbox(connection, hall, 1, size)


def _keys_digest(request: EnrolRequest, public: EllipticCurvePublicKey) -> bytes:
    """Digest what a token is bound to by its use: the four keys, of which possession is proved."""
    tls = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    parts = (tls, request.keys.log.encode(), request.keys.cosigning.encode(), request.keys.hpke)
    return sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).digest()


def _time(stamp: Timestamp) -> datetime:
    try:
        return stamp.ToDatetime(UTC)
    except ValueError as error:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "time is no time between the years 1 and 9999", field="time") from error


def _refusing(reason: errors_pb2.Reason, check: Callable[[], T]) -> T:
    try:
        return check()
    except CertsError as error:
        raise Refusal(REASONS.get(type(error).__name__, reason), str(error)) from error


REASONS: dict[str, errors_pb2.Reason] = {
    "TokenInvalid": errors_pb2.REASON_TOKEN_INVALID,
    "SigningRequestInvalid": errors_pb2.REASON_SIGNING_REQUEST_INVALID,
    "KeyTooWeak": errors_pb2.REASON_KEY_TOO_WEAK,
    "RequestStale": errors_pb2.REASON_REQUEST_STALE,
    "RenewalTooLate": errors_pb2.REASON_RENEWAL_TOO_LATE,
    "IdentityInvalid": errors_pb2.REASON_NO_CERTIFICATE,
    "BadSignature": errors_pb2.REASON_BAD_SIGNATURE,
    "UnknownKey": errors_pb2.REASON_BAD_SIGNATURE,
}
