"""Read from a hall's journal which key it names as its next one."""

from google.protobuf.message import DecodeError

from certs.errors import BadSignature, UnknownKey
from certs.key_entries import Succession
from certs.keyring import Keyring
from certs.notes import open_note, parse_vkey
from tongban.enrolment.v1.enrolment_pb2 import LogKeySuccessor


def succession(hall: str, epoch: int, index: int, payload: bytes, keyring: Keyring) -> Succession | None:
    """Return the act that lets a successor count behind the leaf `index`; None when it counts already.

    The leaf is signed by the key in force, the possession by the successor over that key. Raises what certs.errors names.
    """
    try:
        said = LogKeySuccessor.FromString(payload)
    except DecodeError as error:
        msg = "the leaf that should name a successor is not a LogKeySuccessor"
        raise UnknownKey(msg) from error
    successor = parse_vkey(said.successor)
    if keyring.log_key(hall, epoch, index + 2) == successor:
        return None
    predecessor = keyring.log_key(hall, epoch, index + 1)
    if open_note(said.possession, [successor]) != f"{predecessor.vkey}\n":
        msg = "the successor's note is not over the key in force"
        raise BadSignature(msg)
    act = Succession(hall, epoch, index, said.successor)
    keyring.copy().apply(keyring.ledger_index + 1, bytes(32), act)
    return act
