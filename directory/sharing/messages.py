"""Write applications, grants and what happens to them as the contract's messages, and read them again (tongban.directory.v1).

Law: what is written is read as the same; what this release cannot read raises MessageMalformed, and is never half read.
"""

from datetime import date

from directory.catalogue.vocabulary import Manner, SharingType
from directory.contract import moment, moment_if_any, reading, said_principal, timestamp
from directory.scopes.principal import Principal
from directory.sharing.applications import Grant, ShareApplication
from directory.sharing.history import Share, ShareEvent
from directory.sharing.vocabulary import ShareFlag, SharePhase
from directory.validity import Period
from tongban.directory.v1 import sharing_pb2

RESOURCE = "share"
"""The resource under which they travel."""
TYPE = sharing_pb2.ShareEvent.DESCRIPTOR.full_name


def write_event(application: str, event: ShareEvent, by: Principal | None) -> bytes:
    """Write what happened to an application, and who did it; None where time alone did."""
    said = sharing_pb2.ShareEvent(application_id=application, kind=event.kind, sharing=event.sharing, ground=event.ground)
    said.at.FromDatetime(event.at)
    if event.application is not None:
        said.application.CopyFrom(_application(event.application))
    if event.grant is not None:
        said.grant.CopyFrom(_grant(event.grant))
    if by is not None:
        said.hall = by.hall
        said.by.CopyFrom(said_principal(by))
    return said.SerializeToString()


def read_event(data: bytes) -> tuple[str, ShareEvent]:
    """Read the id of an application and what happened to it; raises MessageMalformed."""
    with reading(TYPE):
        said = sharing_pb2.ShareEvent.FromString(data)
        event = ShareEvent(
            kind=said.kind,
            at=moment(said.at),
            sharing=SharingType(said.sharing),
            application=_read_application(said.application) if said.HasField("application") else None,
            grant=_read_grant(said.grant) if said.HasField("grant") else None,
            ground=said.ground,
        )
        return said.application_id, event


def write_share(share: Share) -> sharing_pb2.Share:
    """Write where an application stands."""
    said = sharing_pb2.Share(
        phase=share.phase,
        sharing=share.sharing,
        answered_at=timestamp(share.answered_at),
        ended_at=timestamp(share.ended_at),
        ground=share.ground,
        flags=sorted(share.flags),
        last_at=timestamp(share.last_at),
        events=share.events,
    )
    if share.application is not None:
        said.application.CopyFrom(_application(share.application))
    if share.grant is not None:
        said.grant.CopyFrom(_grant(share.grant))
    return said


def read_share(said: sharing_pb2.Share) -> Share:
    """Read where an application stands; raises MessageMalformed."""
    with reading(sharing_pb2.Share.DESCRIPTOR.full_name):
        return Share(
            phase=SharePhase(said.phase),
            application=_read_application(said.application) if said.HasField("application") else None,
            sharing=SharingType(said.sharing),
            grant=_read_grant(said.grant) if said.HasField("grant") else None,
            answered_at=moment_if_any(said, "answered_at"),
            ended_at=moment_if_any(said, "ended_at"),
            ground=said.ground,
            flags=frozenset(map(ShareFlag, said.flags)),
            last_at=moment_if_any(said, "last_at"),
            events=said.events,
        )


def share_from_bytes(data: bytes) -> Share:
    """Read where an application stands from a serialised tongban.directory.v1.Share; raises MessageMalformed."""
    with reading(sharing_pb2.Share.DESCRIPTOR.full_name):
        said = sharing_pb2.Share.FromString(data)
    return read_share(said)


def share_to_bytes(share: Share) -> bytes:
    """Write where an application stands, the same bytes for the same share in one release."""
    return write_share(share).SerializeToString(deterministic=True)


def _application(application: ShareApplication) -> sharing_pb2.ShareApplication:
    return sharing_pb2.ShareApplication(
        application=application.application,
        hall=application.hall,
        department=application.department,
        resource=application.resource,
        version=application.version,
        fields=sorted(application.fields),
        purpose=application.purpose,
        basis=application.basis,
        term=_term(application.term),
        manner=application.manner,
        applied_at=timestamp(application.applied_at),
    )


def _read_application(said: sharing_pb2.ShareApplication) -> ShareApplication:
    return ShareApplication(
        application=said.application,
        hall=said.hall,
        department=said.department,
        resource=said.resource,
        version=said.version,
        fields=frozenset(said.fields),
        purpose=said.purpose,
        basis=said.basis,
        term=_read_term(said.term),
        manner=Manner(said.manner),
        applied_at=moment(said.applied_at),
    )


def _grant(grant: Grant) -> sharing_pb2.Grant:
    return sharing_pb2.Grant(
        grant=grant.grant,
        application=grant.application,
        hall=grant.hall,
        department=grant.department,
        resource=grant.resource,
        version=grant.version,
        fields=sorted(grant.fields),
        purpose=grant.purpose,
        basis=grant.basis,
        period=_term(grant.period),
        manner=grant.manner,
        approver=grant.approver,
        granted_at=timestamp(grant.granted_at),
        ended_at=timestamp(grant.ended_at),
    )


def _read_grant(said: sharing_pb2.Grant) -> Grant:
    return Grant(
        grant=said.grant,
        application=said.application,
        hall=said.hall,
        department=said.department,
        resource=said.resource,
        version=said.version,
        fields=frozenset(said.fields),
        purpose=said.purpose,
        basis=said.basis,
        period=_read_term(said.period),
        manner=Manner(said.manner),
        approver=said.approver,
        granted_at=moment(said.granted_at),
        ended_at=moment_if_any(said, "ended_at"),
    )


def _term(period: Period) -> sharing_pb2.Term:
    return sharing_pb2.Term(start=period.start.isoformat(), end=period.end.isoformat() if period.end else "")


def _read_term(said: sharing_pb2.Term) -> Period:
    return Period(date.fromisoformat(said.start), date.fromisoformat(said.end) if said.end else None)
