"""Where a deal's escrow goes: fee, pledgees, co-owners, seller; or back to the buyer. Every cent of it, once."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.commands import Pledge
from exchange.deals import deposits, earnest, obligations
from exchange.deals.award import listing_may_end
from exchange.deals.steps import advance
from exchange.money import fees, holds
from exchange.money.accounts import FEES, balance, post
from exchange.money.payments import prepare_payment
from exchange.rights import pledge_receipts
from exchange.rights.pledge_identity import receipts_key
from exchange.rows import Deal, Obligation, Payment, Right
from exchange.rows.money import ReleaseLine
from exchange.rules import transformation
from exchange.terms.consideration import BASIS_POINTS, due_at_effect, withheld
from exchange.turn import Turn


def release(turn: Turn, deal: Deal) -> None:
    """Split what was due first: the venue's fee, agreed taxes, pledgees, the agent's commission, the seller.

    What falls due later begins with it; what is unpaid for a right that it gives back is owed no more. Payments wait
    for two operators; a deal of which nothing is left to pay is settled at once.
    """
    pledges = _prepaid_by(turn.state.rights[deal.right_id], deal)
    due = due_at_effect(deal.terms, deal.price)
    left = balance(turn.state, deal.id, "escrow", deal.currency)
    if left != due:
        turn.fault(f"escrow of {deal.id} holds {left}, not the {due} that is due")
    _split(turn, deal, deal, due, fees.fee_of(turn.state, deal, due, first=True), pledges)
    obligations.begin(turn, deal)
    given_back = turn.state.deals.get(deal.reverses or "")
    if given_back is not None:
        obligations.rescind(turn, given_back, "given_back")
    if deal.id in turn.state.obligations_of:
        deal.pledges = tuple(sorted({receipts_key(pledge) for pledge in pledges}))
        turn.state.touch(deal)
    settle_if_paid(turn, deal)


def _prepaid_by(right: Right, deal: Deal) -> tuple[Pledge, ...]:
    """The pledges that a deal prepays: none by a sub-licence, which brings its pledgor nothing."""
    return right.pledges if deal.terms.head_licence is UNSET else ()


def release_obligation(turn: Turn, deal: Deal, obligation: Obligation) -> None:
    """Split what was paid later in the same way; the fee is of the amount, and late interest goes on whole.

    It prepays the pledges that stood when the right passed: a later owner's are none of this deal's.
    """
    if obligation.sort == "earnest":
        # The buyer's damages: the venue earns nothing by them, and no pledgee of the seller's has a part.
        paid = balance(turn.state, obligation.id, "escrow", obligation.currency)
        _pay(turn, deal, obligation, obligation.payee, paid, "earnest")
        turn.state.touch(obligation)
        settle_if_paid(turn, obligation)
        return
    right = turn.state.rights[deal.right_id]
    before = () if deal.pledges is UNSET else deal.pledges
    pledges = tuple(pledge for pledge in right.pledges if receipts_key(pledge) in before)
    fee = fees.fee_of(turn.state, deal, obligation.amount)
    _split(turn, deal, obligation, obligation.amount, fee, pledges)
    settle_if_paid(turn, obligation)


def _split(  # noqa: PLR0913 - what a release follows from
    turn: Turn, deal: Deal, paid: Deal | Obligation, amount: int, fee: int, pledges: tuple[Pledge, ...]
) -> None:
    """Every cent of an escrow account: fee, taxes, pledgees, commission, seller; `amount` is without late interest.

    Civil Code Art. 444: what a sale or a licence brings in prepays the debt, or is deposited 提存 where the pledgee
    cannot be paid here: it is no party, or its claim is in another currency. A pledge takes no more than its sum from
    all deals together, in whichever of its rights they are.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    escrow = (paid.id, "escrow")
    left = balance(state, paid.id, "escrow", paid.currency)
    paid.fee = fee
    post(turn, escrow, FEES, paid.currency, fee, paid.id, "fee")
    left -= fee
    left -= _withhold(turn, deal, paid, amount, left)
    for pledge, owed, receipts in pledge_receipts.owed(state, right, pledges):
        pledgee = state.party_by_number.get(pledge.company_number)
        same_currency = pledge.currency == paid.currency
        share = min(owed, left) if same_currency else left
        if pledgee is not None and same_currency:
            _pay(turn, deal, paid, pledgee, share)
        else:
            deposits.keep_pledge(turn, deal, paid, pledge, share)
        if same_currency:
            pledge_receipts.receive(turn, right, receipts, pledge.currency, share)
        paid.pledgee_share += share
        left -= share
    state.touch(right)
    left -= _commission(turn, deal, paid, amount, left)
    left -= _share_out(turn, deal, paid, left)
    _pay(turn, deal, paid, deal.seller, left)
    state.touch(paid)


def _withhold(turn: Turn, deal: Deal, paid: Deal | Obligation, amount: int, left: int) -> int:
    """What the buyer withholds of a payment goes back to it, for it to pay over: each tax rounded down, as agreed."""
    agreed = deal.terms.withholding
    taken = 0
    for tax in () if agreed is UNSET else agreed:
        share = min(withheld(tax, amount), left - taken)
        _pay(turn, deal, paid, deal.buyer, share, "tax")
        taken += share
    return taken


