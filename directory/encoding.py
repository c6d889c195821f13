"""Take the text out of a file.

Laws: files are UTF-8; the mark that spreadsheets put before it (U+FEFF) is no part of the text.
"""

import codecs

from directory.errors import Fault, ListMalformed


def utf8(data: bytes) -> str:
    """Return the text of a file; raises ListMalformed with the line on which it is no UTF-8."""
    kept = data.removeprefix(codecs.BOM_UTF8)
    try:
        return kept.decode("utf-8")
    except UnicodeDecodeError as error:
        line = kept.count(b"\n", 0, error.start) + 1
        raise ListMalformed([Fault(line, "not UTF-8; in a spreadsheet, save it as CSV UTF-8")]) from None
