"""Let tests and the programs they start find their modules compiled: hundreds are started, and each would compile them anew.

Law: where the caller wants no bytecode beside the sources, it is kept in a folder of the tests' own.
"""

import os
import sys

from tests.province.business import ROOT

FOLDER = ROOT / ".pytest_cache" / "bytecode"


def keep() -> None:
    """Keep bytecode from here on, in this process and in every program that it starts."""
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(FOLDER)
        sys.dont_write_bytecode = False
