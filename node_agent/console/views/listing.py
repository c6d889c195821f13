"""Ask the hub for one page of a list, and say how it came out."""

from dataclasses import dataclass
from typing import Any, Final

from node_agent.console.asking import Unanswered, Verb
from node_agent.console.visit import Visit

PAGE: Final = 25
MOST_TOKEN: Final = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: its rows, the token of the next one (empty for the last), its own (empty for the first), and why there is none."""

    rows: list[Any]
    more: str
    page: str
    unanswered: Unanswered | None

    @property
    def is_first(self) -> bool:
        """Tell whether nothing comes before it."""
        return not self.page

    def facts(self) -> dict[str, Any]:
        """Return what templates call these."""
        return {"rows": self.rows, "more": self.more, "page": self.page, "is_first": self.is_first, "unanswered": self.unanswered}


async def listed(visit: Visit, verb: Verb[Any, Any], request: Any, rows: str) -> Listed:  # noqa: ANN401 - a message of the contract
    """Ask for the page that the address names; `rows` is the field of the answer that holds them."""
    request.page_size = PAGE
    request.page_token = visit.asked("page", MOST_TOKEN)
    answer = await visit.site.asking.ask(verb, request)
    if isinstance(answer, Unanswered):
        return Listed([], "", request.page_token, answer)
    return Listed(list(getattr(answer.said, rows)), answer.said.next_page_token, request.page_token, None)
