"""What a deal's price comes to, in the words that stand before a signature, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.commands import EntryFeeAndRoyalty, Equity, Instalments, RunningRoyalty
from exchange.money.amount import format_amount
from exchange.terms.consideration import earnest_amount
from exchange.terms.text.figures import percent

if TYPE_CHECKING:
    from exchange.commands import ListingTerms


def in_words(terms: ListingTerms, price: int, currency: str) -> tuple[str, str]:
    """What is given for it; the contract has the rest."""
    amount = f"{format_amount(price)} {currency}"
    through, through_zh = ", paid through the supervised account", "，经资金监管账户支付"
    match terms.consideration:
        case Instalments(parts=parts):
            english = f"{amount} in {len(parts)} instalments{through}"
            chinese = f"价款 {amount}，分 {len(parts)} 期支付{through_zh}"
        case RunningRoyalty():
            english = f"a royalty and no fixed price{through}"
            chinese = f"不设固定价款，提成支付{through_zh}"
        case EntryFeeAndRoyalty():
            english = f"an entry fee of {amount} and a royalty{through}"
            chinese = f"入门费 {amount} 并提成支付{through_zh}"
        case Equity(company_number=company, basis_points=points):
            english = (
                f"{percent(points)} of the shares of {company}, at a value of {amount}; no money is paid"
            )
            chinese = f"作价 {amount} 出资，取得 {company} 的 {percent(points)} 股权，不以货币支付"
        case _:
            english, chinese = f"{amount}{through}", f"价款 {amount}{through_zh}"
    earnest = earnest_amount(terms, price)
    if earnest:
        stated = f"{format_amount(earnest)} {currency}"
        english += f"; of it {stated} as earnest money, lost or doubled on default"
        chinese += f"；其中定金 {stated}，违约时不予返还或者双倍返还"
    return english, chinese
