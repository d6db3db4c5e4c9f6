#!/usr/bin/env python3
"""ipx-verify: check a deal's evidence bundle (ipx-bundle/1) without the venue and without its software.

One file that needs nothing but Python 3.11 and its standard library, so that an expert can read all of it: its own
Keccak-256, SM3, secp256k1 recovery and Ed25519, canonical JSON (RFC 8785), Merkle paths (RFC 9162), signed notes
(C2SP), EIP-712. What is trusted is named on the command line and nothing else is; without it a bundle shows no more
than that it agrees with itself. 存证数据包校验程序：只用 Python 标准库，信任根由命令行给出。

    python3 ipx_verify.py bundle.json --log KEY [--witness KEY]... --chain-id ID --register 0x… --anchor 0x… [--rpc URL]

Exit code 0: all that was asked holds. 1: something differs. 2: something asked for is not shown, or no verdict.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import urllib.error
import urllib.request
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "ipx-bundle/1"
LARGEST = 4 * 1024 * 1024
DEEPEST = 64
SAFE = 2**53 - 1
HOLDS, DIFFERS, MISSING, NOT_CHECKED, STATED = "HOLDS", "DIFFERS", "MISSING", "NOT-CHECKED", "STATED"

IN_CHINESE = {
    HOLDS: "成立",
    DIFFERS: "不符",
    MISSING: "缺失",
    NOT_CHECKED: "未核对",
    STATED: "陈述",
}

# --- words: [English, Chinese] by code; verify.html has the same table

TEXTS: dict[str, list[str]] = {
    "FORM": ["canonical JSON, every field of the format in its place", "规范化 JSON，字段与格式相符"],
    "DIGESTS": ["SHA-256 and SM3 of every part are those listed", "各部分的 SHA-256 与 SM3 与所列摘要一致"],
    "VENUE": [
        "entry 0 opened this venue: its keys, chain and contracts",
        "记录 0 载明交易中心的密钥、链与合约",
    ],
    "ROOT": ["it is the one that you named", "与您指定的信任根一致"],
    "CHECKPOINT": ["the checkpoint states this size and root", "检查点载明该规模与根"],
    "LOG": ["the log's key has signed the checkpoint", "检查点由日志密钥签名"],
    "WITNESS": ["this witness has cosigned the checkpoint", "该见证方已联署检查点"],
    "ENTRY": [
        "leaf, path to the checkpoint, receipt, signature and openings hold",
        "叶哈希、至检查点的路径、回执、签名与开启均成立",
    ],
    "CONTRACT": [
        "terms and every text are those that the commitments were made to",
        "合同条款与各语言文本即承诺所指",
    ],
    "DEAL": ["right and deal have the keys that follow from their ids", "权利与交易的链上编号由其编号得出"],
    "SIGNED": ["the party's key has signed exactly this deal", "该方密钥所签正是本交易"],
    "KEY": ["an entry and an event on the chain bound this key", "有日记账记录与链上事件绑定该密钥"],
    "EVENT": ["the event is what its name and this deal say", "链上事件与其名称及本交易相符"],
    "RECORDED": ["the chain's event of the deal says what was signed", "交易的链上事件与所签内容一致"],
    "ANCHOR": ["the journal's root was anchored beyond these entries", "日记账的根已锚定并覆盖全部记录"],
    "ATTESTED": ["the venue's service key has signed all digests", "交易中心服务密钥已签署全部摘要"],
    "TIME-STAMP": [
        "an RFC 3161 token over the checkpoint; openssl ts -verify says whose it is",
        "检查点的 RFC 3161 时间戳；由谁签发以 openssl ts -verify 核对",
    ],
    "NODE": ["your node gives the same event in a final block", "您的节点在最终区块中给出同一事件"],
    "STATED": ["stated by the venue, proven by nobody", "由交易中心陈述，无人证明"],
}

# --- hashes


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


_KECCAK_ROUNDS = []
_state = 1
for _ in range(24):
    _constant = 0
    for _step in range(7):
        if _state & 1:
            _constant |= 1 << ((1 << _step) - 1)
        _state = (_state << 1) ^ (0x171 if _state & 0x80 else 0)
    _KECCAK_ROUNDS.append(_constant)
_M64 = 2**64 - 1
_ROTATIONS = {(0, 0): 0}
_x, _y = 1, 0
for _t in range(24):
    _ROTATIONS[_x, _y] = (_t + 1) * (_t + 2) // 2 % 64
    _x, _y = _y, (2 * _x + 3 * _y) % 5


def _keccak_f(a: list[list[int]]) -> list[list[int]]:
    for constant in _KECCAK_ROUNDS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & _M64) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                lane, turn = a[x][y] ^ d[x], _ROTATIONS[x, y]
                b[y][(2 * x + 3 * y) % 5] = (lane << turn | lane >> (64 - turn)) & _M64
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


@lru_cache(maxsize=4096)
def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (padding 0x01)."""
    rate = 136
    padded = bytearray(data + b"\x01" + bytes(rate - 1 - len(data) % rate))
    padded[-1] |= 0x80
    a = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            a[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        a = _keccak_f(a)
    return b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def _turn(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


_SM3_START = 0x7380166F4914B2B9172442D7DA8A0600A96F30BC163138AAE38DEE4DB0FB0E4E
_SM3_T = [_turn(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]


def _sm3_block(v: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[4 * i : 4 * i + 4], "big") for i in range(16)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        turned = _turn(a, 12)
        ss1 = _turn((turned + e + _SM3_T[j]) & 0xFFFFFFFF, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ turned) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
        d, c, b, a = c, _turn(b, 9), a, tt1
        h, g, f, e = g, _turn(f, 19), e, tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17)
    return [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h), strict=True)]


@lru_cache(maxsize=256)
def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905-2016): the system's own where it has it, else this file's."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    return own_sm3(data)


def own_sm3(data: bytes) -> bytes:
    """SM3 without any help."""
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    v = [_SM3_START >> (32 * (7 - i)) & 0xFFFFFFFF for i in range(8)]
    for start in range(0, len(padded), 64):
        v = _sm3_block(v, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in v)


# --- secp256k1: who signed (SEC 1, 4.1.6; low s as EIP-2 has it). y^2 = x^3 + 7, Jacobian coordinates

_P = 2**256 - 2**32 - 977
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
_Point = tuple[int, int, int]


def _double(p: _Point) -> _Point:
    x, y, z = p
    if not y or not z:
        return (0, 1, 0)
    s = 4 * x * y * y % _P
    m = 3 * x * x % _P
    x2 = (m * m - 2 * s) % _P
    return (x2, (m * (s - x2) - 8 * pow(y, 4, _P)) % _P, 2 * y * z % _P)


def _add(p: _Point, q: _Point) -> _Point:
    if not p[2]:
        return q
    if not q[2]:
        return p
    z1, z2 = p[2] * p[2] % _P, q[2] * q[2] % _P
    u1, u2 = p[0] * z2 % _P, q[0] * z1 % _P
    s1, s2 = p[1] * z2 * q[2] % _P, q[1] * z1 * p[2] % _P
    if u1 == u2:
        return _double(p) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % _P
    h3, v = h * h2 % _P, u1 * h2 % _P
    x = (r * r - h3 - 2 * v) % _P
    return (x, (r * (v - x) - s1 * h3) % _P, h * p[2] * q[2] % _P)


