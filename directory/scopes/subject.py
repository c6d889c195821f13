"""Say what is acted on, as far as rules look at it.

Laws: whoever asks for a decision fills in what it knows to be so of the object itself, never what a request claims of
it. What is not filled in satisfies no rule that looks at it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from directory.validity import Period


class Granted(Protocol):
    """What the law looks at of a grant, such as directory.sharing keeps them; an empty department is the whole hall."""

    @property
    def hall(self) -> str:
        """Give the hall to which it was given."""
        ...

    @property
    def department(self) -> str:
        """Give the department to which it was given."""
        ...

    @property
    def resource(self) -> str:
        """Give the resource of which it is."""
        ...

    @property
    def fields(self) -> frozenset[str]:
        """Give what of each record may be read."""
        ...

    @property
    def purpose(self) -> str:
        """Give what it is for, and for nothing else."""
        ...

    @property
    def period(self) -> Period:
        """Give the days on which it holds."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """Give when it was ended before its time; None when it was not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is acted on; ids, empty or None where there is nothing to say.

    `hall` and `department` are those whose thing it is ("hub" for what the hub keeps): of a case its hall and the
    department to which the step is assigned, of a resource or licence its provider, of a request for guidance the hall
    and department that are asked, of an order or card those whom it concerns.
    """

    hall: str
    department: str = ""
    referred_to: str = ""
    """The hall to which the case was referred."""
    thread_halls: frozenset[str] = frozenset()
    """The halls that take part in guidance threads about the case."""
    issuer_hall: str = ""
    """The hall that issued the card."""
    case_open: bool | None = None
    """Of the case itself, or of the case that is cited."""
    case_hall: str = ""
    """Of the case that is cited as the reason of a query."""
    case_department: str = ""
    type_issued: bool | None = None
    """Whether `hall` may issue licences of the type."""
    without_payload: bool | None = None
    """Whether what is shown holds no payload."""
    resource: str = ""
    fields: frozenset[str] = frozenset()
    """What is asked for of the resource's records."""
    purpose: str = ""
    grant: Granted | None = None
    second_person: str = ""
    """Who has confirmed the act."""
    cited_rule: str = ""
    """The rule of supervision by which the act is done."""
    role: str = ""
    """The role that is given or taken away."""
