"""Hold what a page of a copy says beside what is on the licence, in each language of the pages.

Law: what is written on the copy, and the licence's own fields, stand as they were given; nothing else is left in another language.
"""

from collections.abc import Mapping
from typing import Final

CHINESE: Final = "zh-CN"

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    CHINESE: {
        "copy": "加注件",
        "mark": "仅供 {recipient} 用于{purpose}",
        "use": "用途",
        "only": "本件仅供",
        "for": "用于",
        "case": "（办件 {case}）",
        "otherwise": "，他人或作他用无效。",
        "made": "制作：{hall}，{at}；有效至 {until}",
        "issue": "颁发与有效期",
        "issuer": "颁发大厅",
        "issued": "颁发日期",
        "validity": "有效期",
        "to": "至",
        "long": "长期",
        "hidden": "未出示",
        "hidden_count": "另有 {count} 项未出示",
        "check": "核验",
        "alone": "本页本身不能证明任何内容。请核验随附的证照文件：",
        "file": "文件",
        "code": "图形码与文件所出示的内容相同，离线可核验颁发签名；证照现状以省级状态清单为准。",
        "no_code": "所出示的内容超出一个图形码的容量，只能以文件核验。",
        "number": "编号",
        "save": "保存证照文件",
        "unknown": "中枢暂时连不上：文件不含证照现状。",
        "back": "返回证照",
        "print": "请用浏览器打印本页，并把证照文件一并交给接收方。",
    },
    "en": {
        "copy": "Copy for one purpose",
        "mark": "Only for {recipient}: {purpose}",
        "use": "Purpose",
        "only": "Only for",
        "for": "for this purpose:",
        "case": " (case {case})",
        "otherwise": ". Void for anyone or anything else.",
        "made": "Made by {hall}, {at}; counts until {until}",
        "issue": "Issue and validity",
        "issuer": "Issuing hall",
        "issued": "Issued",
        "validity": "Valid",
        "to": "to",
        "long": "no end",
        "hidden": "Not shown",
        "hidden_count": "{count} more fields are not shown",
        "check": "Check",
        "alone": "This page alone proves nothing. Check the licence file that comes with it:",
        "file": "FILE",
        "code": "The code holds what the file shows, and its signature is checked offline; how the licence stands, the status list says.",
        "no_code": "What is shown does not fit one code: check the file.",
        "number": "Number",
        "save": "Save the licence file",
        "unknown": "The hub is not reached: the file does not say how the licence stands.",
        "back": "Back to the licence",
        "print": "Print this page with the browser, and hand the licence file on with it.",
    },
}
