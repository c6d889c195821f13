"""Let programs find their modules compiled: hundreds are started here, and each would compile them anew.

Law: only what runs under these tests is concerned, in a folder of its own, whatever the caller's environment says about bytecode.
"""

import os

from tests.province.business import ROOT

FOLDER = ROOT / ".pytest_cache" / "bytecode"


def keep() -> None:
    """Have every program that is started from here on keep its bytecode."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(FOLDER)
