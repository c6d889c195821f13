"""Name everything that can go wrong with a sink.

SinkError (an AgentError)
├── SinkUnavailable      the hall's system cannot be reached or is locked; the next run tries again, nothing is lost
├── SinkMisconfigured    its tables do not fit; a person must mend them or the configuration
└── EntryUnusable        one delivered entry cannot become a row; it is parked, the others go on
"""

from node_agent.errors import AgentError


class SinkError(AgentError):
    """A sink did not do what was asked."""


class SinkUnavailable(SinkError):
    """The hall's system cannot be written now."""


class SinkMisconfigured(SinkError):
    """The tables of the hall's system do not fit."""


class EntryUnusable(SinkError):
    """One delivered entry cannot become a row; the text is the reason."""
