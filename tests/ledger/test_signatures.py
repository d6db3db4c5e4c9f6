"""EIP-712 signatures: the digests that every wallet makes, and no second form of any signature."""

import copy
import pickle
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.canonical import encode
from exchange.keccak import keccak
from ledger.signatures import (
    DEAL_KINDS,
    Deal,
    Domain,
    Instruction,
    PrivateKey,
    SignatureRefused,
    address_of,
    checksum_address,
    content_of,
    domain_separator,
    exchange_domain,
    instruction_digest,
    message_digest,
    normalised,
    recover,
    reference_of,
    register_domain,
    require_signer,
    sign,
    typed_data,
)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = PrivateKey(bytes(range(1, 33)))
OTHER = PrivateKey(bytes(range(2, 34)))
DOMAIN = exchange_domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
INSTRUCTION = Instruction(
    action="place_bid",
    party="P-2",
    reference=reference_of("order-0001"),
    content=content_of({"type": "place_bid", "listing_id": "L-1"}),
    valid_until_ms=1_900_000_000_000,
)
DIGEST = instruction_digest(DOMAIN, INSTRUCTION)

words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
chain_ids = st.integers(1, 2**53 - 1)
instructions = st.builds(
    Instruction,
    action=texts,
    party=texts,
    reference=words,
    content=words,
    terms=words,
    valid_until_ms=st.integers(0, 2**53 - 1),
)
deals = st.builds(
    Deal,
    deal_id=words,
    right_id=words,
    kind=st.integers(0, 255),
    seller=addresses,
    buyer=addresses,
    terms=words,
    contract_text=words,
    deadline_s=st.integers(0, 2**53 - 1),
)
secrets = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))


def reference_digest(data: dict[str, Any]) -> bytes:
    signable = encode_typed_data(full_message=data)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def refusal(digest: bytes, signature: object) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as refused:
        recover(digest, signature)  # type: ignore[arg-type]  # hostile
    assert refused.value.cure
    return refused.value


@given(chain_ids, addresses, instructions)
@settings(max_examples=150)
def test_an_instruction_has_the_digest_that_eth_account_makes(
    chain: int, place: str, message: Instruction
) -> None:
    domain = exchange_domain(chain, place)
    assert instruction_digest(domain, message) == reference_digest(typed_data(domain, message))


@given(chain_ids, addresses, deals)
@settings(max_examples=150)
def test_a_deal_has_the_digest_that_eth_account_makes(chain: int, place: str, message: Deal) -> None:
    domain = register_domain(chain, place)
    assert message_digest(domain, message) == reference_digest(typed_data(domain, message))


@given(secrets, words)
@settings(max_examples=150)
def test_keys_signatures_and_recovery_agree_with_eth_account(secret: bytes, digest: bytes) -> None:
    key, theirs = PrivateKey(secret), Account.from_key(secret)
    signature = sign(digest, key)
    assert address_of(key) == theirs.address
    assert signature == "0x" + bytes(theirs.unsafe_sign_hash(digest).signature).hex()
    assert recover(digest, signature) == theirs.address
    require_signer(digest, signature, theirs.address.lower())


