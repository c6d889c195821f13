"""Make lists of halls, departments, resources and rules that hold together."""

from datetime import date
from functools import cache
from importlib.resources import files

from directory.catalogue.catalogue_file import tables
from directory.documents import write_toml
from directory.register.fold import Documents, changed
from directory.register.importing import File, Plan, plan
from directory.scopes.reading import default_rules, rules_as_toml
from directory.supervision.reading import default_rules as supervision_rules
from directory.supervision.reading import tables as tables_of_supervision
from tests.directory.catalogue.made import USCC, version
from tests.province import provincial

TODAY = date(2026, 3, 2)
HALLS = File("halls.csv", (files("directory") / "data" / "halls_53.csv").read_bytes())
DAYS = File("days.csv", (files("directory") / "data" / "calendar_cn.csv").read_bytes())
DIVISIONS = File("divisions.csv", (files("directory") / "data" / "divisions.csv").read_bytes())
RULES = File("rules.toml", rules_as_toml(default_rules()))
DEPARTMENT_COLUMNS = "department,uscc,name,hall,superior,from,to"
DEPARTMENTS = File("departments.csv", f"{DEPARTMENT_COLUMNS}\nmarket-regulation,{USCC},市场监督管理厅(示例),jilin-sheng,,,\n".encode())


def resources(*ids: str) -> File:
    """Give a file of resources, one version each."""
    made = [version(resource=one, code=f"307001/{number}") for number, one in enumerate(ids, start=1)]
    return File("resources.toml", write_toml(tables(made)))


LIMIT_RULES = File("limits.toml", b'[[limit-rule]]\nrule = "here"\nversion = 1\nnotice_days = 2\nfrom = 2026-01-01\nbasis = "x"\n')
SUPERVISION = File("supervision.toml", write_toml(tables_of_supervision(supervision_rules())))
HOURS = File(
    "hours.toml",
    b'[[guidance-rule]]\nrule = "hours"\nversion = 1\nhalls = ["changchun"]\nhours = ["08:30-11:30", "13:30-17:00"]\n'
    b'reply_minutes = 480\nfrom = 2026-01-01\nbasis = "x"\n',
)
ANSWERS = File(
    "answers.toml",
    (
        '[[knowledge]]\nknowledge = "k-1"\ntitle = "施工许可的材料"\nquestion = "需要哪些材料?"\nanswer = "第一段\\n\\n第二段"\n'
        'items = ["000101001000"]\nhall = "jilin-sheng"\ndepartment = "market-regulation"\npublished = 2026-03-01\n'
    ).encode(),
)
UNITS = File("units.csv", provincial.DEPARTMENTS.read_bytes())
ITEMS = File("items.toml", provincial.ITEMS.read_bytes())
EVERYTHING = (HALLS, DAYS, RULES, LIMIT_RULES, SUPERVISION, DEPARTMENTS, UNITS, ITEMS, HOURS, ANSWERS, resources("permits"))
"""A file of each kind but divisions, which the halls would have to lie in."""


def planned(*given: File, documents: Documents | None = None, whole: bool = False) -> Plan:
    """Plan files against documents."""
    return plan(given, documents or {}, TODAY, whole=whole)


def register(*given: File) -> Documents:
    """Give the register that files make; they must hold."""
    return dict(_register(given))


@cache
def _register(given: tuple[File, ...]) -> Documents:
    found = planned(*given)
    assert found.faults == ()
    return changed({}, found.changes)


def told(found: Plan) -> list[str]:
    """Say what is wrong with a plan."""
    return list(map(str, found.faults))
