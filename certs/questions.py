"""Sign questions to the hub with the hall's log key in force.

Laws: what is signed names the hub that is asked and the digest of the question's bytes as they travel; its first line is the name
of no log, so no question is ever a checkpoint, nor a checkpoint a question. Time, nonce and person are in the question itself.

    <trust domain>/question
    audience <who is asked, e.g. //<trust domain>/hub>
    sha256 <base64 of the SHA-256 of the question>
"""

import re
from base64 import b64encode
from hashlib import sha256

from certs.errors import BadSignature, ForeignQuestion, MalformedNote
from certs.names import parse_origin
from certs.notes import Signer, Verifier, open_signed_once, sign

_AUDIENCE = re.compile(r"[!-~]{1,300}")


def sign_question(question: bytes, audience: str, signer: Signer) -> str:
    """Return a note over a question by a hall's log key; raises MalformedNote or MalformedName when it could not be one."""
    return sign(_text(question, audience, signer.name), [signer])


def open_question(question: bytes, note: str, verifier: Verifier, audience: str) -> None:
    """Check that a log key signed this question for this audience.

    Raises MalformedNote, UnknownKey, BadSignature, or ForeignQuestion for one that is meant for someone else.
    """
    text = open_signed_once(note, verifier)
    if text == _text(question, audience, verifier.name):
        return
    if text.split("\n")[1] != f"audience {audience}":
        raise ForeignQuestion("the question is meant for someone else")
    raise BadSignature("another question was signed")


def _text(question: bytes, audience: str, log: str) -> str:
    if not _AUDIENCE.fullmatch(audience):
        raise MalformedNote("a question is meant for somebody, named in one word of ASCII")
    digest = b64encode(sha256(question).digest()).decode()
    return f"{parse_origin(log).trust_domain}/question\naudience {audience}\nsha256 {digest}\n"