def _commission(turn: Turn, deal: Deal, paid: Deal | Obligation, amount: int, left: int) -> int:
    """The seller's agent has its part of what would be the seller's, rounded down; pledgees come before it."""
    agreed = deal.terms.commission
    if agreed is UNSET:
        return 0
    share = min(amount * agreed.basis_points // BASIS_POINTS, left)
    _pay(turn, deal, paid, agreed.party_id, share, "commission")
    return share


def _share_out(turn: Turn, deal: Deal, paid: Deal | Obligation, left: int) -> int:
    """The other co-owners have their shares of what would be the seller's; gives what they have.

    A co-owner that is no party here has its share deposited, until the bank can be told whose account it goes to.
    """
    holders = deal.right_facts.co_owners
    if holders is UNSET:
        return 0
    state = turn.state
    taken = 0
    for company_number, share in deposits.shares_of(holders, left):
        party_id = state.party_by_number.get(company_number)
        if party_id == deal.seller:
            continue
        if party_id is None:
            deposits.keep_share(turn, deal, paid, company_number, share)
        else:
            _pay(turn, deal, paid, party_id, share, "co_owner")
        taken += share
    return taken


def payment_paid(turn: Turn, payment: Payment) -> None:
    """The bank has paid; a deal or an obligation may end with it."""
    released = _released_by(turn, payment)
    if released is not None:
        settle_if_paid(turn, released)


def payment_refused(turn: Turn, payment: Payment) -> None:
    """The bank did not pay: a pledgee's sum is instructed anew, any other returns to where it came from.

    A seller can have its balance paid out; a pledgee is owed by law, so its deal does not end before it is paid.
    """
    released = _released_by(turn, payment)
    deal = turn.state.deals.get(payment.deal_id or "")
    owner, _, purpose = payment.returns_to.partition("/")
    receiver = (owner, purpose)
    is_pledgees = deal is not None and payment.line is UNSET and payment.party_id != deal.seller
    if deal is not None and released is not None and is_pledgees:
        again = prepare_payment(
            turn,
            payment.party_id,
            payment.currency,
            payment.amount,
            deal_id=deal.id,
            obligation_id=payment.obligation_id,
        )
        receiver = (again.id, "outgoing")
        released.payments = tuple(again.id if each == payment.id else each for each in released.payments)
        turn.state.touch(released)
    outgoing = (payment.id, "outgoing")
    post(turn, outgoing, receiver, payment.currency, payment.amount, payment.id, "payment_refused")
    if released is not None:
        settle_if_paid(turn, released)


def _released_by(turn: Turn, payment: Payment) -> Deal | Obligation | None:
    """What a payment carries out a part of; nothing where a party's own balance is paid out."""
    if payment.obligation_id is not UNSET:
        return turn.state.obligations[payment.obligation_id]
    return turn.state.deals.get(payment.deal_id or "")


def settle_if_paid(turn: Turn, released: Deal | Obligation) -> None:
    """It is settled when the last of its payments has ended: a refused one of its list is the seller's.

    A disputed deal is not: it is asked again when it goes on. Nor is a state body's whose contributors' reward is not
    on record: it is asked again when that is.
    """
    if isinstance(released, Deal) and (
        released.state == "DISPUTED" or transformation.reward_is_missing(turn.state, released)
    ):
        return
    if not all(turn.state.payments[each].state in {"PAID", "REFUSED"} for each in released.payments):
        return
    if isinstance(released, Obligation):
        obligations.advance(turn, released, "payments_ended", "payments_ended")
        return
    released.settled_ms = turn.time_ms
    advance(turn, released, "settled", "payments_ended")
    close_deal(turn, released)


def _pay(  # noqa: PLR0913 - what a payment follows from
    turn: Turn,
    deal: Deal,
    paid: Deal | Obligation,
    party_id: str,
    amount: int,
    line: ReleaseLine | UnsetType = UNSET,
) -> None:
    if amount == 0:
        return
    obligation_id = UNSET if paid is deal else paid.id
    payment = prepare_payment(
        turn, party_id, paid.currency, amount, deal_id=deal.id, obligation_id=obligation_id, line=line
    )
    purpose = "release" if line is UNSET else line
    post(turn, (paid.id, "escrow"), (payment.id, "outgoing"), paid.currency, amount, paid.id, purpose)
    paid.payments = (*paid.payments, payment.id)


def refund(turn: Turn, deal: Deal) -> None:
    """All that is held for the deal, deposit, earnest money or escrow, returns to the buyer's available balance."""
    held = balance(turn.state, deal.id, "escrow", deal.currency)
    available = (deal.buyer, "available")
    post(turn, (deal.id, "escrow"), available, deal.currency, held, deal.id, "refund")
    earnest.give_back(turn, deal)
    event = holds.given_up(turn)
    holds.give_back(turn, deal.id, deal.buyer, deal.currency, deal.deposit, "refund", event)
    deal.deposit = 0
    turn.state.touch(deal)


def close_deal(turn: Turn, deal: Deal) -> None:
    """An ended deal frees its right, and its listing when it was the last.

    A right of a lot that was paid for leaves the lot's listing at once: the lot is not awarded again.
    """
    right = turn.state.rights[deal.right_id]
    right.open_deals = tuple(deal_id for deal_id in right.open_deals if deal_id != deal.id)
    if deal.lot and deal.statement_line and right.open_listing == deal.listing_id:
        right.open_listing = None
    turn.state.touch(right)
    listing_may_end(turn, turn.state.listings[deal.listing_id])
