"""Money at the simulated bank: only while the venue is simulated, only at the one host that the settings name."""

import asyncio

import httpx
import msgspec

from api import problems
from api.money.schemas import CreditForm, CreditView
from api.problems import Problem
from api.settings import Settings
from exchange.canonical import digest

TIMEOUT_S = 5.0
"""Of the whole answer."""
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
        async with asyncio.timeout(TIMEOUT_S):
            status, content = await _told(settings, msgspec.json.encode(body))
    except (httpx.HTTPError, TimeoutError) as error:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE, headers={"Retry-After": "2"}) from error
    if status == httpx.codes.CONFLICT:
        raise Problem(problems.IDEMPOTENCY_KEY_REUSED)
    if not httpx.codes.is_success(status) or len(content) > LARGEST_ANSWER:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE, headers={"Retry-After": "2"})
    return CreditView(line_id=_line_id(content))


async def _told(settings: Settings, body: bytes) -> tuple[int, bytes]:
    """The bank's answer to a payment: status and body, no more of it than shows that it is too long."""
    url = f"{settings.bank_url.rstrip('/')}/simulation/credits"
    headers = {
        "Authorization": f"Bearer {settings.bank_token}",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
    }
    content = bytearray()
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        async for part in response.aiter_raw():
            content += part
            if len(content) > LARGEST_ANSWER:
                break
    return response.status_code, bytes(content)


def _line_id(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Answer).result.line_id
    except msgspec.MsgspecError as error:
        raise Problem(problems.COUNTERPARTY_UNAVAILABLE) from error
