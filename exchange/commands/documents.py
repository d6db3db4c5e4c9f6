"""The command that puts a document on record: what an authority, a valuer or a body has said, with its digest."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, DealKind, GivenBy, Terms
from exchange.money.amount import Currency

DocumentKind = Literal[
    "venue_designation",
    "auctioneer_licence",
    "appraisal",
    "below_appraisal_approval",
    "secrecy_notice",
    "declassification",
    "holders",
    "letter_of_intent",
    "export_licence",
    "export_registration",
    "first_refusal_waiver",
    "evaluation_report",
    "open_licence_announcement",
    "open_licence_withdrawal",
    "licensor_cannot_work",
    "venue_staff",
    "venue_staff_left",
    "sanctions_listing",
    "sanctions_removal",
    "dishonesty_listing",
    "dishonesty_removal",
    "collusion_finding",
    "collusion_finding_withdrawn",
    "co_owners_agreement",
    "letter_of_intent_application",
    "letter_of_intent_refusal",
    "contract_amendment",
]
"""Of the venue: designation for state-owned assets 产权交易机构资格, auctioneer's licence 拍卖经营批准.

Of a right: appraisal 评估报告, approval of a price below it, secrecy notice 保密通知 (defence patents included),
declassification 解密文件, letter of intent for a technology export 技术出口许可意向书, evaluation report
专利权评价报告, announcement of an open licence 开放许可公告 and of its withdrawal, the undertaking 承诺书 of a sole
licensor that it cannot work the patent itself, what its co-owners have agreed on 共有人协议. Of a party: whom it
holds for; that it is staff of the venue, or is so no more; that a list of sanctions 制裁名单 or of dishonest debtors
失信被执行人名单 names it, or names it no more. Of a deal: export licence 技术出口许可证, certificate of registration
技术出口合同登记证书. Of a listing: the waiver of all completers 放弃优先受让权声明; the venue's own finding that a
party has colluded on it 恶意串通认定, and that finding's withdrawal.

Since engine version 5. Of a right: that a letter of intent for one party was applied for 申请, or refused 不予许可.
Of a deal: that both sides have amended its contract outside the venue 补充协议, which changes no term here and has its
export filed again.
"""


class DocumentTerms(Terms, frozen=True):
    """What a document says of whom; confidential in whole.

    subject_id: the right, party, deal or listing, or `venue`. party_id: the party from elsewhere of a letter of intent;
    the one that a finding of collusion names, each by a document of its own.
    valid_until_ms (ms UTC): None for no end. amount, currency: of an appraisal, in minor units. holders: company
    numbers of those whom a fund or nominee holds for.
    """

    document: DocumentKind
    subject_id: str
    party_id: str = ""
    valid_until_ms: int | None = None
    amount: int | None = None
    currency: Currency | None = None
    holders: tuple[str, ...] = ()
    announcement_number: str | UnsetType = UNSET
    """Of an announcement of an open licence: the office's number, which a listing under it names. Since version 5."""
    alone: tuple[DealKind, ...] | UnsetType = UNSET
    """Of a co-owners' agreement: the licences that each may grant alone under it; none where unset. Since version 5."""


class RecordDocument(Command, frozen=True):
    """The operator puts a document on record, by its SHA-256 digest (hex).

    A later one of the same kind on the same subject takes the place of an earlier. Erasable: `reference`, the
    document's own number, which must be there for a finding of collusion; `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = DocumentTerms
    digest: str