def _times(k: int, point: tuple[int, int]) -> _Point:
    found: _Point = (0, 1, 0)
    adding: _Point = (*point, 1)
    while k:
        if k & 1:
            found = _add(found, adding)
        adding = _double(adding)
        k >>= 1
    return found


@lru_cache(maxsize=4096)
def recover(digest: bytes, signature: str) -> str | None:
    """The address (lower case) whose key signed a digest; None where no key can have."""
    if re.fullmatch(r"0x[0-9a-f]{130}", signature) is None:
        return None
    raw = bytes.fromhex(signature[2:])
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    if not (0 < r < _N and 0 < s <= _N // 2 and v in {27, 28}):
        return None
    square = (pow(r, 3, _P) + 7) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    if y & 1 != v - 27:
        y = _P - y
    inverse = pow(r, -1, _N)
    z = int.from_bytes(digest, "big")
    x, y, w = _add(_times(-z * inverse % _N, _G), _times(s * inverse % _N, (r, y)))
    if not w:
        return None
    unit = pow(w, -1, _P)
    public = (x * unit * unit % _P).to_bytes(32, "big") + (y * pow(unit, 3, _P) % _P).to_bytes(32, "big")
    return "0x" + keccak(public)[12:].hex()


# --- Ed25519 (RFC 8032, 5.1.7, without cofactor), extended coordinates

_Q = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _Q) % _Q
_Edge = tuple[int, int, int, int]


def _ed_add(p: _Edge, q: _Edge) -> _Edge:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _Q, (p[1] + p[0]) * (q[1] + q[0]) % _Q
    c, d = 2 * p[3] * q[3] * _D % _Q, 2 * p[2] * q[2] % _Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q)


def _ed_times(k: int, point: _Edge) -> _Edge:
    found: _Edge = (0, 1, 1, 0)
    while k:
        if k & 1:
            found = _ed_add(found, point)
        point = _ed_add(point, point)
        k >>= 1
    return found


