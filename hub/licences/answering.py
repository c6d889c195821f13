"""Put what may be seen of licences into the words of the contract.

Laws: an answer holds the disclosures that were decided on and no others, of credentials as their halls signed them; how a licence stands
is told as of now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from certs.credential import reduced
from directory.licences.lifecycle import status_at
from directory.licences.vocabulary import Status
from hub.cases.times import timestamp, unix_ms
from hub.licences.chains import Chains
from hub.licences.judged import Judged, Shown
from hub.licences.queries import Row
from hub.licences.sealing import Seal
from tongban.licence.v1.licence_pb2 import TrustLevel
from tongban.licence.v1.licence_service_pb2 import FoundLicence, LicenceAnswer


@dataclass(frozen=True, slots=True)
class Answering:
    """Who opens what is kept, once it was decided that it may be seen."""

    seal: Seal
    chains: Chains
    clock: Callable[[], datetime]

    def answer(self, judged: Judged, read_up_to_ms: int) -> LicenceAnswer:
        """Return the answer to one query: nothing at all where nothing is shown. Raises SealBroken."""
        return LicenceAnswer(licences=[self._found(one, read_up_to_ms) for one in judged.shown], grant=judged.grant)

    def _found(self, shown: Shown, read_up_to_ms: int) -> FoundLicence:
        row = shown.row
        status, since_ms = standing(row, self.clock())
        return FoundLicence(
            licence_id=row.licence_id,
            type=row.type,
            presentation=reduced(self.seal.open(row.sealed, row.licence_id), shown.opened.claims),
            status=status.value,
            ground=row.ground,
            status_since=timestamp(since_ms),
            read_up_to=timestamp(read_up_to_ms),
            trust_level=TrustLevel.Name(row.trust_level),
            chain=self.chains.of(row.hall),
        )


def standing(row: Row, now: datetime) -> tuple[Status, int]:
    """Return how a version stands at a moment, and since when, in Unix milliseconds."""
    until = datetime.fromtimestamp(row.valid_to_ms / 1000, UTC) if row.valid_to_ms is not None else None
    status = status_at(Status(row.status), until, now)
    return status, unix_ms(until) if status is Status.EXPIRED and until else row.since_ms
