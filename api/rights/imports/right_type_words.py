"""What files call the types of rights, in English and Chinese; keys are lower case, with spaces for signs."""

from __future__ import annotations

from typing import Final

from exchange.rights.identity import ACHIEVEMENT
from exchange.rights.numbers import DESIGN, INVENTION, PLANT, PROVISIONAL, REISSUE, UTILITY_MODEL
from exchange.rights.right_number import COPYRIGHT, LAYOUT_DESIGN, SOFTWARE_COPYRIGHT, TRADEMARK

RIGHT_TYPES: Final = {
    INVENTION: INVENTION,
    "invention patent": INVENTION,
    "utility": INVENTION,
    "utility patent": INVENTION,
    "regular": INVENTION,
    "发明": INVENTION,
    "发明专利": INVENTION,
    "发明申请": INVENTION,
    "发明公开": INVENTION,
    "发明授权": INVENTION,
    "utility model": UTILITY_MODEL,
    "实用新型": UTILITY_MODEL,
    "实用新型专利": UTILITY_MODEL,
    DESIGN: DESIGN,
    "design patent": DESIGN,
    "外观设计": DESIGN,
    "外观设计专利": DESIGN,
    PLANT: PLANT,
    "plant patent": PLANT,
    REISSUE: REISSUE,
    PROVISIONAL: PROVISIONAL,
    "short term": "short_term",
    "短期专利": "short_term",
    "标准专利": INVENTION,
    "know how": "know_how",
    "技术秘密": "know_how",
    "software copyright": SOFTWARE_COPYRIGHT,
    "软件著作权": SOFTWARE_COPYRIGHT,
    "软著": SOFTWARE_COPYRIGHT,
    COPYRIGHT: COPYRIGHT,
    "著作权": COPYRIGHT,
    "作品著作权": COPYRIGHT,
    "版权": COPYRIGHT,
    "layout design": LAYOUT_DESIGN,
    "集成电路布图设计": LAYOUT_DESIGN,
    "布图设计": LAYOUT_DESIGN,
    TRADEMARK: TRADEMARK,
    "trade mark": TRADEMARK,
    "商标": TRADEMARK,
    "geographical indication": "geographical_indication",
    "地理标志": "geographical_indication",
    ACHIEVEMENT: ACHIEVEMENT,
    "s&t achievement": ACHIEVEMENT,
    "科技成果": ACHIEVEMENT,
    "成果": ACHIEVEMENT,
}