@given(st.binary(min_size=20, max_size=20))
def test_addresses_get_the_capitals_of_eip_55(raw: bytes) -> None:
    expected = to_checksum_address(raw)
    assert checksum_address("0x" + raw.hex()) == checksum_address("0x" + raw.hex().upper()) == expected
    assert checksum_address(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "5FbDB2315678afecb367f032d93F642f64180aa3",
        "0x5FbDB2315678afecb367f032d93F642f64180aa",
        "0x5FbDB2315678afecb367f032d93F642f64180aa33",
        "0x5fbDB2315678afecb367f032d93F642f64180aa3",  # one capital wrong
        "0xgFbDB2315678afecb367f032d93F642f64180aa3",
        "0x5FbDB2315678afecb367f032d93F642f64180aa3\n",
        "0X5FbDB2315678afecb367f032d93F642f64180aa3",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        checksum_address(text)
    assert refused.value.code == "SIGNATURE-ADDRESS"
    with pytest.raises(SignatureRefused):
        domain_separator(exchange_domain(1, text))


def test_the_type_strings_are_those_of_the_contracts() -> None:
    instruction = typed_data(DOMAIN, INSTRUCTION)
    fields = ",".join(f"{field['type']} {field['name']}" for field in instruction["types"]["Instruction"])
    assert fields == (
        "string action,string party,bytes32 reference,bytes32 content,bytes32 terms,uint64 validUntil"
    )
    deal = Deal(
        deal_id=bytes(32),
        right_id=bytes(32),
        kind=DEAL_KINDS["assignment"],
        seller=KEY.address,
        buyer=OTHER.address,
        terms=bytes(32),
        contract_text=bytes(32),
        deadline_s=0,
    )
    shown = typed_data(register_domain(1, KEY.address), deal)
    fields = ",".join(f"{field['type']} {field['name']}" for field in shown["types"]["Deal"])
    assert fields == (
        "bytes32 rightId,bytes32 dealId,uint8 kind,address seller,address buyer,bytes32 terms,"
        "bytes32 contractText,uint64 deadline,uint32 sellerCounter,uint32 buyerCounter"
    )
    assert (instruction["domain"]["name"], shown["domain"]["name"]) == ("IPX Exchange", "IPX Register")
    assert encode(instruction)  # what a wallet shows is plain JSON


def test_a_signature_counts_in_one_domain_only() -> None:
    signature = sign(DIGEST, KEY)
    require_signer(DIGEST, signature, KEY.address)
    elsewhere = [
        exchange_domain(1, DOMAIN.verifying_contract),  # another chain
        exchange_domain(31337, "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"),  # another venue
        register_domain(31337, DOMAIN.verifying_contract),  # another purpose
        Domain("IPX Exchange", 31337, DOMAIN.verifying_contract, "2"),
    ]
    for domain in elsewhere:
        digest = instruction_digest(domain, INSTRUCTION)
        with pytest.raises(SignatureRefused) as refused:
            require_signer(digest, signature, KEY.address)
        assert refused.value.code == "SIGNATURE-SIGNER"
        assert refused.value.digest == digest
        assert refused.value.recovered == recover(digest, signature) != KEY.address
        assert refused.value.recovered in str(refused.value)


@pytest.mark.parametrize("field", ["action", "party", "reference", "content", "terms", "valid_until_ms"])
def test_every_field_of_an_instruction_is_signed(field: str) -> None:
    fields = {name: getattr(INSTRUCTION, name) for name in INSTRUCTION.__struct_fields__}
    changed: dict[type, Any] = {str: "P-3", bytes: b"\x01" * 32, int: 1}
    fields[field] = changed[type(fields[field])]
    assert instruction_digest(DOMAIN, Instruction(**fields)) != DIGEST


def test_the_mirrored_signature_with_high_s_is_refused() -> None:
    raw = bytes.fromhex(sign(DIGEST, KEY)[2:])
    mirrored_s = (ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    for v in (27, 28):
        mirrored = "0x" + (raw[:32] + mirrored_s + bytes((v,))).hex()
        assert refusal(DIGEST, mirrored).code == "SIGNATURE-HIGH-S"


def test_the_compact_form_of_eip_2098_is_recovered_and_has_no_second_form() -> None:
    for number in range(16):
        digest = keccak(bytes((number,)))
        raw = bytes.fromhex(sign(digest, KEY)[2:])
        s = int.from_bytes(raw[32:64], "big")
        compact = "0x" + (raw[:32] + (s | (raw[64] - 27) << 255).to_bytes(32, "big")).hex()
        assert recover(digest, compact) == KEY.address
        assert normalised(compact) == normalised("0x" + raw.hex().upper()) == "0x" + raw.hex()
        turned = "0x" + (raw[:32] + (s | (28 - raw[64]) << 255).to_bytes(32, "big")).hex()
        assert recover(digest, turned) != KEY.address
        high = (ORDER - s) & ~(1 << 255)
        if high > ORDER // 2:
            assert (
                refusal(digest, "0x" + (raw[:32] + high.to_bytes(32, "big")).hex()).code == "SIGNATURE-HIGH-S"
            )


def test_the_published_example_of_eip_2098_recovers() -> None:
    # EIP-2098, first test case: the message "Hello World" (EIP-191) signed by the key 0x1234567890...
    key = PrivateKey.from_hex("1234567890" * 6 + "1234")
    digest = keccak(b"\x19Ethereum Signed Message:\n11Hello World")
    compact = (
        "0x68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90"
        "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064"
    )
    assert recover(digest, compact) == key.address
    assert sign(digest, key) == normalised(compact)


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 255])
def test_a_wrong_v_is_refused(v: int) -> None:
    assert refusal(DIGEST, sign(DIGEST, KEY)[:-2] + f"{v:02x}").code == "SIGNATURE-V"


def test_the_other_v_gives_another_signer() -> None:
    signature = sign(DIGEST, KEY)
    other = signature[:-2] + ("1c" if signature.endswith("1b") else "1b")
    with pytest.raises(SignatureRefused, match="SIGNATURE-SIGNER"):
        require_signer(DIGEST, other, KEY.address)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0x",
        sign(DIGEST, KEY)[:-4],
        sign(DIGEST, KEY)[:-1],
        sign(DIGEST, KEY) + "00",
        sign(DIGEST, KEY)[2:],
        sign(DIGEST, KEY)[:-1] + "g",
        sign(DIGEST, KEY) + "\n",
        " " + sign(DIGEST, KEY),
        sign(DIGEST, KEY)[:-2] + "\uff11\uff42",
        "0x" + "1b" * 1_000_000,
    ],
)
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert refusal(DIGEST, signature).code == "SIGNATURE-MALFORMED"


