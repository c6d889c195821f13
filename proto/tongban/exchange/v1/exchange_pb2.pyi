import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.errors.v1 import errors_pb2 as _errors_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Disposition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPOSITION_UNSPECIFIED: _ClassVar[Disposition]
    DISPOSITION_ACCEPTED: _ClassVar[Disposition]
    DISPOSITION_REFUSED: _ClassVar[Disposition]
    DISPOSITION_HELD: _ClassVar[Disposition]

class LedgerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEDGER_KIND_UNSPECIFIED: _ClassVar[LedgerKind]
    LEDGER_KIND_MESSAGE: _ClassVar[LedgerKind]
    LEDGER_KIND_KEY: _ClassVar[LedgerKind]

class Form(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORM_UNSPECIFIED: _ClassVar[Form]
    FORM_FULL: _ClassVar[Form]
    FORM_WITHDRAWN: _ClassVar[Form]
    FORM_ERASED: _ClassVar[Form]
DISPOSITION_UNSPECIFIED: Disposition
DISPOSITION_ACCEPTED: Disposition
DISPOSITION_REFUSED: Disposition
DISPOSITION_HELD: Disposition
LEDGER_KIND_UNSPECIFIED: LedgerKind
LEDGER_KIND_MESSAGE: LedgerKind
LEDGER_KIND_KEY: LedgerKind
FORM_UNSPECIFIED: Form
FORM_FULL: Form
FORM_WITHDRAWN: Form
FORM_ERASED: Form

class SubmitRequest(_message.Message):
    __slots__ = ("open", "batch", "pong", "close")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    open: SubmitOpen
    batch: bytes
    pong: Pong
    close: Close
    def __init__(self, open: _Optional[_Union[SubmitOpen, _Mapping]] = ..., batch: _Optional[bytes] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., close: _Optional[_Union[Close, _Mapping]] = ...) -> None: ...

class SubmitOpen(_message.Message):
    __slots__ = ("protocol_version", "journal", "size", "release", "ledger_checkpoint")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    LEDGER_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    journal: str
    size: int
    release: str
    ledger_checkpoint: str
    def __init__(self, protocol_version: _Optional[int] = ..., journal: _Optional[str] = ..., size: _Optional[int] = ..., release: _Optional[str] = ..., ledger_checkpoint: _Optional[str] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("checkpoint", "envelopes", "hash_only")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    HASH_ONLY_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    envelopes: _containers.RepeatedScalarFieldContainer[bytes]
    hash_only: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, checkpoint: _Optional[str] = ..., envelopes: _Optional[_Iterable[bytes]] = ..., hash_only: _Optional[_Iterable[int]] = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("opened", "receipt", "ping", "drain")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    opened: SubmitOpened
    receipt: Receipt
    ping: Ping
    drain: Drain
    def __init__(self, opened: _Optional[_Union[SubmitOpened, _Mapping]] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ...) -> None: ...

class SubmitOpened(_message.Message):
    __slots__ = ("lease", "size", "root", "limits", "hub_time")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    HUB_TIME_FIELD_NUMBER: _ClassVar[int]
    lease: int
    size: int
    root: bytes
    limits: Limits
    hub_time: _timestamp_pb2.Timestamp
    def __init__(self, lease: _Optional[int] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., hub_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("frame_bytes", "envelope_bytes", "batch_length", "batches_in_flight")
    FRAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_BYTES_FIELD_NUMBER: _ClassVar[int]
    BATCH_LENGTH_FIELD_NUMBER: _ClassVar[int]
    BATCHES_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    frame_bytes: int
    envelope_bytes: int
    batch_length: int
    batches_in_flight: int
    def __init__(self, frame_bytes: _Optional[int] = ..., envelope_bytes: _Optional[int] = ..., batch_length: _Optional[int] = ..., batches_in_flight: _Optional[int] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("journal_size", "count", "ledger_first", "accepted_at", "dispositions", "reasons", "keys", "ledger_checkpoint", "ledger_proof", "kind")
    JOURNAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIRST_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_PROOF_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    journal_size: int
    count: int
    ledger_first: int
    accepted_at: _timestamp_pb2.Timestamp
    dispositions: _containers.RepeatedScalarFieldContainer[Disposition]
    reasons: _containers.RepeatedScalarFieldContainer[_errors_pb2.Reason]
    keys: KeyChain
    ledger_checkpoint: str
    ledger_proof: _containers.RepeatedScalarFieldContainer[bytes]
    kind: LedgerKind
    def __init__(self, journal_size: _Optional[int] = ..., count: _Optional[int] = ..., ledger_first: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dispositions: _Optional[_Iterable[_Union[Disposition, str]]] = ..., reasons: _Optional[_Iterable[_Union[_errors_pb2.Reason, str]]] = ..., keys: _Optional[_Union[KeyChain, _Mapping]] = ..., ledger_checkpoint: _Optional[str] = ..., ledger_proof: _Optional[_Iterable[bytes]] = ..., kind: _Optional[_Union[LedgerKind, str]] = ...) -> None: ...

class KeyChain(_message.Message):
    __slots__ = ("count", "hash")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    count: int
    hash: bytes
    def __init__(self, count: _Optional[int] = ..., hash: _Optional[bytes] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: int
    def __init__(self, nonce: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: int
    def __init__(self, nonce: _Optional[int] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Close(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("open", "acknowledgement", "cosignature", "pong", "close")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    open: ReceiveOpen
    acknowledgement: Acknowledgement
    cosignature: Cosignature
    pong: Pong
    close: Close
    def __init__(self, open: _Optional[_Union[ReceiveOpen, _Mapping]] = ..., acknowledgement: _Optional[_Union[Acknowledgement, _Mapping]] = ..., cosignature: _Optional[_Union[Cosignature, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., close: _Optional[_Union[Close, _Mapping]] = ...) -> None: ...

class ReceiveOpen(_message.Message):
    __slots__ = ("protocol_version", "inbox", "checkpoint", "window_bytes", "cosigned_size", "ledger_checkpoint", "not_full")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    INBOX_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BYTES_FIELD_NUMBER: _ClassVar[int]
    COSIGNED_SIZE_FIELD_NUMBER: _ClassVar[int]
    LEDGER_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    NOT_FULL_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    inbox: str
    checkpoint: str
    window_bytes: int
    cosigned_size: int
    ledger_checkpoint: str
    not_full: _containers.RepeatedCompositeFieldContainer[FormRange]
    def __init__(self, protocol_version: _Optional[int] = ..., inbox: _Optional[str] = ..., checkpoint: _Optional[str] = ..., window_bytes: _Optional[int] = ..., cosigned_size: _Optional[int] = ..., ledger_checkpoint: _Optional[str] = ..., not_full: _Optional[_Iterable[_Union[FormRange, _Mapping]]] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("checkpoint", "not_full")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    NOT_FULL_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    not_full: _containers.RepeatedCompositeFieldContainer[FormRange]
    def __init__(self, checkpoint: _Optional[str] = ..., not_full: _Optional[_Iterable[_Union[FormRange, _Mapping]]] = ...) -> None: ...

class FormRange(_message.Message):
    __slots__ = ("first", "count", "form")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    first: int
    count: int
    form: Form
    def __init__(self, first: _Optional[int] = ..., count: _Optional[int] = ..., form: _Optional[_Union[Form, str]] = ...) -> None: ...

class Cosignature(_message.Message):
    __slots__ = ("ledger_size", "line")
    LEDGER_SIZE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    ledger_size: int
    line: str
    def __init__(self, ledger_size: _Optional[int] = ..., line: _Optional[str] = ...) -> None: ...

class ReceiveResponse(_message.Message):
    __slots__ = ("opened", "delivery", "proposal", "witnessed", "ping", "drain", "acknowledged")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    opened: ReceiveOpened
    delivery: Delivery
    proposal: Proposal
    witnessed: Witnessed
    ping: Ping
    drain: Drain
    acknowledged: Acknowledged
    def __init__(self, opened: _Optional[_Union[ReceiveOpened, _Mapping]] = ..., delivery: _Optional[_Union[Delivery, _Mapping]] = ..., proposal: _Optional[_Union[Proposal, _Mapping]] = ..., witnessed: _Optional[_Union[Witnessed, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., acknowledged: _Optional[_Union[Acknowledged, _Mapping]] = ...) -> None: ...

class ReceiveOpened(_message.Message):
    __slots__ = ("size", "checkpoint", "waiting")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    size: int
    checkpoint: str
    waiting: int
    def __init__(self, size: _Optional[int] = ..., checkpoint: _Optional[str] = ..., waiting: _Optional[int] = ...) -> None: ...

class Acknowledged(_message.Message):
    __slots__ = ("size",)
    SIZE_FIELD_NUMBER: _ClassVar[int]
    size: int
    def __init__(self, size: _Optional[int] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("first", "segments", "waiting", "replay")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    first: int
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    waiting: int
    replay: bool
    def __init__(self, first: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., waiting: _Optional[int] = ..., replay: _Optional[bool] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("ledger_first", "count", "runs", "batch", "extract", "accepted_at", "dispositions", "keys", "ledger_checkpoint", "ledger_proof", "kind", "journal_proof", "withheld")
    LEDGER_FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_PROOF_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_PROOF_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    ledger_first: int
    count: int
    runs: _containers.RepeatedScalarFieldContainer[int]
    batch: bytes
    extract: Extract
    accepted_at: _timestamp_pb2.Timestamp
    dispositions: _containers.RepeatedScalarFieldContainer[Disposition]
    keys: KeyChain
    ledger_checkpoint: str
    ledger_proof: _containers.RepeatedScalarFieldContainer[bytes]
    kind: LedgerKind
    journal_proof: _containers.RepeatedScalarFieldContainer[bytes]
    withheld: _containers.RepeatedCompositeFieldContainer[Withheld]
    def __init__(self, ledger_first: _Optional[int] = ..., count: _Optional[int] = ..., runs: _Optional[_Iterable[int]] = ..., batch: _Optional[bytes] = ..., extract: _Optional[_Union[Extract, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dispositions: _Optional[_Iterable[_Union[Disposition, str]]] = ..., keys: _Optional[_Union[KeyChain, _Mapping]] = ..., ledger_checkpoint: _Optional[str] = ..., ledger_proof: _Optional[_Iterable[bytes]] = ..., kind: _Optional[_Union[LedgerKind, str]] = ..., journal_proof: _Optional[_Iterable[bytes]] = ..., withheld: _Optional[_Iterable[_Union[Withheld, _Mapping]]] = ...) -> None: ...

class Withheld(_message.Message):
    __slots__ = ("position", "form", "recipients_hash")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_HASH_FIELD_NUMBER: _ClassVar[int]
    position: int
    form: Form
    recipients_hash: bytes
    def __init__(self, position: _Optional[int] = ..., form: _Optional[_Union[Form, str]] = ..., recipients_hash: _Optional[bytes] = ...) -> None: ...

class Extract(_message.Message):
    __slots__ = ("checkpoint", "envelopes")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    envelopes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, checkpoint: _Optional[str] = ..., envelopes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Proposal(_message.Message):
    __slots__ = ("checkpoint", "from_size", "consistency_proof")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    FROM_SIZE_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_PROOF_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    from_size: int
    consistency_proof: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, checkpoint: _Optional[str] = ..., from_size: _Optional[int] = ..., consistency_proof: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Witnessed(_message.Message):
    __slots__ = ("checkpoint",)
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    checkpoint: str
    def __init__(self, checkpoint: _Optional[str] = ...) -> None: ...

class GetJournalRequest(_message.Message):
    __slots__ = ("journal", "first")
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    journal: str
    first: int
    def __init__(self, journal: _Optional[str] = ..., first: _Optional[int] = ...) -> None: ...

class GetJournalResponse(_message.Message):
    __slots__ = ("batch", "receipt")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    batch: bytes
    receipt: Receipt
    def __init__(self, batch: _Optional[bytes] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ...) -> None: ...
