"""Which rules the common checks of the exchange can refuse under, for the pages that describe the routes."""

from __future__ import annotations

from exchange.rules import civil_code, conflicts, effects, export_control, patent_law, state_assets
from exchange.rules import venue as rules

CO_OWNERS_AGREE = (
    effects.RIGHT_TYPE_NOT_OPEN,
    effects.CO_OWNERS_CN,
    effects.CO_OWNERS_HK,
    effects.CO_OWNERS_MO,
    effects.CO_OWNERS_US,
    effects.CO_HOLDERS_OF_ACHIEVEMENT,
)
LISTING_MAY_STAND = (
    state_assets.VENUE_NOT_DESIGNATED,
    rules.FACT_MISSING,
    rules.LISTING_EXISTS,
    patent_law.RIGHT_ENDED,
    patent_law.FROZEN,
    patent_law.NOT_REGISTERED_OWNER,
    *CO_OWNERS_AGREE,
    patent_law.TERRITORY_OUTSIDE_RIGHT,
    patent_law.LICENCE_CONFLICT,
    patent_law.LICENCE_BEYOND_LIFE,
)
OPEN_LICENCE_MAY_BE_DECLARED = (
    civil_code.PLEDGEE_CONSENT,
    patent_law.OPEN_LICENCE_BARRED,
    patent_law.OPEN_LICENCE_FEE,
    patent_law.EVALUATION_REPORT,
)
BUYER_MAY_TAKE_PART = (
    rules.ROLE_REQUIRED,
    patent_law.RIGHT_ENDED,
    conflicts.SELLER_MAY_NOT_BID,
    conflicts.AFFILIATE_MAY_NOT_BID,
    export_control.EXPORT_PROHIBITED,
    export_control.EXPORT_RESTRICTED,
)
SELLER_MAY_DISPOSE = (
    patent_law.RIGHT_ENDED,
    patent_law.NOT_REGISTERED_OWNER,
    *CO_OWNERS_AGREE,
)
DEAL_MAY_BE_SIGNED = (
    *SELLER_MAY_DISPOSE,
    patent_law.FROZEN,
    export_control.EXPORT_PROHIBITED,
    export_control.EXPORT_RESTRICTED,
    civil_code.PLEDGEE_CONSENT,
)
OFFER_MAY_BE_SIGNED = (
    *SELLER_MAY_DISPOSE,
    patent_law.FROZEN,
    civil_code.PLEDGEE_CONSENT,
    patent_law.LICENCE_BEYOND_LIFE,
    rules.FACT_MISSING,
)
DEAL_MAY_BE_FILED = (
    *SELLER_MAY_DISPOSE,
    patent_law.FROZEN,
    patent_law.FEE_GRACE,
    civil_code.PLEDGEE_CONSENT,
    rules.PACKAGE_DIFFERS,
    rules.FILING_ID_TAKEN,
)
LICENCE_MAY_BE_GRANTED = (
    patent_law.LICENCE_BEYOND_LIFE,
    patent_law.LICENCE_CONFLICT,
    rules.WRONG_STATE,
)