@pytest.mark.parametrize(
    "r_and_s",
    [
        bytes(64),
        bytes(32) + b"\x01" * 32,  # r = 0
        b"\x01" * 32 + bytes(32),  # s = 0
        ORDER.to_bytes(32, "big") + b"\x01" * 32,
        b"\xff" * 32 + b"\x01" * 32,
    ],
)
def test_a_signature_that_no_key_can_have_made_is_refused(r_and_s: bytes) -> None:
    for v in ("1b", "1c"):
        assert refusal(DIGEST, "0x" + r_and_s.hex() + v).code == "SIGNATURE-INVALID"
    assert refusal(DIGEST, "0x" + r_and_s.hex()).code == "SIGNATURE-INVALID"


@given(st.binary(min_size=64, max_size=65), words)
@settings(max_examples=300)
def test_random_bytes_are_refused_or_recover_a_stranger(raw: bytes, digest: bytes) -> None:
    try:
        assert recover(digest, "0x" + raw.hex()) != KEY.address
    except SignatureRefused as refused:
        assert refused.code in {"SIGNATURE-V", "SIGNATURE-HIGH-S", "SIGNATURE-INVALID"}  # noqa: PT017 - either way


@given(st.integers(0, 64 * 8 - 1))
def test_every_flipped_bit_of_a_signature_loses_its_signer(bit: int) -> None:
    raw = bytearray(bytes.fromhex(sign(DIGEST, KEY)[2:]))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureRefused):
        require_signer(DIGEST, "0x" + raw.hex(), KEY.address)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": ""},
        {"action": "a" * 129},
        {"party": ""},
        {"party": "\ud800"},
        {"reference": b""},
        {"content": bytes(31)},
        {"terms": bytes(33)},
        {"reference": bytes(31), "content": bytes(33)},  # the same length together
        {"valid_until_ms": -1},
        {"valid_until_ms": 2**53},
    ],
)
def test_a_message_outside_its_bounds_is_refused(fields: dict[str, Any]) -> None:
    whole = {name: getattr(INSTRUCTION, name) for name in INSTRUCTION.__struct_fields__}
    message = Instruction(**{**whole, **fields})
    for hashed in (instruction_digest, typed_data):
        with pytest.raises(SignatureRefused) as refused:
            hashed(DOMAIN, message)
        assert refused.value.code == "SIGNATURE-MESSAGE"


@given(
    deals, st.sampled_from(["deal_id", "right_id", "kind", "terms", "contract_text", "deadline_s", "seller"])
)
@settings(max_examples=40)
def test_a_deal_outside_its_bounds_is_refused(deal: Deal, field: str) -> None:
    whole = {name: getattr(deal, name) for name in deal.__struct_fields__}
    bad: dict[str, Any] = {"kind": 256, "deadline_s": -1, "seller": "0x00"}
    message = Deal(**{**whole, field: bad.get(field, bytes(31))})
    for hashed in (message_digest, typed_data):
        with pytest.raises(SignatureRefused) as refused:
            hashed(register_domain(1, KEY.address), message)
        assert refused.value.code == ("SIGNATURE-ADDRESS" if field == "seller" else "SIGNATURE-MESSAGE")


def test_a_chain_id_and_a_digest_have_bounds_too() -> None:
    for chain_id in (0, -1, 2**53):
        with pytest.raises(SignatureRefused, match="SIGNATURE-MESSAGE"):
            domain_separator(exchange_domain(chain_id, KEY.address))
    for digest in (b"", bytes(31), bytes(33)):
        assert refusal(digest, sign(DIGEST, KEY)).code == "SIGNATURE-MESSAGE"
        with pytest.raises(SignatureRefused, match="SIGNATURE-MESSAGE"):
            sign(digest, KEY)


def test_the_secret_of_a_key_shows_nowhere() -> None:
    for shown in (repr(KEY), str(KEY), f"{[KEY]}"):
        assert KEY.secret().hex() not in shown
        assert KEY.address in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)


@pytest.mark.parametrize(
    "text", ["", "0x", "00" * 32, "ff" * 32, f"{ORDER:064x}", "12" * 31, "zz" * 32, "12" * 33]
)
def test_what_is_no_private_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        PrivateKey.from_hex(text)
    assert refused.value.code == "SIGNATURE-KEY"
    assert len(text) < 5 or text not in str(refused.value)


def test_generated_keys_differ_and_hex_is_read_with_and_without_its_prefix() -> None:
    assert PrivateKey.generate().address != PrivateKey.generate().address
    secret = KEY.secret().hex()
    assert (
        PrivateKey.from_hex(secret).address
        == PrivateKey.from_hex("0x" + secret.upper()).address
        == KEY.address
    )
