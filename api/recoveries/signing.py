"""What is signed about a recovery, by the new key and by the live one: typed data, digest, and plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.recoveries.schemas import RecoveryMessageToSign
from exchange.calendar import MS_PER_DAY, MS_PER_SECOND, venue_date
from exchange.recoveries import WAIT_MS
from ledger.messages import KeyRecovery, RecoveryVeto
from ledger.signatures import message_digest, typed_data

if TYPE_CHECKING:
    from exchange.rows import Key, Party
    from ledger.signatures import Domain

LIFE_S = 90 * 86_400
"""How long a message counts if nothing else is asked for: three times the shortest."""
_DAYS = WAIT_MS // MS_PER_DAY


def recovery_to_sign(  # noqa: PLR0913 - a party, its key, and the members of the message
    domain: Domain, party: Party, own: Key, new_key: str, authorisation: str, deadline_s: int
) -> RecoveryMessageToSign:
    """What the new key signs: that somebody holds it, and for which party."""
    message = KeyRecovery(
        party=bytes.fromhex(own.commitment),
        new_key=new_key,
        authorisation=bytes.fromhex(authorisation),
        deadline_s=deadline_s,
    )
    until = venue_date(deadline_s * MS_PER_SECOND).isoformat()
    words = (
        f"By signing you ask that key {new_key} take the place of the lost key {own.id} of party {party.id}. An "
        f"operator must propose it. It takes effect {_DAYS} days after the register has it, unless the lost key turns "
        f"up and vetoes it, or sooner if the guardian ends the wait on a court's order or the company's sealed "
        f"statement. Deals that wait for signatures go over to the new key. The register takes this until {until}."
    )
    words_zh = (
        f"签署即表示请求以密钥 {new_key} 取代主体 {party.id} 遗失的密钥 {own.id}。"
        f"须由运营者提出；登记合约收到满 {_DAYS} 天后生效，原密钥可在此期间提出异议；"
        f"监护人可凭法院裁定或企业盖章声明提前结束等待期。"
        f"待签署的成交转由新密钥签署。"
        f"登记合约在 {until} 前受理。"
    )
    return _shown(domain, message, new_key, deadline_s, (words, words_zh))


def veto_to_sign(
    domain: Domain, party: Party, own: Key, new_key: str, deadline_s: int
) -> RecoveryMessageToSign:
    """What the live key signs to stop a recovery."""
    message = RecoveryVeto(
        party=bytes.fromhex(own.commitment), new_key=new_key, key=own.id, deadline_s=deadline_s
    )
    until = venue_date(deadline_s * MS_PER_SECOND).isoformat()
    words = (
        f"By signing you refuse that key {new_key} take the place of key {own.id} of party {party.id}. The recovery "
        f"ends, and {new_key} can never be a key of anybody's here. The register takes this until {until}."
    )
    words_zh = (
        f"签署即表示反对以密钥 {new_key} 取代主体 {party.id} 的密钥 {own.id}。该找回程序终止，"
        f"{new_key} 此后不得成为任何主体的密钥。登记合约在 {until} 前受理。"
    )
    return _shown(domain, message, own.id, deadline_s, (words, words_zh))


def _shown(
    domain: Domain, message: KeyRecovery | RecoveryVeto, signer: str, deadline_s: int, words: tuple[str, str]
) -> RecoveryMessageToSign:
    english, chinese = words
    return RecoveryMessageToSign(
        signer=signer,
        party=message.party.hex(),
        deadline_s=deadline_s,
        typed_data=typed_data(domain, message),
        digest="0x" + message_digest(domain, message).hex(),
        words=english,
        words_zh=chinese,
    )
