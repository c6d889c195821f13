"""Make the tokens by which a caller asks for the next page.

Laws: a token is good for the caller and the question it was made for, and for nobody and nothing else (AIP-158);
it holds no more than where the last page ended, which the caller has read.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence

Position = tuple[str | int, ...]
"""The sort key of a page's last row."""

Question = Sequence[str | int | None]
"""The method and its filters."""

_MAC_BYTES = 32
_TOKEN_CHARACTERS = 4096


class PageTokens:
    """Tokens under one secret of the hub, of at least 32 bytes; another secret makes the old tokens void."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MAC_BYTES:
            raise ValueError("the secret of page tokens has at least 32 bytes")
        self._secret = secret

    def write(self, caller: str, question: Question, position: Position) -> str:
        """Make the token for what follows `position` in the answer to a question."""
        where = json.dumps(position, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(caller, question, where) + where).decode()

    def read(self, token: str, caller: str, question: Question) -> Position | None:
        """Return the position in a token, or None when it was not made for this caller and this question."""
        if len(token) > _TOKEN_CHARACTERS:
            return None
        try:
            raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        mac, where = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(caller, question, where)):
            return None
        return tuple(json.loads(where))

    def _mac(self, caller: str, question: Question, where: bytes) -> bytes:
        # JSON keeps the parts apart, so that no two questions have one spelling.
        said = json.dumps([caller, *question]).encode() + b"\n" + where
        return hmac.digest(self._secret, said, "sha256")
