"""Say what business systems send and are answered.

Laws: a wrong key is refused; whose licence it is stands in bodies alone, as text. Days are those of Asia/Shanghai, times UTC in ISO 8601.
"""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from directory.licences.vocabulary import ActKind, Ground

Text = Annotated[str, Field(max_length=500)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
LicenceNumber = Annotated[
    str, Field(min_length=1, max_length=120, examples=["1.2.156.3005.2.11220000DEM0002176001.220184.202600000001.001.9"])
]
TypeCode = Annotated[str, Field(min_length=1, max_length=30, examples=["11220000DEM0002176001"])]
FieldName = Annotated[str, Field(min_length=1, max_length=100)]
Fields = Annotated[dict[str, Any], Field(description="What the licence says, by the names of the fields of its type.")]
TrustLevel = Literal["A", "B", "C", "D"]
RENEWAL: Final = "准予延续"
"""Why a licence is renewed, if nothing else is said."""


class Body(BaseModel):
    """What is sent or answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Version(Body):
    """For when a version is valid, and how it came into the exchange."""

    valid_from: date | None = Field(None, description="The first day; today if it is not given.")
    valid_until: date | None = Field(None, description="The last day; as long as the type allows if it is not given.")
    trust_level: TrustLevel = Field("A", description="A issued and sealed, B seen at a window, C uploaded, D self-made.")
    layout_digest: str = Field("", max_length=100, description="`sha-256:` and the digest of the sealed layout file in base64url.")
    case_number: str = Field("", max_length=100, description="The case of this hall in which it is done.")


class Issue(Version):
    """Issue a licence under the hall's next number."""

    type: TypeCode
    fields: Fields


class Change(Version):
    """Make the next version of a licence, which says all of itself again."""

    licence_id: LicenceNumber
    fields: Fields
    ground: Word


class Renew(Version):
    """Make the next version of a licence, which says the same and is valid for longer."""

    licence_id: LicenceNumber
    ground: Word = RENEWAL


class Suspend(Body):
    """Suspend a licence; it is not valid until it is resumed."""

    licence_id: LicenceNumber
    ground: Word
    document: str = Field("", max_length=100, description="The number of the document by which it is done.")
    case_number: str = Field("", max_length=100)


class Resume(Suspend):
    """Resume a licence that is suspended."""


class Supersede(Body):
    """Let another licence of the hall stand in the place of one."""

    licence_id: LicenceNumber
    successor: LicenceNumber
    ground: Word
    case_number: str = Field("", max_length=100)


class End(Body):
    """Propose to end a licence; somebody else confirms it."""

    licence_id: LicenceNumber
    act: Literal[ActKind.ANNULLED, ActKind.WITHDRAWN, ActKind.REVOKED, ActKind.CANCELLED]
    ground: Ground
    basis: Word
    document: str = Field("", max_length=100)
    case_number: str = Field("", max_length=100)


class Confirm(Body):
    """Confirm an ending that was proposed, with the key of another person."""

    ending: Annotated[str, Field(min_length=1, max_length=100)]


class Drop(Confirm):
    """Take back an ending that was proposed and waits."""


class Status(Body):
    """Ask what became of a request of one's own."""

    request: Word = Field(description="The Idempotency-Key with which it was asked.")


Standing = Literal["queued", "sent", "held", "accepted", "refused", "invalid", "proposed", "dropped"]
"""How far a request has come; an ending that is confirmed stands as its act does."""


class Done(Body):
    """What was done; `standing` says how far it has come: queued here, sent, accepted by the hub, refused by it, or found invalid."""

    licence_id: str
    act: ActKind
    event_id: str
    done_at: datetime
    repeated: bool = Field(description="It had been done before, by the same request.")
    standing: Standing
    hub_reached: bool = Field(description="False: the hub is not reached now; what is queued goes by itself when it is.")


class Proposed(Body):
    """An ending that was proposed; `ending` is what another person confirms."""

    ending: str
    licence_id: str
    act: ActKind
    proposed_at: datetime
    standing: Standing


class Became(Body):
    """What became of a request."""

    operation: str
    licence_id: str
    act: ActKind
    standing: Standing
    ending: str = ""
    event_id: str = ""
    reason: str = Field("", description="Of a refusal: a word of the exchange.")
    fault: str = Field("", description="Of an act that the registry found invalid.")
    what: str = ""


class Holder(Body):
    """Whose licence: 001 and a USCC, 111 and a citizen id, or another kind of GB/T 36903."""

    code_type: Annotated[str, Field(min_length=1, max_length=10)]
    code: Annotated[str, Field(min_length=1, max_length=100)]


class One(Body):
    """One licence by its identifier, or those of a holder; `fields` empty: all that the grant opens."""

    licence_id: str = Field("", max_length=120)
    holder: Holder | None = None
    type: str = Field("", max_length=30)
    fields: Annotated[list[FieldName], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.licence_id) == (self.holder is not None):
            raise ValueError("give either licence_id or holder")
        return self


class Purpose(Body):
    """For what licences are looked at, in which case; it is written down for their holders."""

    purpose: Word
    basis: Text = ""
    case_hall: Word
    case_number: Word


class Query(Body):
    """Look at licences for a purpose."""

    purpose: Purpose
    queries: Annotated[list[One], Field(min_length=1, max_length=500)]


class Found(Body):
    """A licence with what may be seen of it; `verified`: its signature and issuer were checked here too."""

    licence_id: str
    type: str
    status: str
    ground: str
    status_since: datetime | None
    read_up_to: datetime | None
    trust_level: str
    presentation: str
    fields: dict[str, Any]
    verified: bool


class Answer(Body):
    """What was found; without licences nothing is said of whether there are any."""

    licences: list[Found]
    grant: str


class Answers(Body):
    """One answer for each query, in order; `ledger_index` is of the access record."""

    answers: list[Answer]
    ledger_index: int


class Verify(Body):
    """Have a presentation checked."""

    presentation: Annotated[str, Field(min_length=1, max_length=200_000)]
    annotation: Annotated[str, Field(max_length=20_000)] = ""


class Verified(Body):
    """Whether it holds, and how the licence stands now; `fault` says why it does not.

    Of a copy that holds: for whom it was made, for what, until when and by which hall; `made_for_caller` is true when the recipient is the
    hall that asks, or its department. What was made for somebody else is of no use to anyone else.
    """

    valid: bool
    fault: str
    status: str
    disclosed: list[str]
    recipient: str = ""
    purpose: str = ""
    expires_at: datetime | None = None
    made_by: str = ""
    made_for_caller: bool = False


class Health(Body):
    """How the agent is."""

    hall: str
    store: Literal["well", "failing"]
    hub: Literal["reached", "away"]


class Detail(BaseModel):
    """One more fact of an error, of a `type` of google.rpc."""

    model_config = ConfigDict(extra="allow")
    type: str


class Error(Body):
    """Why a call was not done: `code` is the HTTP status, `reason` a word to switch on, `message` for people."""

    code: int
    reason: str
    message: str
    details: list[Detail]


class Refusal(Body):
    """An answer that is none."""

    error: Error
