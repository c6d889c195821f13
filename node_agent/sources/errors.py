"""Name everything that can go wrong with a source.

SourceError (an AgentError)
├── SourceUnavailable      the hall's system cannot be reached or is locked; the next run tries again, nothing is lost
├── ResourceNotSendable    the catalogue that this hall holds does not let it send this resource; it goes on when that changes
├── SourceMisconfigured    query, mapping and rows do not fit together; a person must mend the configuration
└── RowRejected            one row cannot become an event; it is set aside, the others go on
"""

from node_agent.errors import AgentError


class SourceError(AgentError):
    """A source did not do what was asked."""


class SourceUnavailable(SourceError):
    """The hall's system cannot be read now."""


class ResourceNotSendable(SourceError):
    """The catalogue that this hall holds does not let it send the resource of the source."""


class SourceMisconfigured(SourceError):
    """Query, mapping and rows do not fit together."""


class RowRejected(SourceError):
    """One row cannot become an event; the text is the reason, without the row."""
