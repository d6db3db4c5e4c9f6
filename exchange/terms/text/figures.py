"""Figures as every language writes them, so that no text can say another number than the data."""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import venue_date
from exchange.commands import Instalments
from exchange.money.amount import format_amount
from exchange.rows.deals import StandingLicence
from exchange.terms.consideration import instalment_amounts
from exchange.terms.contract import ContractTerms

_HUNDRED = 100
_TEN_THOUSAND = 10_000
_DIGITS = "零一二三四五六七八九"


def money(contract: ContractTerms, minor: int) -> str:
    """An amount with its currency, e.g. `1200.50 CNY`."""
    return f"{format_amount(minor)} {contract.currency}"


def percent(basis_points: int) -> str:
    """Basis points as `12.50%`."""
    return f"{basis_points // _HUNDRED}.{basis_points % _HUNDRED:02d}%"


def fine_percent(hundredths: int) -> str:
    """Hundredths of a basis point as `0.0500%`."""
    return f"{hundredths // _TEN_THOUSAND}.{hundredths % _TEN_THOUSAND:04d}%"


def day(time_ms: int) -> str:
    """The date at the venue, e.g. `2026-01-31`."""
    return venue_date(time_ms).isoformat()


def last_day(ends_ms: int | None) -> str:
    """The last day of a term that ends before a time; empty where it has no end of its own."""
    return "" if ends_ms is None else day(ends_ms - 1)


def licences_that_go_on(
    contract: ContractTerms,
) -> tuple[list[StandingLicence], list[StandingLicence]]:
    """Of an assignment: the licences that were granted here, and those that the register names beside them."""
    standing = () if contract.right.licences is UNSET else contract.right.licences
    here = [each for each in standing if each.source is UNSET]
    return here, [each for each in standing if each.source is not UNSET]


def holders(contract: ContractTerms) -> list[tuple[str, str]]:
    """Who holds the right on record: company numbers with their shares."""
    named = () if contract.right.holders is UNSET else contract.right.holders
    return [(holder.company_number, percent(holder.share)) for holder in named]


def parts(contract: ContractTerms, agreed: Instalments) -> list[tuple[str, str, int]]:
    """Each instalment: its amount, its share and the days after which it is due."""
    amounts = instalment_amounts(contract.price, agreed.parts)
    return [
        (money(contract, amount), percent(part.share), part.due_days)
        for part, amount in zip(agreed.parts, amounts, strict=True)
    ]


def earnest(contract: ContractTerms) -> tuple[str, str]:
    """Earnest money: its amount and its share of the price."""
    share = 0 if contract.earnest is UNSET else contract.earnest
    return money(contract, contract.price * share // _TEN_THOUSAND), percent(share)


def chinese_number(number: int) -> str:
    """A number from 1 to 99 in Chinese, e.g. 十二."""
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return ten + (_DIGITS[ones] if ones else "")
