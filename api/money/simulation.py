"""Money at the simulated bank: only while the venue is simulated, only at the one host that the settings name."""

import httpx
import msgspec

from api import problems
from api.money.schemas import CreditForm, CreditView
from api.problems import Problem
from api.settings import Settings
from exchange.canonical import digest

TIMEOUT_S = 5.0
LARGEST_ANSWER = 64 * 1024


class _Line(msgspec.Struct):
    line_id: str


class _Answer(msgspec.Struct):
    """The simulated bank answers with an envelope around the line."""

    result: _Line


async def credit(settings: Settings, form: CreditForm, credit_key: str) -> CreditView:
    """Have the simulated bank book a customer's payment; the same key books it once.

    Raises:
        Problem: COUNTERPARTY-UNAVAILABLE, IDEMPOTENCY-KEY-REUSED.
    """
    body = {
        "currency": form.currency,
        "amount_minor": form.amount,
        "reference": form.party_id,
        "credit_id": f"credit-{digest(credit_key).hex()[:40]}",
    }
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client:
            response = await client.post(
                f"{settings.bank_url.rstrip('/')}/simulation/credits",
                content=msgspec.json.encode(body),
                headers={
                    "Authorization": f"Bearer {settings.bank_token}",
                    "Content-Type": "application/json",
                },
            )
    except httpx.HTTPError as error:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE, headers={"Retry-After": "2"}) from error
    if response.status_code == httpx.codes.CONFLICT:
        raise Problem(problems.IDEMPOTENCY_KEY_REUSED)
    if not response.is_success or len(response.content) > LARGEST_ANSWER:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE, headers={"Retry-After": "2"})
    return CreditView(line_id=_line_id(response.content))


def _line_id(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Answer).result.line_id
    except msgspec.MsgspecError as error:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE) from error
