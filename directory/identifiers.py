"""Check the identifiers that law and standards give to organs, persons, places and service items.

Laws: every check returns what is wrong, empty when nothing is, and takes the one written form of an identifier: no blanks,
no hyphens, capitals. A citizen id is never repeated in an answer, and is shown to nobody but masked.
"""

import re
from datetime import date
from functools import lru_cache

from stdnum.cn import uscc

from directory.texts import foreign_fault

USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: the digits, and the capitals without I, O, S, V and Z, which look like others."""
NO_REGISTRAR = "0"
"""GB 32100: the first sign is the department that registered the organ, 1 to 9 or a capital. The check of eighteen zeros is right."""
MASKED_HEAD, MASKED_TAIL = 3, 4
"""How many signs of a citizen id are shown before and behind the mask."""

_USCC = re.compile(rf"[{USCC_SIGNS}]{{2}}[0-9]{{6}}[{USCC_SIGNS}]{{10}}")
_CITIZEN_ID = re.compile(r"([0-9]{6})([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")
_DIVISION = re.compile(r"[0-9]{6}")
_AREA = re.compile(r"[0-9]{12}")
_BASE = re.compile(r"[0-9]{12}")
_LICENCE_TYPE = re.compile(r"[0-9]{3}")
_MOD_11_2 = "10X98765432"


def uscc_fault(text: str) -> str:
    """Say what is wrong with a unified social credit code (统一社会信用代码, GB 32100-2015)."""
    if odd := foreign_fault(text, "USCC", "it is of digits and capitals"):
        return odd
    if not _USCC.fullmatch(text):
        return f"{text[:40]!r} is not a USCC: 18 digits and capitals without I, O, S, V, Z, its division code six digits (GB 32100)"
    # Only the arithmetic is python-stdnum's: its validate() takes small letters and hyphens, and refuses organs registered under N or Y.
    check = uscc.calc_check_digit(text[:-1])
    if text[-1] != check:
        return f"the check character of the USCC {text!r} is wrong (GB 32100)"
    nobody = f"the USCC {text!r} was issued to nobody: no registering department has the code {NO_REGISTRAR} (GB 32100)"
    return nobody if text[0] == NO_REGISTRAR else ""


def uscc_of(body: str) -> str:
    """Return the USCC of 17 signs, its check character set; raises ValueError for other signs."""
    if not _USCC.fullmatch(f"{body}0"):
        raise ValueError(f"{body!r} is not the body of a USCC")
    return body + uscc.calc_check_digit(body)


def citizen_id_fault(text: str) -> str:
    """Say what is wrong with a citizen id (公民身份号码, GB 11643-1999), without repeating it.

    Its first six digits are the place of the first registration, whose code may have gone long ago: any six will do.
    """
    parts = _CITIZEN_ID.fullmatch(text) if text.isascii() else None
    if parts is None:
        return "a citizen id has 17 digits and a digit or X (GB 11643)"
    try:
        date(int(parts[2]), int(parts[3]), int(parts[4]))
    except ValueError:
        return "the date of birth in a citizen id is no date (GB 11643)"
    return "" if text[-1] == citizen_id_check(text[:-1]) else "the check character of a citizen id is wrong (GB 11643)"


def citizen_id_check(body: str) -> str:
    """Return the check character of 17 digits (ISO 7064 MOD 11-2, as GB 11643 uses it)."""
    total = sum(int(digit) * pow(2, len(body) - place, 11) for place, digit in enumerate(body))
    return _MOD_11_2[total % 11]


def mask_citizen_id(text: str) -> str:
    """Show the first three and the last four signs of a citizen id, `220***********0010`; nothing of what is too short to be one."""
    hidden = len(text) - MASKED_HEAD - MASKED_TAIL
    if hidden < MASKED_HEAD + MASKED_TAIL:
        return "*" * len(text)
    return text[:MASKED_HEAD] + "*" * hidden + text[-MASKED_TAIL:]


def division_code_fault(text: str) -> str:
    """Say what is wrong with the shape of a division code (GB/T 2260); whether there is such a division is another question."""
    if odd := foreign_fault(text, "division code", "a division code is six digits (GB/T 2260)"):
        return odd
    return "" if _DIVISION.fullmatch(text) else f"{text[:40]!r} is not a division code: six digits (GB/T 2260)"


def area_code_fault(text: str) -> str:
    """Say what is wrong with the shape of a statistical area code: a division code and six digits more, down to the village."""
    if odd := foreign_fault(text, "area code", "an area code is twelve digits"):
        return odd
    return "" if _AREA.fullmatch(text) else f"{text[:40]!r} is not an area code: twelve digits"


def base_code_fault(text: str) -> str:
    """Say what is wrong with the base code of a service item (基本编码): twelve digits, not all of them 0."""
    if odd := foreign_fault(text, "base code", "a base code is twelve digits"):
        return odd
    return "" if _BASE.fullmatch(text) and text.strip("0") else f"{text[:40]!r} is not the base code of a service item: twelve digits"


def implementation_code_fault(text: str) -> str:
    """Say what is wrong with an implementation code (实施编码, 31 signs): a USCC, a level from 1 to 6, a base code."""
    if len(text) != 31:  # noqa: PLR2004 - 18 + 1 + 12
        return f"an implementation code has 31 signs, not {len(text)}: a USCC, a level, a base code"
    level = "" if text[18] in "123456" else f"the level {text[18]!a} in an implementation code is not one from 1 to 6"
    return uscc_fault(text[:18]) or level or base_code_fault(text[19:])


def handling_code_fault(text: str) -> str:
    """Say what is wrong with the code of a handling item (业务办理项编码, 33 signs): an implementation code and two digits."""
    if len(text) != 33:  # noqa: PLR2004 - 31 + 2
        return f"the code of a handling item has 33 signs, not {len(text)}: an implementation code and two digits"
    tail = "" if handling_number_fault(text[31:]) == "" else f"the number {text[31:]!a} of a handling item is not two digits"
    return implementation_code_fault(text[:31]) or tail


def handling_number_fault(text: str) -> str:
    """Say what is wrong with the number of a handling item inside its item: two digits, from 01."""
    return (
        ""
        if re.fullmatch(r"[0-9]{2}", text) and text != "00"
        else f"{text[:40]!a} is not the number of a handling item: two digits, from 01"
    )


@lru_cache(maxsize=1024)
def licence_type_fault(text: str) -> str:
    """Say what is wrong with the code of a licence type (证照类型代码, GB/T 36903): USCC of the defining organ and three digits."""
    if len(text) != 21 or not _LICENCE_TYPE.fullmatch(text[18:]):  # noqa: PLR2004 - 18 + 3
        return f"{text[:40]!a} is not a licence type: the USCC of the organ that defined it and three digits"
    return uscc_fault(text[:18])