def _ed_point(data: bytes) -> _Edge | None:
    y = int.from_bytes(data, "little") & (2**255 - 1)
    if y >= _Q:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _Q) % _Q
    x = pow(square, (_Q + 3) // 8, _Q)
    if (x * x - square) % _Q:
        x = x * pow(2, (_Q - 1) // 4, _Q) % _Q
    if (x * x - square) % _Q or (not x and data[31] >> 7):
        return None
    if x & 1 != data[31] >> 7:
        x = _Q - x
    return (x, y, 1, x * y % _Q)


_B = _ed_point((4 * pow(5, -1, _Q) % _Q).to_bytes(32, "little"))


@lru_cache(maxsize=4096)
def ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) holds under a key (32 bytes)."""
    if len(key) != 32 or len(signature) != 64 or _B is None:
        return False
    a, r = _ed_point(key), _ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    left, right = _ed_times(s, _B), _ed_add(r, _ed_times(k, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % _Q == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % _Q == 0


# --- canonical JSON (RFC 8785): text, booleans, null, integers to 2^53 - 1, arrays, objects


class Malformed(ValueError):
    """What was handed in is no bundle; the text says where."""


_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


def canonical(value: Any) -> bytes:
    """The canonical form of a value that `parse` lets pass.

    Raises:
        Malformed: text that is not Unicode.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if _BEYOND_BMP.search(text):  # code points and UTF-16 code units may sort otherwise
        text = json.dumps(_in_order(value), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Malformed("text") from error


def _in_order(value: Any) -> Any:
    if type(value) is dict:
        return {name: _in_order(value[name]) for name in sorted_names(value)}
    return [_in_order(each) for each in value] if type(value) is list else value


def _integer(text: str) -> int:
    number = int(text) if len(text) < 20 else SAFE + 1
    if abs(number) > SAFE:
        raise Malformed("number")
    return number


def _no_number(_: str) -> None:
    raise Malformed("number")


def _depth(value: Any) -> int:
    inner = value.values() if type(value) is dict else value if type(value) is list else ()
    return 1 + max(map(_depth, inner), default=0)


def parse(data: bytes) -> Any:
    """Read a bundle: nothing but its one canonical form.

    Raises:
        Malformed: it is none.
    """
    if len(data) > LARGEST:
        raise Malformed("size")
    try:
        text = data.decode()
        value = json.loads(text, parse_float=_no_number, parse_constant=_no_number, parse_int=_integer)
        too_deep = _depth(value) > DEEPEST
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    if too_deep or canonical(value) != data:
        raise Malformed("canonical")
    return value


# --- the format: h 64 hex, x 0x64, a address, g signature, k 128 hex, d 0x bytes, s text, i integer, b boolean, any;
# ["?", …] or null, ["*", …] list, ["%", …] map, ["+", {…}] object with at least these fields, "@…" another shape

SHAPES: dict[str, Any] = json.loads("""
{"words": {"en": "s", "zh": "s"},
 "event": {"block_hash": "x", "block_number": "i", "contract": "a", "data": "d", "final": "b",
  "log_head": ["?", "x"], "log_head_before": ["?", "x"], "log_index": "i",
  "name": "s", "seq": "i", "topics": ["*", "x"], "transaction_hash": "x"},
 "public": {"actor": "s", "answer": "any", "api_key_sha256": "s", "command": ["+", {"type": "s"}], "engine": "i",
  "entry": "i", "epoch": "i", "reference": "s", "rulebook": "i", "schema": "i",
  "sealed": {"outcome": "s", "terms": "s"},
  "signature": ["?", {"signer": "a", "valid_until_ms": "i", "value": "g"}], "time_ms": "i"},
 "receipt": {"entry": "i", "index": "i", "leaf_hash": "h", "path": ["*", "h"], "promised_within_s": "i",
  "seal": {"batch_root": "h", "count": "i", "epoch": "i", "first_entry": "i", "time_ms": "i", "tree_root": "h",
   "tree_size": "i"}, "signature": "k"},
 "signed": {"digest": "x",
  "key": ["?", {"authorisation": "h", "counter": "i", "party_commitment": "h", "state": "s"}],
  "party": "s", "role": "s", "signature": "g", "signer": "a",
  "typed_data": {"domain": {"chainId": "i", "name": "s", "verifyingContract": "a", "version": "s"},
   "message": ["%", "any"], "primaryType": "s", "types": "any"}},
 "deal": {"awarded_ms": "i", "bid_id": ["?", "s"], "buyer": "s", "buyer_key": "a", "by_delivery": "b",
  "contract_commitment": "h", "currency": "s", "deadline_s": "i", "deal_key": "x", "filing_id": ["?", "s"], "id": "s",
  "kind": "s", "licence_id": ["?", "s"], "listing_id": "s",
  "package": ["%", "h"], "price_minor": "i", "proof_digest": ["?", "s"],
  "quantity": ["?", "i"], "right_id": "s", "right_key": "x", "seller": "s", "seller_key": "a",
  "settled_ms": ["?", "i"], "state": "s", "terms_commitment": "h"},
 "bundle": {"about": {"demo": ["?", "s"], "title": "@words"},
  "anchor": ["?", {"consistency": ["*", "h"], "event": "@event", "root": "h", "size": "i", "state": "s"}],
  "attestation": ["?", {"signature": "g", "signer": "a"}],
  "capture": {"clock_offset_ms": "any", "engine": "i", "entries": "i", "for_staff": "b",
   "journal_last_entry": ["?", "i"], "read_at_ms": "i", "rulebook": "i", "schema": "i", "software": "s",
   "sources": ["%", "@words"], "time_source": "@words", "version": "s"},
  "chain": {"anchor": "a", "chain_id": "i", "events": ["*", "@event"],
   "records": ["*", {"kind": "s", "state": "s", "subject_id": "s"}], "register": "a"},
  "checkpoint": ["?", {"made_ms": "i", "note": "s", "root": "h", "size": "i", "timestamp_token": ["?", "s"]}],
  "contract": {"label": "s", "opened": "any", "prevails": "s", "salt": "h", "terms": "any", "texts": ["%", "s"]},
  "custody": {"node": "@words", "time_stamp": "@words", "witness": "@words"},
  "deal": "@deal", "digests": ["%", {"sha256": "h", "sm3": "h"}],
  "entries": ["*", {"entry": "i", "leaf_hash": "h", "openings": ["%", {"salt": "h", "value": "any"}],
   "path": ["?", ["*", "h"]], "public": "@public", "receipt": ["?", "@receipt"]}],
  "format": "s", "missing": ["*", {"code": "s", "en": "s", "zh": "s"}], "recipe": {"en": ["*", "s"], "zh": ["*", "s"]},
  "signed": ["*", "@signed"]}}
""")
_PATTERNS = {
    "h": re.compile(r"[0-9a-f]{64}"),
    "x": re.compile(r"0x[0-9a-f]{64}"),
    "a": re.compile(r"0x[0-9a-fA-F]{40}"),
    "g": re.compile(r"0x[0-9a-f]{130}"),
    "k": re.compile(r"[0-9a-f]{128}"),
    "d": re.compile(r"0x([0-9a-f]{2})*"),
}


def misfit(value: Any, shape: Any, path: str) -> str | None:
    """Where a value has not its shape; None where it has."""
    if isinstance(shape, dict):
        return _misfit_fields(value, shape, path, more=False)
    if isinstance(shape, list):
        return _misfit_within(value, shape[0], shape[1], path)
    if shape.startswith("@"):
        return misfit(value, SHAPES[shape[1:]], path)
    return None if _fits(value, shape) else path


def _fits(value: Any, shape: str) -> bool:
    if shape == "any":
        return True
    if shape == "i":
        return type(value) is int and value >= 0
    if shape == "b":
        return type(value) is bool
    return type(value) is str and (shape == "s" or _PATTERNS[shape].fullmatch(value) is not None)


def _misfit_within(value: Any, kind: str, inner: Any, path: str) -> str | None:
    if kind == "?":
        return None if value is None else misfit(value, inner, path)
    if kind == "+":
        return _misfit_fields(value, inner, path, more=True)
    if type(value) is not (list if kind == "*" else dict):
        return path
    keys: Any = range(len(value)) if kind == "*" else sorted_names(value)
    return next((bad for key in keys if (bad := misfit(value[key], inner, f"{path}.{key}"))), None)


def _misfit_fields(value: Any, fields: dict[str, Any], path: str, *, more: bool) -> str | None:
    if type(value) is not dict:
        return path
    for name in sorted_names({**fields, **value}):
        if name not in value or (name not in fields and not more):
            return f"{path}.{name}"
        if name in fields and (bad := misfit(value[name], fields[name], f"{path}.{name}")):
            return bad
    return None


def sorted_names(value: Any) -> list[str]:
    """An object's names in their canonical order."""
    return sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


# --- Merkle tree (RFC 6962, RFC 9162 2.1.3.2 and 2.1.4.2)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return sha256(b"\x01" + left + right)


def included(leaf: bytes, index: int, size: int, path: list[str], root: str) -> bool:
    """Whether a leaf hash stands at a place under a root."""
    if index >= size:
        return False
    last, node = size - 1, leaf
    for each in path:
        sibling = bytes.fromhex(each)
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        index >>= 1
        last >>= 1
    return last == 0 and node.hex() == root


def consistent(first: int, second: int, first_root: str, second_root: str, path: list[str]) -> bool:
    """Whether the larger tree begins with the smaller."""
    if first == second:
        return not path and first_root == second_root
    if first == 0 or first > second:
        return False
    hashes = [bytes.fromhex(each) for each in path]
    if first & (first - 1) == 0:
        hashes.insert(0, bytes.fromhex(first_root))
    if not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and old.hex() == first_root and new.hex() == second_root


# --- signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature)


class Key(NamedTuple):
    """A verifier key: name, kind (1 a log's, 4 a witness's), 32 bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which its signature lines say whose they are."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public)[:4]


def read_key(text: str, kind: int) -> Key:
    """Read a published verifier key, name+id+base64.

    Raises:
        Malformed: it is none, or one of another kind.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    if not name or raw is None or len(raw) != 33 or raw[0] != kind:
        raise Malformed("key")
    key = Key(name, raw[0], raw[1:])
    if key.key_id.hex() != key_id:
        raise Malformed("key")
    return key


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def read_note(note: str) -> tuple[str, list[tuple[str, bytes]]] | None:
    """A note's text and its lines (name; key id and signature); None where it is no note."""
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        return None
    lines = []
    for line in tail[:-1].split("\n"):
        found = re.fullmatch(r"— ([^ +\n]{1,255}) ([A-Za-z0-9+/=]+)", line)
        raw = None if found is None else _base64(found[2])
        if found is None or raw is None or len(raw) < 5:
            return None
        lines.append((found[1], raw))
    return head + "\n", lines


def as_signed(text: str, lines: list[tuple[str, bytes]]) -> bytes | None:
    """The bytes that a time stamp is over: text, empty line, and the line of the log whose name stands first in it."""
    origin = text.partition("\n")[0]
    own = [raw for name, raw in lines if name == origin]
    return f"{text}\n— {origin} {base64.b64encode(own[0]).decode()}\n".encode() if own else None


def signed_by(text: str, lines: list[tuple[str, bytes]], key: Key) -> bool | None:
    """Whether a key's line under a note holds; None where it has none."""
    mine = [raw[4:] for name, raw in lines if name == key.name and raw[:4] == key.key_id]
    if not mine:
        return None
    for raw in mine:
        message, signature = text.encode(), raw
        if key.kind == 4:
            time_s, signature = int.from_bytes(raw[:8], "big"), raw[8:]
            message = f"cosignature/v1\ntime {time_s}\n{text}".encode()
        if not ed25519(key.public, message, signature):
            return False
    return True


# --- time stamps (RFC 3161): what a token is over and when, not who has signed it

_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_SHA256 = bytes.fromhex("0609608648016503040201")


def der(data: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of the DER values that stand one after the other.

    Raises:
        Malformed: they are none.
    """
    found, place = [], 0
    while place < len(data):
        head = data[place : place + 6]
        if len(head) < 2 or head[1] == 0x80 or head[1] > 0x84:
            raise Malformed("der")
        start, size = place + 2, head[1]
        if size > 0x80:
            start, size = start + size - 0x80, int.from_bytes(head[2 : size - 0x80 + 2], "big")
        place = start + size
        if place > len(data):
            raise Malformed("der")
        found.append((head[0], data[start:place]))
    return found


def imprint_of(token: bytes) -> tuple[bytes, str]:
    """The SHA-256 digest that a token is over, and its time.

    Raises:
        Malformed: it is no token over such a digest.
    """
    place = token.find(_TST_INFO)
    try:
        (_, wrapped), *_ = der(token[place + len(_TST_INFO) :]) if place >= 0 else []
        ((_, octets),) = der(wrapped)
        ((_, info),) = der(octets)
        _, _, (_, imprint), _, (_, time), *_ = der(info)
        (_, algorithm), (_, digest) = der(imprint)
    except ValueError as error:
        raise Malformed("token") from error
    if not algorithm.startswith(_SHA256) or re.fullmatch(rb"[0-9.]{14,20}Z", time) is None:
        raise Malformed("token")
    return digest, time.decode()


# --- EIP-712

TYPES: dict[str, Any] = json.loads("""
{"EIP712Domain": ["string name", "string version", "uint256 chainId", "address verifyingContract"],
 "Instruction": ["string action", "string party", "bytes32 reference", "bytes32 content", "bytes32 terms",
  "uint64 validUntil"],
 "Deal": ["bytes32 rightId", "bytes32 dealId", "uint8 kind", "address seller", "address buyer", "bytes32 terms",
  "bytes32 contractText", "uint64 deadline", "uint32 sellerCounter", "uint32 buyerCounter"],
 "StandingOffer": ["bytes32 rightId", "address seller", "bytes32 terms", "bytes32 contractText", "uint64 termSeconds",
  "uint32 most", "uint64 expiresAt", "uint32 sellerCounter", "bytes32 salt"],
 "OfferAcceptance": ["bytes32 rightId", "bytes32 dealId", "bytes32 offerId", "address buyer", "uint64 deadline",
  "uint32 buyerCounter"],
 "LicenceOrder": ["bytes32 rightId", "address trader", "uint8 side", "bytes32 terms", "uint64 limit",
  "uint32 quantity", "uint64 expiresAt", "uint32 counter", "bytes32 salt"]}
""")


def word(kind: str, value: Any) -> bytes | None:
    """One member as EIP-712 hashes it; None where it is none of its kind."""
    if kind == "string":
        return keccak(value.encode()) if type(value) is str else None
    if kind == "bytes32":
        return bytes.fromhex(value[2:]) if type(value) is str and _PATTERNS["x"].fullmatch(value) else None
    if kind == "address":
        fits = type(value) is str and _PATTERNS["a"].fullmatch(value)
        return bytes(12) + bytes.fromhex(value[2:]) if fits else None
    fits = type(value) is int and 0 <= value < 2 ** min(int(kind[4:]), 64)
    return value.to_bytes(32, "big") if fits else None


def struct_hash(name: str, message: dict[str, Any]) -> bytes | None:
    """EIP-712's hashStruct; None where a member is missing, too many, or none of its kind."""
    members = [tuple(member.split(" ")) for member in TYPES[name]]
    if sorted(message) != sorted(field for _, field in members):
        return None
    words = [word(kind, message[field]) for kind, field in members]
    if None in words:
        return None
    typed = f"{name}({','.join(TYPES[name])})".encode()
    return keccak(keccak(typed) + b"".join(each for each in words if each is not None))


def typed_digest(domain: dict[str, Any], name: str, message: dict[str, Any]) -> bytes | None:
    """The 32 bytes that a wallet signs."""
    separator, content = struct_hash("EIP712Domain", domain), struct_hash(name, message)
    return None if separator is None or content is None else keccak(b"\x19\x01" + separator + content)


def commitment(label: str, salt: str, value: Any) -> str:
    """The salted commitment to a sealed part."""
    name = label.encode()
    prefix = b"IPX sealed part v1\x00" + bytes([len(name) % 256]) + name
    return sha256(prefix + bytes.fromhex(salt) + canonical(value)).hex()


# --- the contracts' events: "!" marks what stands in a topic; seq stands before all

EVENTS: dict[str, Any] = json.loads("""
{"DealAgreed": ["!bytes32 right_id", "!bytes32 deal_id", "uint8 kind", "address seller", "address buyer",
  "bytes32 terms", "bytes32 contract_text", "uint64 deadline"],
 "DealSettled": ["!bytes32 deal_id", "uint8 previous_state", "uint8 new_state"],
 "DealUnwound": ["!bytes32 deal_id", "!bytes32 reason", "uint8 previous_state", "uint8 new_state"],
 "DealCancelled": ["!bytes32 right_id", "!bytes32 deal_id", "address key", "bytes32 deal"],
 "LicenceGranted": ["!bytes32 licence_id", "!bytes32 right_id", "bytes32 deal_id", "bytes32 head_id",
  "bytes32 licensor", "bytes32 licensee", "bytes32 terms", "bytes32 scope", "uint64 starts_at", "uint64 ends_at",
  "bool sublicensable"],
 "LicenceEnded": ["!bytes32 licence_id", "!bytes32 right_id", "uint64 ended_at", "bytes32 reason",
  "uint64 previous_ends_at"],
 "OfferMade": ["!bytes32 right_id", "!address seller", "bytes32 terms", "bytes32 contract_text",
  "uint64 term_seconds", "uint32 most", "uint64 expires_at", "uint32 seller_counter", "bytes32 salt"],
 "OfferAccepted": ["!bytes32 right_id", "!bytes32 deal_id", "bytes32 offer_id", "address buyer", "uint64 deadline"],
 "OrdersFilled": ["!bytes32 right_id", "!bytes32 deal_id", "address register", "bytes32 terms", "address seller",
  "address buyer", "uint64 price", "uint32 quantity", "uint64 ask_limit", "uint32 ask_quantity",
  "uint64 ask_expires_at", "uint32 ask_counter", "bytes32 ask_salt", "uint64 bid_limit", "uint32 bid_quantity",
  "uint64 bid_expires_at", "uint32 bid_counter", "bytes32 bid_salt"],
 "KeyEnrolled": ["!bytes32 party", "!address key", "bytes32 authorisation", "address attestor"],
 "KeyRotated": ["!bytes32 party", "!address old_key", "address new_key", "bytes32 authorisation"],
 "KeyRevoked": ["!bytes32 party", "!address key", "bytes32 reason", "bool by_guardian"],
 "KeyRecovered": ["!bytes32 party", "!address new_key", "address old_key", "bytes32 ground"],
 "RegistryConfirmed": ["!bytes32 right_id", "!bytes32 deal_id", "bytes32 old_holder", "bytes32 new_holder",
  "bytes32 proof"],
 "Anchored": ["!uint64 size", "uint64 previous_size", "bytes32 root", "bytes32 previous_root"]}
""")
DEAL_EVENTS = ("DealAgreed", "OfferAccepted", "OrdersFilled")
KINDS = {"assignment": 1, "exclusive_licence": 2, "sole_licence": 3, "ordinary_licence": 4}
UNSIGNED = ("activate_version", "open_venue", "outage", "record_state_hash", "tick")
"""Commands of the sequencer's own, which nobody signs."""


def fields_of(event: dict[str, Any]) -> dict[str, str] | None:
    """An event's fields, each as 0x and 64 digits; None where topics and data are not those of its name."""
    members = EVENTS.get(event["name"])
    if members is None:
        return None
    kinds = [member.lstrip("!").split(" ") for member in members]
    typed = f"{event['name']}({','.join(['uint64', *(kind for kind, _ in kinds)])})"
    topics = [name for member, (_, name) in zip(members, kinds, strict=True) if member.startswith("!")]
    data = event["data"][2:]
    fits = len(event["topics"]) == len(topics) + 2 and len(data) == 64 * (len(members) - len(topics))
    if not fits or event["topics"][0] != "0x" + keccak(typed.encode()).hex():
        return None
    if event["topics"][1] != number_word(event["seq"]):
        return None
    found = dict(zip(topics, event["topics"][2:], strict=True))
    rest = [name for _, name in kinds if name not in found]
    found |= {name: "0x" + data[64 * place : 64 * place + 64] for place, name in enumerate(rest)}
    return found if all(_is_padded(kind, found[name]) for kind, name in kinds) else None


def number_word(number: int) -> str:
    """A number as the chain writes it, 32 bytes."""
    return f"0x{number:064x}"


def address_word(address: str) -> str:
    """An address as the chain writes it, 32 bytes."""
    return "0x" + address[2:].lower().rjust(64, "0")


def _is_padded(kind: str, written: str) -> bool:
    width = {"bytes32": 64, "address": 40, "bool": 1}.get(kind) or int(kind[4:]) // 4
    return int(written[2 : 66 - width] or "0", 16) == 0 and (kind != "bool" or written[-1] in "01")


# --- the checks


class Line(NamedTuple):
    """One line of the verdict; `what` names what differs, is missing or is stated."""

    check: str
    verdict: str
    code: str
    what: str


class Roots(NamedTuple):
    """What is trusted, had from elsewhere than the bundle; None where it was not named."""

    log: str | None = None
    witnesses: tuple[str, ...] = ()
    chain_id: int | None = None
    register: str | None = None
    anchor: str | None = None


def verify(data: bytes, roots: Roots) -> list[Line]:
    """Check a bundle offline; what a node alone can show is said not to be checked."""
    try:
        bundle = parse(data)
    except Malformed:
        return [Line("form", DIFFERS, "FORM", "canonical")]
    bad = misfit(bundle, "@bundle", "bundle")
    if bad is None and bundle["format"] != FORMAT:
        bad = "bundle.format"
    if bad is not None:
        return [Line("form", DIFFERS, "FORM", bad)]
    return _Checks(bundle, roots).lines()


class _Checks:
    """One bundle's checks; each adds its line."""

    def __init__(self, bundle: dict[str, Any], roots: Roots) -> None:
        self.bundle = bundle
        self.roots = roots
        self.deal = bundle["deal"]
        self.chain = bundle["chain"]
        self.checkpoint = bundle["checkpoint"]
        self.found = [Line("form", HOLDS, "FORM", "")]
        first = bundle["entries"][0] if bundle["entries"] else None
        self.genesis: dict[str, Any] | None = None
        if first is not None and first["entry"] == 0 and _command(first)["type"] == "open_venue":
            self.genesis = _command(first)

    def lines(self) -> list[Line]:
        self.digests()
        self.venue()
        self.log()
        self.entries()
        self.derived()
        self.contract()
        for role in ("seller", "buyer"):
            self.signature(role)
            self.key(role)
        self.events()
        self.recorded()
        self.anchor()
        self.attestation()
        self.rest()
        return self.found

    def add(self, check: str, code: str, differs: list[str], missing: list[str] | None = None) -> None:
        """A line: what differs, else what is missing, else that it holds."""
        verdict = DIFFERS if differs else MISSING if missing else HOLDS
        self.found.append(Line(check, verdict, code, ", ".join(differs or missing or [])))

    def digests(self) -> None:
        names = [
            name for name in sorted_names(self.bundle) if name not in {"attestation", "digests", "format"}
        ]
        content = {name: canonical(self.bundle[name]) for name in names}
        texts = self.bundle["contract"]["texts"]
        content |= {f"contract.{language}": texts[language].encode() for language in sorted_names(texts)}
        listed = self.bundle["digests"]
        differs = []
        for name in sorted_names({**content, **listed}):
            if name not in content or name not in listed:
                differs.append(f"digests.{name}")
            elif listed[name] != {"sha256": sha256(content[name]).hex(), "sm3": sm3(content[name]).hex()}:
                differs.append(name)
        self.add("digests", "DIGESTS", differs)

    def venue(self) -> None:
        if self.genesis is None:
            self.add("venue", "VENUE", [], ["entry 0"])
        else:
            given = {name: self.genesis.get(name) for name in ("chain_id", "register", "anchor")}
            self.add("venue", "VENUE", [name for name in given if not same(given[name], self.chain[name])])
        for name in ("chain_id", "register", "anchor"):
            root = getattr(self.roots, name)
            if root is None:
                self.found.append(Line(name, NOT_CHECKED, "ROOT", ""))
            else:
                self.add(name, "ROOT", [] if same(root, self.chain[name]) else [name])

    def log(self) -> None:
        note = None if self.checkpoint is None else read_note(self.checkpoint["note"])
        origin = f"ipx/{self.chain['chain_id']}/{self.chain['anchor'].lower()}"
        if self.checkpoint is None:
            self.add("checkpoint", "CHECKPOINT", [], ["checkpoint"])
        elif note is None:
            self.add("checkpoint", "CHECKPOINT", ["note"])
        else:
            root = base64.b64encode(bytes.fromhex(self.checkpoint["root"])).decode()
            stated, wanted = note[0].split("\n")[:3], [origin, str(self.checkpoint["size"]), root]
            pairs = zip(("origin", "size", "root"), stated, wanted, strict=False)
            differs = [name for name, is_said, should in pairs if is_said != should]
            self.add("checkpoint", "CHECKPOINT", differs if len(stated) == 3 else ["note"])
        self._signers(note, origin)

    def _signers(self, note: tuple[str, list[tuple[str, bytes]]] | None, origin: str) -> None:
        if self.roots.log is None:
            self.found.append(Line("log", NOT_CHECKED, "LOG", ""))
        else:
            key = read_key(self.roots.log, 1)
            named = self.genesis is None or self.genesis.get("receipt_key") == key.public.hex()
            differs = [] if key.name == origin else ["origin"]
            differs += [] if named else ["receipt_key"]
            signed = None if note is None else signed_by(*note, key)
            self.add(
                "log", "LOG", differs + (["signature"] if signed is False else []), [] if signed else ["note"]
            )
        if not self.roots.witnesses:
            self.found.append(Line("witness", NOT_CHECKED, "WITNESS", ""))
        for text in self.roots.witnesses:
            key = read_key(text, 4)
            signed = None if note is None else signed_by(*note, key)
            differs = ["signature"] if signed is False else []
            self.add(f"witness {key.name}", "WITNESS", differs, [] if signed else ["cosignature"])

    # --- entries

    def entries(self) -> None:
        before = -1
        for each in self.bundle["entries"]:
            differs, missing = self._entry(each)
            if each["entry"] <= before:
                differs.insert(0, "order")
            before = each["entry"]
            self.add(f"entry {each['entry']}", "ENTRY", differs, missing)

    def _entry(self, each: dict[str, Any]) -> tuple[list[str], list[str]]:
        public, leaf = each["public"], sha256(b"\x00" + canonical(each["public"]))
        differs = ["entry"] if public["entry"] != each["entry"] else []
        missing = []
        if leaf.hex() != each["leaf_hash"]:
            differs.append("leaf_hash")
        if self.checkpoint is None or each["path"] is None:
            missing.append("path")
        elif not included(
            leaf, each["entry"], self.checkpoint["size"], each["path"], self.checkpoint["root"]
        ):
            differs.append("path")
        if each["receipt"] is None or self.genesis is None:
            missing.append("receipt")
        elif not self._receipt_holds(each["receipt"], each["entry"], leaf):
            differs.append("receipt")
        if not self._instructed(public):
            differs.append("signature")
        committed = {"terms": public["sealed"]["terms"], **_erasable(public["command"])}
        for label in sorted_names(each["openings"]):
            opening = each["openings"][label]
            if committed.get(label) != commitment(label, opening["salt"], opening["value"]):
                differs.append(f"openings.{label}")
        return differs, missing

    def _receipt_holds(self, receipt: dict[str, Any], entry: int, leaf: bytes) -> bool:
        seal, key = receipt["seal"], (self.genesis or {}).get("receipt_key")
        placed = (
            receipt["entry"] == entry
            and receipt["leaf_hash"] == leaf.hex()
            and receipt["index"] == entry - seal["first_entry"]
            and seal["tree_size"] == seal["first_entry"] + seal["count"]
            and receipt["promised_within_s"] == 60
        )
        path, root = receipt["path"], seal["batch_root"]
        if not placed or not included(leaf, receipt["index"], seal["count"], path, root):
            return False
        if type(key) is not str or _PATTERNS["h"].fullmatch(key) is None:
            return False
        message = b"IPX batch seal v1, in a checkpoint within 60 s\x00" + canonical(seal)
        return ed25519(bytes.fromhex(key), message, bytes.fromhex(receipt["signature"]))

    def _instructed(self, public: dict[str, Any]) -> bool:
        command, signature = public["command"], public["signature"]
        if signature is None or command["type"] in UNSIGNED:
            return signature is None and command["type"] in UNSIGNED
        message = {
            "action": command["type"],
            "party": public["actor"] or "applicant",
            "reference": "0x" + public["reference"],
            "content": "0x" + sha256(canonical(command)).hex(),
            "terms": "0x" + (public["sealed"]["terms"] or "00" * 32),
            "validUntil": signature["valid_until_ms"],
        }
        digest = typed_digest(self._domain("IPX Exchange"), "Instruction", message)
        in_time = public["time_ms"] <= signature["valid_until_ms"]
        return (
            in_time
            and digest is not None
            and recover(digest, signature["value"]) == signature["signer"].lower()
        )

    def _domain(self, name: str) -> dict[str, Any]:
        contract = self.chain["register" if name == "IPX Register" else "anchor"]
        return {
            "name": name,
            "version": "1",
            "chainId": self.chain["chain_id"],
            "verifyingContract": contract,
        }

    # --- the deal

    def derived(self) -> None:
        deal, differs = self.deal, []
        if deal["right_key"] != "0x" + sha256(f"IPX right {deal['right_id']}".encode()).hex():
            differs.append("right_key")
        own = sha256(f"IPX deal {deal['id']}".encode()).hex()[:24]
        if (
            deal["deal_key"]
            != "0x" + deal["seller_key"][-20:].lower() + deal["buyer_key"][-20:].lower() + own
        ):
            differs.append("deal_key")
        self.add("deal", "DEAL", differs)

    def contract(self) -> None:
        deal, contract, differs = self.deal, self.bundle["contract"], []
        terms, texts, salt = contract["terms"], contract["texts"], contract["salt"]
        if commitment("deal-terms", salt, terms) != deal["terms_commitment"]:
            differs.append("terms")
        if commitment(contract["label"], salt, contract["opened"]) != deal["contract_commitment"]:
            differs.append("opened")
        if contract["label"] == "contract-set":
            made = {
                "prevails": contract["prevails"],
                "terms": sha256(canonical(terms)).hex(),
                "texts": {language: sha256(texts[language].encode()).hex() for language in texts},
            }
        else:
            made = texts.get(contract["prevails"])
        if contract["label"] not in {"contract-set", "contract-text"} or canonical(made) != canonical(
            contract["opened"]
        ):
            differs.append("texts")
        named = {"right_id": "right_id", "price": "price_minor", "currency": "currency", "kind": "kind"}
        named |= {"seller": "seller", "buyer": "buyer", "deal_id": "id", "listing_id": "listing_id"}
        told = terms if type(terms) is dict else {}
        differs += [
            f"deal.{name}"
            for key, name in named.items()
            if key in told and canonical(told[key]) != canonical(deal[name])
        ]
        self.add("contract", "CONTRACT", differs)

    def signature(self, role: str) -> None:
        mine = [each for each in self.bundle["signed"] if each["role"] == role]
        if len(mine) != 1:
            self.add(f"signature {role}", "SIGNED", [role] if mine else [], [role])
            return
        typed, differs = mine[0]["typed_data"], []
        name = typed["primaryType"]
        own = {"seller": "StandingOffer", "buyer": "OfferAcceptance"}[role]
        if name not in {"Deal", "LicenceOrder", own}:
            self.add(f"signature {role}", "SIGNED", ["primaryType"])
            return
        domain = self._domain("IPX Register")
        differs += [f"domain.{key}" for key in sorted(domain) if not same(typed["domain"][key], domain[key])]
        if canonical(typed["types"]) != canonical({each: _listed(each) for each in ("EIP712Domain", name)}):
            differs.append("types")
        digest = typed_digest(typed["domain"], name, typed["message"])
        if digest is None or mine[0]["digest"] != "0x" + digest.hex():
            differs.append("digest")
        if digest is None or recover(digest, mine[0]["signature"]) != mine[0]["signer"].lower():
            differs.append("signature")
        if mine[0]["signer"].lower() != self.deal[f"{role}_key"].lower():
            differs.append("signer")
        if mine[0]["party"] != self.deal[role]:
            differs.append("party")
        wanted = self._wanted(role, name)
        differs += [
            f"message.{key}" for key in sorted(wanted) if not same(typed["message"].get(key), wanted[key])
        ]
        if name != "LicenceOrder" and not self._stands(mine[0], name):
            differs.append("entry")
        self.add(f"signature {role}", "SIGNED", differs)

    def _wanted(self, role: str, name: str) -> dict[str, Any]:
        """What a message about this deal must say."""
        deal = self.deal
        terms, text = "0x" + deal["terms_commitment"], "0x" + deal["contract_commitment"]
        if name == "StandingOffer":
            return {
                "rightId": deal["right_key"],
                "seller": deal["seller_key"],
                "terms": terms,
                "contractText": text,
            }
        if name == "LicenceOrder":
            side = {"buyer": 1, "seller": 2}[role]
            return {"rightId": deal["right_key"], "trader": deal[f"{role}_key"], "side": side}
        wanted = {"rightId": deal["right_key"], "dealId": deal["deal_key"], "deadline": deal["deadline_s"]}
        if name == "OfferAcceptance":
            return {**wanted, "buyer": deal["buyer_key"], "offerId": self._offer_id()}
        delivered = deal["by_delivery"] and deal["kind"] == "assignment"
        wanted |= {"kind": 5 if delivered else KINDS.get(deal["kind"], 0)}
        wanted |= {"seller": deal["seller_key"], "buyer": deal["buyer_key"]}
        return {**wanted, "terms": terms, "contractText": text}

    def _offer_id(self) -> str:
        for each in self.bundle["signed"]:
            if each["typed_data"]["primaryType"] == "StandingOffer":
                return "0x" + (struct_hash("StandingOffer", each["typed_data"]["message"]) or b"").hex()
        return ""

    def _stands(self, signed: dict[str, Any], name: str) -> bool:
        """Whether an accepted entry of the party's own holds this signature."""
        types, field = ("sign_agreement", "sign_deal"), "deal_signature"
        if name == "StandingOffer":
            types, field = ("sign_offer", "sign_offer"), "offer_signature"
        for each in self.bundle["entries"]:
            command, answer = _command(each), each["public"]["answer"]
            accepted = type(answer) is dict and answer.get("status") == "accepted"
            mine = command["type"] in types and each["public"]["actor"] == signed["party"]
            if accepted and mine and command.get(field) == signed["signature"]:
                return True
        return False

    def key(self, role: str) -> None:
        mine = [each for each in self.bundle["signed"] if each["role"] == role]
        if len(mine) != 1 or mine[0]["key"] is None:
            self.add(f"key {role}", "KEY", [], ["key"])
            return
        signer, standing, missing = mine[0]["signer"], mine[0]["key"], []
        named = [_command(each) for each in self.bundle["entries"]]
        if not any(same(command.get(name), signer) for command in named for name in ("key", "new_key")):
            missing.append("entry")
        if not any(self._binds(event, signer, standing) for event in self.chain["events"]):
            missing.append("event")
        self.add(f"key {role}", "KEY", [], missing)

    def _binds(self, event: dict[str, Any], signer: str, standing: dict[str, Any]) -> bool:
        fields = fields_of(event)
        if fields is None or event["name"] not in {"KeyEnrolled", "KeyRotated", "KeyRecovered"}:
            return False
        key = fields["key" if event["name"] == "KeyEnrolled" else "new_key"]
        bound = key == address_word(signer) and fields["party"] == "0x" + standing["party_commitment"]
        return bound and (
            "authorisation" not in fields or fields["authorisation"] == "0x" + standing["authorisation"]
        )

    # --- the chain

    def events(self) -> None:
        deal, signed = self.deal, self.bundle["signed"]
        about = {deal["deal_key"], address_word(deal["seller_key"]), address_word(deal["buyer_key"])}
        if deal["licence_id"] is not None:
            about.add("0x" + sha256(f"IPX licence {deal['licence_id']}".encode()).hex())
        salts = [each["typed_data"]["message"].get("salt") for each in signed]
        about |= {salt for salt in salts if type(salt) is str}
        for event in self.chain["events"]:
            fields = fields_of(event)
            differs = self._event(event, fields)
            if fields is not None and not about & set(fields.values()):
                differs.append("subject")
            self.add(f"event {event['name']} {event['seq']}", "EVENT", differs)

    def _event(self, event: dict[str, Any], fields: dict[str, str] | None) -> list[str]:
        if fields is None:
            return ["topics"]
        differs = []
        home = {"Anchored": self.chain["anchor"], "OrdersFilled": event["contract"]}
        if not same(event["contract"], home.get(event["name"], self.chain["register"])):
            differs.append("contract")
        before, after = event["log_head_before"], event["log_head"]
        if before is not None and after is not None:
            folded = bytes.fromhex("".join(each[2:] for each in (before, *event["topics"], event["data"])))
            if "0x" + keccak(folded).hex() != after:
                differs.append("log_head")
        return differs

    def recorded(self) -> None:
        events = [(event, fields_of(event)) for event in self.chain["events"] if event["name"] in DEAL_EVENTS]
        mine = [
            (event, fields)
            for event, fields in events
            if fields and fields["deal_id"] == self.deal["deal_key"]
        ]
        if len(mine) != 1:
            self.add("recorded", "RECORDED", ["events"] if mine else [], ["event"])
            return
        (event, fields), differs = mine[0], []
        by_role = {each["role"]: each["typed_data"]["message"] for each in self.bundle["signed"]}
        for role in ("seller", "buyer"):
            for key, value in sorted(self._said(event["name"], role).items()):
                if not is_word(fields[key], by_role.get(role, {}).get(value)):
                    differs.append(f"{role}.{value}")
        if event["name"] == "OrdersFilled":
            price = int(fields["price"], 16) * int(fields["quantity"], 16)
            differs += [] if price == self.deal["price_minor"] else ["deal.price_minor"]
        self.add("recorded", "RECORDED", differs, [] if event["final"] else ["final"])

    def _said(self, name: str, role: str) -> dict[str, str]:
        """Field of the event to member of what this role has signed."""
        if name == "DealAgreed":
            same_names = ("kind", "seller", "buyer", "terms", "deadline")
            return {
                **{each: each for each in same_names},
                "right_id": "rightId",
                "contract_text": "contractText",
            }
        if name == "OfferAccepted":
            if role == "seller":
                return {"right_id": "rightId"}
            return {"right_id": "rightId", "offer_id": "offerId", "buyer": "buyer", "deadline": "deadline"}
        side = {"seller": "ask", "buyer": "bid"}[role]
        own = {"limit": "limit", "quantity": "quantity", "expires_at": "expiresAt", "counter": "counter"}
        said = {f"{side}_{field}": member for field, member in (own | {"salt": "salt"}).items()}
        return {**said, "right_id": "rightId", "terms": "terms", role: "trader"}

    def anchor(self) -> None:
        anchor = self.bundle["anchor"]
        if anchor is None or self.checkpoint is None:
            self.add("anchor", "ANCHOR", [], ["anchor"])
            return
        fields = fields_of(anchor["event"])
        differs = self._event(anchor["event"], fields)
        if anchor["event"]["name"] != "Anchored":
            differs.append("name")
        elif fields is not None:
            differs += [] if fields["size"] == number_word(anchor["size"]) else ["size"]
            differs += [] if fields["root"] == "0x" + anchor["root"] else ["root"]
        last = max((each["entry"] for each in self.bundle["entries"]), default=0)
        if anchor["size"] <= last:
            differs.append("entries")
        ends = sorted([(anchor["size"], anchor["root"]), (self.checkpoint["size"], self.checkpoint["root"])])
        (old, old_root), (new, new_root) = ends
        if not consistent(old, new, old_root, new_root, anchor["consistency"]):
            differs.append("consistency")
        self.add("anchor", "ANCHOR", differs, [] if anchor["event"]["final"] else ["final"])

    # --- what is stated

    def time_stamp(self) -> None:
        """A token over another text differs; who has signed it is for `openssl ts -verify` to say."""
        token = None if self.checkpoint is None else self.checkpoint["timestamp_token"]
        if token is None:
            self.add("time stamp", "TIME-STAMP", [], ["token"])
            return
        note = read_note(self.checkpoint["note"])
        try:
            digest, time = imprint_of(_base64(token) or b"")
        except Malformed:
            self.add("time stamp", "TIME-STAMP", ["token"])
            return
        imprinted = None if note is None else as_signed(*note)
        if imprinted is None or digest != sha256(imprinted):
            self.add("time stamp", "TIME-STAMP", ["imprint"])
        else:
            self.found.append(Line("time stamp", NOT_CHECKED, "TIME-STAMP", time))

    def attestation(self) -> None:
        given = self.bundle["attestation"]
        if given is None or self.genesis is None:
            self.add("attestation", "ATTESTED", [], ["attestation"])
            return
        message = {
            "action": "deal_bundle",
            "party": "venue",
            "reference": "0x" + sha256(f"{FORMAT} {self.deal['id']}".encode()).hex(),
            "content": "0x" + sha256(canonical(self.bundle["digests"])).hex(),
            "terms": "0x" + "00" * 32,
            "validUntil": self.bundle["capture"]["read_at_ms"],
        }
        digest = typed_digest(self._domain("IPX Exchange"), "Instruction", message)
        differs = [] if same(self.genesis.get("service"), given["signer"]) else ["signer"]
        if digest is None or recover(digest, given["signature"]) != given["signer"].lower():
            differs.append("signature")
        self.add("attestation", "ATTESTED", differs)

    def rest(self) -> None:
        self.time_stamp()
        self.found.append(Line("node", NOT_CHECKED, "NODE", ""))
        for name in sorted_names(self.bundle["custody"]):
            words = self.bundle["custody"][name]
            self.found.append(Line(f"stated {name}", STATED, "STATED", f"{words['en']} / {words['zh']}"))
        for each in self.bundle["missing"]:
            self.found.append(
                Line(f"stated {each['code']}", STATED, "STATED", f"{each['en']} / {each['zh']}")
            )


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same; text without regard to capitals, as addresses are written."""
    if type(one) is str and type(other) is str:
        return one.lower() == other.lower()
    return type(one) is type(other) and bool(one == other)


def is_word(written: str, value: Any) -> bool:
    """Whether a word of the chain is this number, address or hash."""
    if type(value) is int and value >= 0:
        return written == number_word(value)
    return type(value) is str and written == (address_word(value) if len(value) == 42 else value.lower())


def _command(entry: dict[str, Any]) -> dict[str, Any]:
    command: dict[str, Any] = entry["public"]["command"]
    return command


def _erasable(command: dict[str, Any]) -> dict[str, Any]:
    parts = command.get("erasable")
    return parts if type(parts) is dict else {}


def _listed(name: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), member.split(" "), strict=True)) for member in TYPES[name]]


# --- one's own node


class Node:
    """A node's JSON-RPC over HTTP, by the standard library; no call waits longer than ten seconds."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise Malformed("rpc")
        self.url = url

    def ask(self, method: str, *params: Any) -> Any:
        """One call's result.

        Raises:
            OSError: the node does not answer.
            ValueError: what it answers is no answer.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read(LARGEST))["result"]


def ask_node(bundle: dict[str, Any], node: Node) -> list[Line]:
    """Whether one's own node gives every event of a bundle alike, in final blocks of the chain named."""
    events = [*bundle["chain"]["events"], *([bundle["anchor"]["event"]] if bundle["anchor"] else [])]
    try:
        if int(node.ask("eth_chainId"), 16) != bundle["chain"]["chain_id"]:
            return [Line("node", DIFFERS, "NODE", "chain_id")]
        final = int(node.ask("eth_getBlockByNumber", "finalized", False)["number"], 16)  # noqa: FBT003 - the RPC's own
        found = [(event, *_event_on(node, event, final)) for event in events]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [Line("node", MISSING, "NODE", type(error).__name__)]
    lines = []
    for event, differs, missing in found:
        verdict = DIFFERS if differs else MISSING if missing else HOLDS
        check = f"node {event['name']} {event['seq']}"
        lines.append(Line(check, verdict, "NODE", ", ".join(differs or missing)))
    return lines


def _event_on(node: Node, event: dict[str, Any], final: int) -> tuple[list[str], list[str]]:
    receipt = node.ask("eth_getTransactionReceipt", event["transaction_hash"])
    if receipt is None:
        return ["transaction_hash"], []
    number = hex(event["block_number"])
    block = node.ask("eth_getBlockByNumber", number, False)  # noqa: FBT003 - the RPC's own
    differs = [] if receipt["status"] == "0x1" else ["status"]
    if receipt["blockNumber"] != number or receipt["blockHash"] != event["block_hash"]:
        differs.append("block_hash")
    if block is None or block["hash"] != event["block_hash"]:
        differs.append("block")
    log = next((each for each in receipt["logs"] if int(each["logIndex"], 16) == event["log_index"]), None)
    if log is None:
        return [*differs, "log_index"], []
    differs += [] if same(log["address"], event["contract"]) else ["contract"]
    differs += [name for name in ("topics", "data") if log[name] != event[name]]
    return differs, [] if final >= event["block_number"] else ["final"]


# --- the command line

OPTIONAL = ("anchor", "time stamp")
"""What a bundle may lack unless `--require` asks for it."""


def exit_code(lines: list[Line], roots: Roots, required: tuple[str, ...] = ()) -> int:
    """0: all that was asked holds. 1: something differs. 2: something asked for is not shown, or no log key given."""
    if any(line.verdict == DIFFERS for line in lines):
        return 1
    asked = [line for line in lines if line.check in required or line.check not in OPTIONAL]
    lacking = any(line.verdict == MISSING for line in asked)
    unchecked = any(line.verdict == NOT_CHECKED and line.check in required for line in lines)
    return 2 if lacking or unchecked or roots.log is None else 0


VERDICTS = {
    0: ["all that was asked holds", "所查各项均成立"],
    1: ["something differs: do not rely on this bundle", "存在不符：不应采信本数据包"],
    2: [
        "no full verdict: something asked for is not shown, or no log key was named",
        "未能得出完整结论：有所查事项未获证明，或未指定日志密钥",
    ],
}


def main(arguments: list[str] | None = None) -> int:
    """Check the bundle named on the command line; the exit code."""
    reading = argparse.ArgumentParser(
        prog="ipx-verify", description="Check a deal's evidence bundle. 校验交易存证数据包。"
    )
    reading.add_argument("bundle", type=Path, help="bundle.json")
    reading.add_argument(
        "--log", help="the log's verifier key, name+id+base64, had from elsewhere than the venue"
    )
    reading.add_argument(
        "--witness", action="append", default=[], help="a witness's verifier key; may be repeated"
    )
    reading.add_argument("--chain-id", type=int, help="the chain that you mean")
    reading.add_argument("--register", help="address of the register contract")
    reading.add_argument("--anchor", help="address of the journal anchor contract")
    reading.add_argument("--rpc", help="URL of a node of your own")
    reading.add_argument(
        "--require", action="append", default=[], choices=OPTIONAL, help="may not be lacking"
    )
    reading.add_argument("--json", action="store_true", help="print JSON")
    given = reading.parse_args(arguments)
    roots = Roots(given.log, tuple(given.witness), given.chain_id, given.register, given.anchor)
    try:
        with given.bundle.open("rb") as file:
            data = file.read(LARGEST + 1)
        lines = verify(data, roots)
        if given.rpc is not None and lines[0].verdict == HOLDS:
            asked = ask_node(json.loads(data), Node(given.rpc))
            lines = [line for line in lines if line.check != "node"] + asked
    except (OSError, Malformed) as error:
        sys.stderr.write(f"no verdict / 无法得出结论: {error}\n")
        return 2
    code = exit_code(lines, roots, tuple(given.require))
    _show(lines, code, as_json=given.json)
    return code


def _show(lines: list[Line], code: int, *, as_json: bool) -> None:
    if as_json:
        shown = [
            dict(zip((*line._fields, "en", "zh"), (*line, *TEXTS[line.code]), strict=True)) for line in lines
        ]
        sys.stdout.write(json.dumps({"exit_code": code, "lines": shown}, ensure_ascii=False) + "\n")
        return
    for line in lines:
        english, chinese = TEXTS[line.code]
        what = f": {line.what}" if line.what else ""
        sys.stdout.write(f"{line.verdict:<11} {IN_CHINESE[line.verdict]} {line.check}{what}\n")
        if line.verdict != STATED:
            sys.stdout.write(f"            {english} / {chinese}\n")
    sys.stdout.write(f"\n{VERDICTS[code][0]} / {VERDICTS[code][1]}\n")


if __name__ == "__main__":
    sys.exit(main())
