"""Log lines for machines and people: JSON lines, or coloured text on a terminal.

Each line carries site and service, and within a story its correlation and trace id. A line may hold ids and coarse
facts; never a name, address, phone number or birth date. Exceptions are reduced to type and place, because their
texts quote the values that they choked on.
"""

import logging
import sys
import traceback
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared import tracing


def describe(error: BaseException) -> str:
    """Type and innermost place of an exception, without its text: safe in logs, headers and dead letters."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return f"{type(error).__name__}{f' (SQLSTATE {state})' if state else ''}{place}"


def _add_story(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    if (present := tracing.current.get()) is not None:
        line.setdefault("correlation_id", str(present.correlation_id))
        line.setdefault("trace_id", present.traceparent.split("-")[1])
        if present.causation_id is not None:
            line.setdefault("event_id", str(present.causation_id))
    return line


def _reduce_exception(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    info = line.pop("exc_info", None)
    if not info:
        return line
    error = info if isinstance(info, BaseException) else (info[1] if isinstance(info, tuple) else sys.exc_info()[1])
    if error is not None:
        line["error"] = describe(error)
        line["stack"] = [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-8:]
        ]
    return line


def _without_repr(line: logging.LogRecord) -> bool:
    """asyncio quotes a forgotten task's exception in the message itself; the exception is told by type and place."""
    if line.exc_info:
        line.msg, line.args = "a task or callback failed", ()
    return True


def configure(site: str, service: str, log_format: Literal["auto", "json", "console"] = "auto") -> None:
    """Send structlog's and the standard library's lines, in one form, to standard output."""
    as_text = log_format == "console" or (log_format == "auto" and sys.stdout.isatty())

    def add_origin(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        return {"site": site, "service": service, **line}

    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_origin,
        _add_story,
        _reduce_exception,
    ]
    render: Processor = (
        structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            foreign_pre_chain=before,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # uvicorn's access lines hold query strings (a searched name); the request log of shared.web replaces them.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("asyncio").addFilter(_without_repr)
    for noisy in ("aio_pika", "aiormq", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
