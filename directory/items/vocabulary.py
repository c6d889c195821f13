"""Name the closed vocabularies of a service item."""

from enum import StrEnum

from directory.halls import Tier


class ItemType(StrEnum):
    """What kind of power or service an item is (事项类型); the values are the codes of the national list."""

    LICENCE = "01"
    """行政许可"""
    PENALTY = "02"
    """行政处罚"""
    COERCION = "03"
    """行政强制"""
    LEVY = "04"
    """行政征收"""
    BENEFIT = "05"
    """行政给付"""
    INSPECTION = "06"
    """行政检查"""
    CONFIRMATION = "07"
    """行政确认"""
    REWARD = "08"
    """行政奖励"""
    RULING = "09"
    """行政裁决"""
    OTHER = "10"
    """其他行政权力"""
    PUBLIC_SERVICE = "20"
    """公共服务"""


class Kind(StrEnum):
    """Whether an item is decided while the applicant waits."""

    IMMEDIATE = "immediate"
    """即办件: promised in 0 days"""
    PROMISED = "promised"
    """承诺件"""


class ItemState(StrEnum):
    """Whether a version may be applied for."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Level(StrEnum):
    """At which level an item is exercised (行使层级)."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


LEVEL_DIGIT = {level: str(place) for place, level in enumerate(Level, start=1)}
"""The digit of a level in an implementation code."""
LEVEL_OF_TIER = {Tier.PROVINCE: Level.PROVINCE, Tier.CITY: Level.CITY, Tier.COUNTY: Level.COUNTY}


class Organ(StrEnum):
    """By what right the implementing organ acts (实施主体性质)."""

    STATUTORY = "statutory"
    """法定机关"""
    AUTHORISED = "authorised"
    """授权组织 (行政许可法 Art 23)"""
    ENTRUSTED = "entrusted"
    """受委托机关 (行政许可法 Art 24)"""


class ServiceObject(StrEnum):
    """Who may apply (服务对象)."""

    PERSON = "person"
    """自然人"""
    ENTERPRISE = "enterprise"
    """企业法人"""
    INSTITUTION = "institution"
    """事业法人"""
    SOCIAL_ORGANISATION = "social_organisation"
    """社会组织法人"""
    OTHER_LEGAL_PERSON = "other_legal_person"
    """非法人企业、其他法人"""
    OTHER = "other"
    """其他组织"""


class Unit(StrEnum):
    """In what a limit is counted."""

    WORKING_DAY = "working_day"
    DAY = "day"
    MONTH = "month"


class Form(StrEnum):
    """Whether a material is an original."""

    ORIGINAL = "original"
    """原件"""
    COPY = "copy"
    """复印件"""
    EITHER = "either"
    """原件或复印件"""
    BOTH = "both"
    """原件和复印件"""


class Medium(StrEnum):
    """On what a material is handed in."""

    PAPER = "paper"
    ELECTRONIC = "electronic"
    EITHER = "either"


class Necessity(StrEnum):
    """Whether a material is needed for intake."""

    REQUIRED = "required"
    """必要"""
    CONDITIONAL = "conditional"
    """非必要: only where its condition holds"""
    DEFERRABLE = "deferrable"
    """可容缺后补"""


class Source(StrEnum):
    """Where a material comes from."""

    APPLICANT = "applicant"
    """申请人自备"""
    GOVERNMENT = "government"
    """政府部门核发"""
    THIRD_PARTY = "third_party"
    """其他机构出具"""


class ProcedureKind(StrEnum):
    """What a special procedure is (特别程序)."""

    HEARING = "hearing"
    """听证"""
    TENDER = "tender"
    """招标"""
    AUCTION = "auction"
    """拍卖"""
    INSPECTION = "inspection"
    """检验"""
    TESTING = "testing"
    """检测"""
    QUARANTINE = "quarantine"
    """检疫"""
    APPRAISAL = "appraisal"
    """鉴定"""
    EXPERT_REVIEW = "expert_review"
    """专家评审"""
    SITE_SURVEY = "site_survey"
    """现场踏勘"""
    PUBLICITY = "publicity"
    """公示"""


ART_45 = frozenset(ProcedureKind) - {ProcedureKind.SITE_SURVEY, ProcedureKind.PUBLICITY}
"""Those whose time 行政许可法 Art 45 itself excludes from the statutory limit; any other needs a basis of its own."""
