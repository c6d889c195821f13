"""Read which page a caller asks for (AIP-158)."""

from hub.cases.paging import PageTokens, Position, Question
from hub.errors import Refusal
from tongban.errors.v1 import errors_pb2

DEFAULT_PAGE = 50
LARGEST_PAGE = 1_000


def page_size(asked: int) -> int:
    """Return how many rows a page holds: 0 leaves it to us, too many are capped."""
    return min(asked or DEFAULT_PAGE, LARGEST_PAGE)


def position_in(tokens: PageTokens, token: str, caller: str, question: Question) -> Position | None:
    """Return where a page begins, None for the first; raises Refusal for a token not made for this caller and question."""
    if not token:
        return None
    position = tokens.read(token, caller, question)
    if position is None:
        # Without a word on which part is at fault.
        text = "the page token was not made for this caller and this question; begin again without one"
        raise Refusal(errors_pb2.REASON_PAGE_TOKEN_INVALID, text, field="page_token")
    return position
