"""Write log lines: a static event, data as keywords, to standard error."""

import logging
import sys

import structlog


def begin(level: str, form: str) -> None:
    """Log at `level` and above, as `json` or for a `console`."""
    # APScheduler tells of each job it runs, and of sources that fail, which this agent tells itself.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
