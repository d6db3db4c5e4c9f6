"""Sending one call: enough gas, a signature before anything leaves, and fees that a node takes.

A transaction is signed and handed to `written` before it is sent, so that whoever is killed in between finds it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ledger.chain.client import Fees
from ledger.chain.errors import ChainFault
from ledger.chain.records import (
    DealRecord,
    FillRecord,
    KeyEnrolmentRecord,
    LicenceRecord,
    Record,
    RightRecord,
    StandingOfferRecord,
)
from ledger.chain.signer import SignedTransaction, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.chain.client import ChainClient
    from ledger.chain.signer import Signer

BASE_GAS: Final = 60_000
"""For the transaction itself and the words of the log's head, with room to spare."""
GAS_OF_ITEM: Final[dict[type[Record], int]] = {
    DealRecord: 110_000,
    FillRecord: 170_000,
    RightRecord: 90_000,
    LicenceRecord: 170_000,
    KeyEnrolmentRecord: 100_000,
    StandingOfferRecord: 100_000,
}
"""Half as much again as was measured in batches, or more; a licence eight levels down its tree takes 125,000, a
fill of two orders that have not traded before 110,000."""
OTHER_ITEM_GAS: Final = 80_000
"""No other item of a batch takes over 55,000, and no message that goes alone over 95,000 with its transaction."""
MOST_RAISES: Final = 24
"""Raises of an eighth each: seventeen times the first price. A node that still calls it too low is asked later."""
_ALREADY_SENT: Final = frozenset({"CHAIN-ALREADY-KNOWN", "CHAIN-NONCE-USED"})


class Sendable(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its place: what goes out under a nonce."""

    to: str
    data: bytes
    nonce: int
    gas: int
    fees: Fees


def gas_for(client: ChainClient, sender: str, to: str, data: bytes, records: tuple[Record, ...]) -> int:
    """Give a gas limit: the bound of these items, or what the node estimates and an eighth where that does not do.

    An item whose forerunner is still on its way would be refused now, cheaply, and costs more once it stands: the
    bound covers that. What is not used is not paid. Only contract accounts can take more than the bound.

    Raises:
        ChainFault: `CHAIN-REVERTED` if the whole call would fail now, and what the client raises.
    """
    bound = gas_bound(records)
    try:
        client.try_out(sender, to, data, bound)
    except ChainFault as fault:
        if fault.code not in {"CHAIN-REVERTED", "CHAIN-RPC"}:
            raise
        estimate = client.estimate_gas(sender, to, data)
        return max(estimate + estimate // 8, bound)
    return bound


def gas_bound(records: tuple[Record, ...]) -> int:
    """Give the gas that a call with these records can take, signatures by contract accounts aside."""
    return BASE_GAS + sum(GAS_OF_ITEM.get(type(record), OTHER_ITEM_GAS) for record in records)


def send(
    client: ChainClient,
    signer: Signer,
    sendable: Sendable,
    written: Callable[[SignedTransaction, Fees], None],
    permit: Callable[[Fees], None] = lambda _: None,
) -> SignedTransaction:
    """Sign, have it written down, send; again with higher fees while the node calls them too low for a replacement.

    `permit` is asked before each signature, and raises where these fees are not to be paid.

    Raises:
        ChainFault: `CHAIN-UNDERPRICED` after `MOST_RAISES`, and what the client raises. What was written down last
            may be on its way all the same.
    """
    fees = sendable.fees
    for _ in range(MOST_RAISES):
        permit(fees)
        signed = signer.sign(
            Transaction(
                chain_id=client.chain_id(),
                nonce=sendable.nonce,
                to=sendable.to,
                data=sendable.data,
                gas=sendable.gas,
                fees=fees,
            )
        )
        written(signed, fees)
        try:
            client.send_raw(signed.raw)
        except ChainFault as fault:
            if fault.code == "CHAIN-UNDERPRICED":
                fees = fees.raised()
                continue
            if fault.code not in _ALREADY_SENT:
                raise
        return signed
    raise ChainFault(code="CHAIN-UNDERPRICED", detail=f"nonce {sendable.nonce} of {signer.address}")


def dearer(first: Fees, second: Fees) -> Fees:
    """Give the higher of each fee."""
    return Fees(max(first.max_fee, second.max_fee), max(first.priority_fee, second.priority_fee))
