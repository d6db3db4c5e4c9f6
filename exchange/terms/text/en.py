"""A contract in English: one function a clause."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import (
    DealKind,
    EntryFeeAndRoyalty,
    Equity,
    Instalments,
    RunningRoyalty,
    StandingLicenceKind,
)
from exchange.rules.effects import effect_said_of
from exchange.rules.lots import WORKING_DAYS_TO_CHOOSE
from exchange.terms.contract import ContractTerms
from exchange.terms.text import figures
from exchange.terms.text.figures import day, fine_percent, last_day, money, parts, percent

_KIND = {
    "assignment": "Assignment",
    "exclusive_licence": "Exclusive licence",
    "sole_licence": "Sole licence",
    "ordinary_licence": "Ordinary licence",
    "open_licence": "Open licence",
}
_MEANING = {
    "exclusive_licence": "the licensee alone works the right within the scope below, the licensor does not",
    "sole_licence": "no licensee but this one works the right within the scope below; the licensor may",
    "ordinary_licence": "the licensor may work the right within the scope below and license others",
}
_UNDER_A_HEAD = (
    "within the scope below it excludes neither the licensor nor others that it or the owner may license"
)
_BASE = {
    "net_sales": "net sales",
    "added_output": "the output value added by working the right",
    "profit": "the profit added by working the right",
    "product_price": "the price of the licensed products",
}
_PERIOD = {"quarter": "three months", "half_year": "six months", "year": "twelve months"}
_IMPROVEMENTS = {
    "licensor": "belong to the licensor",
    "licensee": "belong to the licensee",
    "shared": "are shared by the parties",
}
_INSTITUTION = {
    "SCIA": "the Shenzhen Court of International Arbitration",
    "CIETAC": "the China International Economic and Trade Arbitration Commission",
    "GZAC": "the Guangzhou Arbitration Commission",
    "HKIAC": "the Hong Kong International Arbitration Centre",
    "WTCMAC": "the World Trade Center Macau Arbitration Center",
}
_SEAT = {
    "shenzhen": "Shenzhen",
    "guangzhou": "Guangzhou",
    "beijing": "Beijing",
    "hong_kong": "Hong Kong",
    "macau": "Macau",
}
_LANGUAGE = {"zh-Hans": "Simplified Chinese", "zh-Hant": "Traditional Chinese", "en": "English"}


_NAME = {
    "patent": "patent (application)",
    "registered_design": "registered design (application)",
    "achievement": "technology result",
    "know_how": "know-how",
    "software_copyright": "copyright in software",
    "copyright": "copyright",
    "layout_design": "layout-design of an integrated circuit",
    "trademark": "trade mark",
}


def numbered(number: int, clause: str) -> str:
    """A clause behind its number."""
    return f"{number}. {clause}"


def title(contract: ContractTerms) -> str:
    """What the paper is."""
    what = "technology" if contract.is_on_technology else _NAME[contract.right.right_type]
    return f"{_kind(contract, contract.kind)} of {what}{' (offer)' if contract.is_offer else ''} {contract.subject_id}"


def subject(contract: ContractTerms) -> str:
    """What the contract is about."""
    right = contract.right
    return (
        f"Subject matter: {_NAME[contract.sort]} {contract.right_id}; filed: {right.filing_date or 'not applicable'}; "
        f"{_grant(contract)}valid until: {right.expiry_date or 'not applicable'}."
    )


def bibliography(contract: ContractTerms) -> str:
    """Title, applicant, numbers and holder on record."""
    holders = figures.holders(contract)
    held = (
        "; ".join(f"{number} ({share})" for number, share in holders) or f"the {_sides(contract)[0].lower()}"
    )
    published = "patent or publication number" if contract.sort == "patent" else "publication number"
    patent = f"; {published}: {contract.patent_number}" if contract.patent_number else ""
    return (
        "Title and applicant: those of the annex to this text, which the commitment "
        f"{contract.right.bibliography} seals and the salt in the annex opens. Application or registration number: "
        f"{contract.number}{patent}; holder on record: {held}."
    )


def grantor(contract: ContractTerms) -> str:
    """Who gives."""
    return f"{_sides(contract)[0]}: {contract.seller} ({contract.seller_number})."


def grantee(contract: ContractTerms) -> str:
    """Who receives."""
    if contract.buyer is UNSET:
        return (
            "Licensee: whoever accepts with a signature of its key while the offer stands; the key and the deal's id "
            "in the acceptance say who that is."
        )
    return f"{_sides(contract)[1]}: {contract.buyer} ({contract.buyer_number})."


def co_owners(contract: ContractTerms) -> str:
    """Whose the right is, and whose the price."""
    holders = () if contract.right.co_owners is UNSET else contract.right.co_owners
    listed = "; ".join(f"{holder.company_number}: {percent(holder.share)}" for holder in holders)
    return (
        f"Co-owners: the register names {listed}. {_sides(contract)[0]} acts for all of them where the law asks for "
        "their consent, and what is paid is theirs by these shares."
    )


def family(contract: ContractTerms) -> str:
    """Which rights stay behind."""
    members = () if contract.right.family is UNSET else contract.right.family
    return (
        f"Family: {', '.join(members)} are rights of their own at their places. This contract moves none of them and "
        "grants nothing under them."
    )


def passing(contract: ContractTerms) -> str:
    """When the right passes."""
    return effect_said_of(contract.right).clause


def earlier_licences(contract: ContractTerms) -> str:
    """What becomes of licences, and which stand."""
    here, elsewhere = (
        "; ".join(
            f"{each.licence_id} ({_kind(contract, each.licence_kind)}, {', '.join(each.territory)}, "
            f"field {each.field_of_use}, {day(each.starts_ms)} to {last_day(each.ends_ms) or 'the end of the right'})"
            for each in some
        )
        for some in figures.licences_that_go_on(contract)
    )
    known = f" The venue has on record: {here}." if here else ""
    named = f" The register names, granted elsewhere: {elsewhere}." if elsewhere else ""
    return f"Licences concluded before the assignment remain in force.{known}{named}"


def scope(contract: ContractTerms) -> str:
    """Where, for what and for how long a licence holds."""
    starts = (
        "the day on which the licence takes effect" if contract.starts_ms is None else day(contract.starts_ms)
    )
    ends = "the day on which the right expires" if contract.ends_ms is None else day(contract.ends_ms)
    meaning = _MEANING[contract.kind] if contract.head_licence is UNSET else _UNDER_A_HEAD
    return (
        f"{_kind(contract, contract.kind)}: {meaning}. Territory: {', '.join(contract.territory)}; "
        f"field of use: {contract.field_of_use}; term: from {starts} to {ends}. The licence takes effect when what "
        "is due first is in the supervised account; where nothing is, on the day on which the licensee calls for it."
    )


def head_licence(contract: ContractTerms) -> str:
    """Under which licence a sub-licence is granted."""
    return (
        f"Sub-licence: granted by the licensee of the licence {contract.head_licence}, whose contract allows it "
        "(Patent Law, Art. 12). It lies within that licence, and ends with it at the latest."
    )


def sublicensing(contract: ContractTerms) -> str:
    """Sub-licences, and the recordal of this one."""
    effect = effect_said_of(contract.right)
    allowed = "allowed" if contract.may_sublicense else "not allowed"
    return f"Sub-licences: {allowed}. {effect.licence_clause}".rstrip()


def maintenance(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """Who keeps the patent in force."""
    return (
        "Keeping in force: during the term the licensor pays the annual fees and answers requests to declare the "
        "patent invalid (Supreme People's Court, Interpretation on Technology Contracts, Art. 26)."
    )


def warranty(contract: ContractTerms) -> str:
    """What the giver answers for."""
    holds = "the lawful holder of the technology"
    if contract.head_licence is not UNSET:
        holds = f"entitled to license the technology by the licence {contract.head_licence}"
    return (
        f"Warranty: the {_sides(contract)[0].lower()} warrants that it is {holds}, and that the technology is "
        "complete, correct and effective and reaches the aim that is agreed (Civil Code, Art. 870)."
    )


def payment(contract: ContractTerms) -> str:
    """What is paid, and how."""
    agreed, price = contract.consideration, money(contract, contract.price)
    if isinstance(agreed, Instalments):
        listed = "; ".join(
            f"({number}) {amount} ({share}), "
            + (f"within {days} days after it takes effect" if days else "before it takes effect")
            for number, (amount, share, days) in enumerate(parts(contract, agreed), start=1)
        )
        return (
            f"Price: {price} in instalments: {listed}. It takes effect on {_effect_day(contract)}. All are paid "
            "through the supervised account."
        )
    if isinstance(agreed, RunningRoyalty):
        return "Price: no fixed price; the royalty below is paid through the supervised account."
    if isinstance(agreed, EntryFeeAndRoyalty):
        return (
            f"Price: an entry fee of {price}, paid at once before the licence takes effect, and the royalty below; "
            "both are paid through the supervised account."
        )
    if isinstance(agreed, Equity):
        return (
            f"Contribution as capital: the right is contributed at a value of {price}; the assignee "
            f"({agreed.company_number}) gives the assignor {percent(agreed.basis_points)} of all its shares. No money "
            "is paid, and none through the supervised account."
        )
    return f"Price: {price}, paid in one sum through the supervised account."


def quantity(contract: ContractTerms) -> str:
    """For how many licences the price is."""
    if contract.quantity is UNSET:
        return ""
    count, each = contract.quantity, money(contract, contract.price // contract.quantity)
    return f"Licences: {count}, each for {each}."


def lot(contract: ContractTerms) -> str:
    """That the right was sold with others, and what binds the contracts together."""
    part = contract.lot
    if part is UNSET:
        return ""
    ends = ""
    if contract.is_assignment:
        ends = (
            f" Where one of the rights does not pass after that, its price goes back, and the assignee may, within "
            f"{WORKING_DAYS_TO_CHOOSE} working days, rescind those of the contracts whose rights have neither passed "
            "nor been filed for registration (Civil Code, Art. 632)."
        )
    return (
        f"Lot {part.id}: one award made {len(part.right_ids)} contracts, one for each of "
        f"{', '.join(part.right_ids)}, sold as one lot for {money(contract, part.price)}, of which "
        f"{fine_percent(part.share)} is the price of this right. "
        "This contract binds when all of them are signed; all are paid at once, and until then what ends one ends "
        f"all.{ends}"
    )


def proposal(contract: ContractTerms) -> str:
    """What the winner of a tender has promised."""
    return (
        f"Proposal: what the {_sides(contract)[1].lower()} promised in the proposal document of its tender is part of "
        f"this contract; SHA-256 of the document: {contract.proposal}."
    )


def reverses(contract: ContractTerms) -> str:
    """Which contract's right is given back."""
    return (
        f"Ground: this assignment gives back the right that passed by the contract {contract.reverses}, as the "
        "outcome of a dispute over it, or its rescission, requires."
    )


