"""Name the words in which resources are described, each with its title for pages.

Laws: the lists are closed: a word that is not here is refused. A value is what files, tables and messages hold, and
never changes; a title is what a page shows. Sources: GB/T 21063.3 (core metadata), 政务数据共享条例 (国务院令第809号).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ResourceClass(StrEnum):
    """What a resource is about; the first digit of its code."""

    BASE = "base"
    THEME = "theme"
    DEPARTMENT = "department"


class Format(StrEnum):
    """In what form the provider keeps a resource."""

    DATABASE = "database"
    SPREADSHEET = "spreadsheet"
    DOCUMENT = "document"
    IMAGE = "image"
    MEDIA = "media"
    SELF_DESCRIBING = "self-describing"


class SharingType(StrEnum):
    """Whether other departments may have a resource."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NOT_SHARED = "not-shared"


class Manner(StrEnum):
    """By which way a resource reaches its readers."""

    DELIVERY = "delivery"
    """Records are sent to the reader's mailbox as they come."""
    QUERY = "query"
    """The reader asks for one record at a time."""
    FILE = "file"
    """The provider hands out files."""


class Openness(StrEnum):
    """Whether the public may have a resource."""

    OPEN = "open"
    CONDITIONAL = "conditional"
    CLOSED = "closed"


class UpdateCycle(StrEnum):
    """How often the provider promises an update."""

    REAL_TIME = "real-time"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"


class ItemType(StrEnum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CODE = "code"
    USCC = "uscc"
    CITIZEN_ID = "citizen-id"
    DIVISION = "division"


class Sensitivity(StrEnum):
    """Whom a field could hurt; in the order in which it hurts more."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE_PERSONAL = "sensitive-personal"


class Pattern(StrEnum):
    """What a text may be bound to look like; there is no other way to bind it."""

    DIGITS = "digits"
    LETTERS_AND_DIGITS = "letters-and-digits"
    REFERENCE = "reference"
    MOBILE_NUMBER = "mobile-number"
    TELEPHONE = "telephone"
    POSTCODE = "postcode"
    YEAR_MONTH = "year-month"


class State(StrEnum):
    """How far a version of a resource has come."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FreshnessState(StrEnum):
    """Whether a resource was updated as often as promised."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"


class ReportState(StrEnum):
    """How far a report of an error (校核纠错) has come."""

    REPORTED = "reported"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    CLOSED = "closed"


_TITLES: Final[Mapping[type[StrEnum], Mapping[str, str]]] = {
    ResourceClass: {"base": "基础信息资源", "theme": "主题信息资源", "department": "部门信息资源"},
    Format: {
        "database": "数据库",
        "spreadsheet": "电子表格",
        "document": "电子文件",
        "image": "图形图像",
        "media": "流媒体",
        "self-describing": "自描述格式",
    },
    SharingType: {"unconditional": "无条件共享", "conditional": "有条件共享", "not-shared": "不予共享"},
    Manner: {"delivery": "数据推送", "query": "接口查询", "file": "文件下载"},
    Openness: {"open": "向社会开放", "conditional": "有条件开放", "closed": "不予开放"},
    UpdateCycle: {
        "real-time": "实时",
        "daily": "每日",
        "weekly": "每周",
        "monthly": "每月",
        "quarterly": "每季度",
        "half-yearly": "每半年",
        "yearly": "每年",
        "irregular": "不定期",
    },
    ItemType: {
        "text": "文本",
        "integer": "整数",
        "decimal": "小数",
        "boolean": "是否",
        "date": "日期",
        "datetime": "日期时间",
        "code": "代码",
        "uscc": "统一社会信用代码",
        "citizen-id": "公民身份号码",
        "division": "行政区划代码",
    },
    Sensitivity: {"public": "公开", "internal": "内部", "personal": "个人信息", "sensitive-personal": "敏感个人信息"},
    Pattern: {
        "digits": "数字",
        "letters-and-digits": "字母和数字",
        "reference": "编号",
        "mobile-number": "手机号码",
        "telephone": "固定电话",
        "postcode": "邮政编码",
        "year-month": "年月",
    },
    State: {"draft": "草稿", "published": "已发布", "withdrawn": "已撤回"},
    FreshnessState: {"fresh": "按期更新", "due": "应当更新", "overdue": "逾期未更新"},
    ReportState: {"reported": "已提出", "corrected": "已更正", "rejected": "不予更正", "closed": "已办结"},
}


def title(word: StrEnum) -> str:
    """Return the Chinese title of a word of this vocabulary; raises KeyError for a word of another."""
    return _TITLES[type(word)][word]
