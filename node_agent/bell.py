"""Let other processes of the hall wake the agent, such as the command line, when they have written something for it.

Laws: what was written is durable before the bell is rung, and is found without it too, only later; to ring never waits and never fails;
a ring tells nothing but that it is time to look. The bell is a plain file, so that `data_dir` can be copied by anything.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)

FILE = "bell"
_IN_ATTRIB = 0x4
"""inotify(7): the file was touched."""
_RINGS_TOGETHER = 65_536
"""Bytes of the kernel's notes that are taken at once."""


def ring(data_dir: Path) -> None:
    """Wake the agent that works on `data_dir`, if one does."""
    with suppress(OSError):  # no agent ever worked here, or its files are another user's
        os.utime(data_dir / FILE)


@contextmanager
def hung(data_dir: Path, heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` in the running loop when others ring; rings that come together are one. Where no bell can be hung there is none."""
    try:
        handle = _watched(data_dir / FILE)
    except (OSError, AttributeError) as error:  # no system but Linux has inotify
        _log.info("other processes cannot wake the agent", error=str(error))
        yield
        return

    def rung() -> None:
        os.read(handle, _RINGS_TOGETHER)
        heard()

    loop = asyncio.get_running_loop()
    loop.add_reader(handle, rung)
    try:
        yield
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _watched(path: Path) -> int:
    """Return a handle that can be read when a file was touched; raises OSError or AttributeError."""
    path.touch(mode=0o600)
    kernel = ctypes.CDLL(None, use_errno=True)
    handle: int = kernel.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if handle < 0:
        raise _refused()
    if kernel.inotify_add_watch(handle, os.fsencode(path), _IN_ATTRIB) < 0:
        os.close(handle)
        raise _refused()
    return handle


def _refused() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