def earnest(contract: ContractTerms) -> str:
    """Earnest money: what becomes of it."""
    amount, share = figures.earnest(contract)
    giver, taker = (side.lower() for side in _sides(contract))
    return (
        f"Earnest money: the {taker} pays {amount} ({share} of the price) through the supervised account once both "
        "have signed; what is agreed on it holds from its payment on. It counts toward the price. If the purpose of "
        f"the contract fails since the {taker} does not perform, it does not get it back; since the {giver} does not, "
        "it returns double. It is no bid deposit; of earnest money and agreed damages the other party has one, as it "
        "chooses (Civil Code, Arts. 586 to 588)."
    )


def royalty(contract: ContractTerms) -> str:
    """The royalty: base, rates, bounds."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    rates = [percent(rate) for rate in agreed.rates]
    if len(rates) == 1:
        stated = f"at the fixed rate of {rates[0]}"
    else:
        by_year = "; ".join(f"contract year {year}: {rate}" for year, rate in enumerate(rates[:-1], start=1))
        stated = f"by the rates: {by_year}; from contract year {len(rates)} on: {rates[-1]}"
    bounds = ""
    if agreed.floor is not None:
        bounds += f" Each period bears at least {money(contract, agreed.floor)}, a shorter one in proportion."
    if agreed.ceiling is not None:
        bounds += f" Each period bears at most {money(contract, agreed.ceiling)}."
    return f"Royalty: on {_BASE[agreed.base]} {stated}, rounded down to the cent.{bounds}"


def reports(contract: ContractTerms) -> str:
    """When the royalty is reported and paid."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    return (
        f"Reports and payment: periods of {_PERIOD[agreed.period]} run from the beginning of the term; the licensee "
        f"reports the base within {agreed.report_days} days after each period, and pays within {agreed.pay_days} days "
        "after the last day for the report."
    )


def inspection(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """The licensor inspects the books."""
    return (
        "Inspection: within 180 days after a report the licensor may ask to inspect the books; where both accept a "
        "base above the reported one, the difference is paid within the days agreed for payment (Civil Code, Art. 846)."
    )


def withholding(contract: ContractTerms) -> str:
    """What the buyer withholds for taxes."""
    agreed = () if contract.withholding is UNSET else contract.withholding
    taxes = "; ".join(
        f"{tax.name}: {percent(tax.rate)} of {percent(tax.base)} of each payment" for tax in agreed
    )
    giver, taker = (side.lower() for side in _sides(contract))
    return (
        f"Withholding: of each payment the {taker} withholds, and pays over for the {giver}, these taxes: {taxes}, "
        "rounded down to the cent."
    )


def late_interest(contract: ContractTerms) -> str:
    """Interest on what is paid late."""
    agreed = contract.late_interest
    if agreed is UNSET:
        return ""
    return (
        f"Late interest: {fine_percent(agreed.daily_rate)} a day, without compounding, from the day after the due "
        f"date, at most {percent(agreed.most)} of the overdue amount, rounded down to the cent."
    )


def improvements(contract: ContractTerms) -> str:
    """Whose improvements are."""
    if contract.improvements is UNSET:
        return "Improvements: neither party has a share in the other's later improvements (Civil Code, Art. 875)."
    return f"Improvements: later improvements {_IMPROVEMENTS[contract.improvements]} (Civil Code, Art. 875)."


def disputes(contract: ContractTerms) -> str:
    """Who decides."""
    agreed = contract.arbitration
    if agreed is UNSET:
        return "Disputes go to the arbitration body or the court on which the parties agree in the listing's papers."
    return (
        f"Disputes arising out of or in connection with this contract are finally settled by arbitration of "
        f"{_INSTITUTION[agreed.institution]} under its rules in force when arbitration is applied for; the seat is "
        f"{_SEAT[agreed.seat]}."
    )


def offer(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """That it is an offer."""
    return "This is an offer; the contract is formed when an acceptance takes effect (Civil Code, Arts. 473 and 483)."


def withdrawal(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """How the offer ends."""
    return (
        "The licensor may withdraw the offer; acceptances before its withdrawal stand (Civil Code, Art. 476)."
    )


def open_licence(contract: ContractTerms) -> str:
    """That the office has announced it."""
    return (
        f"This offer is a declaration of open licence, announcement {contract.announcement_number} "
        "(Patent Law, Arts. 50 and 51)."
    )


def languages(contract: ContractTerms) -> str:
    """Which text prevails."""
    return (
        "This contract is made in Simplified Chinese, Traditional Chinese and English from the same data; who signs "
        f"one text signs all. Where they differ the {_LANGUAGE[contract.prevails]} text prevails."
    )


def _kind(contract: ContractTerms, kind: DealKind | StandingLicenceKind) -> str:
    """What a kind of contract is called; the form before engine version 5 has one word for an ordinary licence."""
    if kind == "ordinary_licence" and contract.names_its_right:
        return "Non-exclusive (ordinary) licence"
    return _KIND[kind]


def _sides(contract: ContractTerms) -> tuple[str, str]:
    return ("Assignor", "Assignee") if contract.is_assignment else ("Licensor", "Licensee")


def _effect_day(contract: ContractTerms) -> str:
    if contract.is_assignment:
        return "the day on which the right passes and the first part of the price is released"
    return "the day on which the licence takes effect"


def _grant(contract: ContractTerms) -> str:
    is_patent = contract.is_said_to_be_granted
    name = "grant published" if is_patent else "registered"
    awaited = "not granted" if is_patent else "not registered"
    words = {"awaited": awaited, "not_stated": "not stated by the register copy"}
    return f"{name}: {words.get(contract.grant, contract.grant)}; " if contract.grant else ""
