#!/usr/bin/env python3
"""ipx-verify: check a deal's evidence bundle (ipx-bundle/1) without the venue and without its software.

One file that needs nothing but Python 3.11 and its standard library, so that an expert can read all of it: its own
Keccak-256, SM3, ECDSA and Ed25519, canonical JSON (RFC 8785), Merkle paths (RFC 9162), signed notes (C2SP), time-stamp
tokens (RFC 3161), EIP-712. What is trusted is named on the command line and nothing else is; without it a bundle shows
no more than that it agrees with itself. 存证数据包校验程序：只用 Python 标准库，信任根由命令行给出。

    python3 ipx_verify.py bundle.json --log KEY [--witness KEY]... --chain-id ID --register 0x… --anchor 0x…
        [--timestamp CERTIFICATE] [--rpc URL]

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
import time
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
IN_CHINESE = {HOLDS: "成立", DIFFERS: "不符", MISSING: "缺失", NOT_CHECKED: "未核对", STATED: "陈述"}

# --- words: code | English | Chinese; verify.html has the same table

TEXTS: dict[str, list[str]] = {
    line.split(" | ")[0]: line.split(" | ")[1:]
    for line in """\
FORM | canonical JSON, every field of the format in its place | 规范化 JSON，字段与格式相符
DIGESTS | SHA-256 and SM3 of every part are those listed | 各部分的 SHA-256 与 SM3 与所列摘要一致
VENUE | entry 0 opened this venue: its keys, chain and contracts | 记录 0 载明交易中心的密钥、链与合约
ROOT | it is the one that you named | 与您指定的信任根一致
CHECKPOINT | the checkpoint states this size and root | 检查点载明该规模与根
LOG | the log's key has signed the checkpoint | 检查点由日志密钥签名
WITNESS | this witness has cosigned the checkpoint | 该见证方已联署检查点
ENTRY | leaf, path to the checkpoint, receipt, signature, openings hold | 叶哈希、路径、回执、签名与开启均成立
CONTRACT | terms and every text are those that the commitments were made to | 合同条款与各语言文本即承诺所指
DEAL | right and deal have the keys that follow from their ids | 权利与交易的链上编号由其编号得出
SIGNED | the party's key has signed exactly this deal | 该方密钥所签正是本交易
KEY | an entry and an event on the chain bound this key | 有日记账记录与链上事件绑定该密钥
EVENT | the event is what its name and this deal say | 链上事件与其名称及本交易相符
RECORDED | the chain's event of the deal says what was signed | 交易的链上事件与所签内容一致
ANCHOR | the journal's root was anchored beyond these entries | 日记账的根已锚定并覆盖全部记录
ATTESTED | the venue's service key has signed all digests | 交易中心服务密钥已签署全部摘要
TIME-STAMP | the authority that you named has time-stamped the checkpoint | 检查点由您指定的时间戳机构加盖时间戳
NODE | your node gives the same event in a final block | 您的节点在最终区块中给出同一事件
STATED | stated by the venue, proven by nobody | 由交易中心陈述，无人证明""".splitlines()
}

# --- hashes


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


_M64 = 2**64 - 1
_KECCAK_ROUNDS = [0] * 24
_ROTATIONS = {(0, 0): 0}
_state, _x, _y = 1, 1, 0
for _round in range(24):
    for _step in range(7):
        _KECCAK_ROUNDS[_round] |= (_state & 1) << ((1 << _step) - 1)
        _state = (_state << 1) ^ (0x171 if _state & 0x80 else 0)
    _ROTATIONS[_x, _y] = (_round + 1) * (_round + 2) // 2 % 64
    _x, _y = _y, (2 * _x + 3 * _y) % 5


def _keccak_f(a: list[list[int]]) -> list[list[int]]:
    for constant in _KECCAK_ROUNDS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & _M64) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for (x, y), turn in _ROTATIONS.items():
            lane = a[x][y] ^ d[x]
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
    return b"".join(a[i][0].to_bytes(8, "little") for i in range(4))


def _turn(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


_SM3_START = bytes.fromhex("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e")
_SM3_T = [_turn(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[place : place + 4], "big") for place in range(0, len(data), 4)]


def _sm3_block(v: list[int], block: bytes) -> list[int]:
    w = _words(block)
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
    return hashlib.new("sm3", data).digest() if "sm3" in hashlib.algorithms_available else own_sm3(data)


def own_sm3(data: bytes) -> bytes:
    """SM3 without any help."""
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    v = _words(_SM3_START)
    for start in range(0, len(padded), 64):
        v = _sm3_block(v, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in v)


# --- ECDSA (SEC 1, 4.1.4 and 4.1.6) in Jacobian coordinates


class Curve(NamedTuple):
    """y^2 = x^3 + ax + b modulo p, with n points, of which `base` is one (SEC 2)."""

    p: int
    n: int
    a: int
    b: int
    base: tuple[int, int]


SECP256K1 = Curve(
    2**256 - 2**32 - 977,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    0,
    7,
    (
        0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
        0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
    ),
)
P256 = Curve(
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    -3,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)
_Point = tuple[int, int, int]


def _double(point: _Point, curve: Curve) -> _Point:
    (x, y, z), p = point, curve.p
    if not y or not z:
        return (0, 1, 0)
    s = 4 * x * y * y % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    x2 = (m * m - 2 * s) % p
    return (x2, (m * (s - x2) - 8 * pow(y, 4, p)) % p, 2 * y * z % p)


def _add(one: _Point, other: _Point, curve: Curve) -> _Point:
    if not one[2] or not other[2]:
        return one if one[2] else other
    p = curve.p
    z1, z2 = one[2] * one[2] % p, other[2] * other[2] % p
    u1, u2 = one[0] * z2 % p, other[0] * z1 % p
    s1, s2 = one[1] * z2 * other[2] % p, other[1] * z1 * one[2] % p
    if u1 == u2:
        return _double(one, curve) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % p
    h3, v = h * h2 % p, u1 * h2 % p
    x = (r * r - h3 - 2 * v) % p
    return (x, (r * (v - x) - s1 * h3) % p, h * one[2] * other[2] % p)


def _combined(u: int, v: int, point: tuple[int, int], curve: Curve) -> tuple[int, int] | None:
    """The base point u times and another v times; None where they cancel out."""
    one, other = (*curve.base, 1), (*point, 1)
    choices, found = [one, other, _add(one, other, curve)], (0, 1, 0)
    for bit in reversed(range(curve.n.bit_length())):
        found = _double(found, curve)
        chosen = (u % curve.n >> bit & 1) + 2 * (v % curve.n >> bit & 1)
        found = _add(found, choices[chosen - 1], curve) if chosen else found
    x, y, z = found
    if not z:
        return None
    unit = pow(z, -1, curve.p)
    return x * unit * unit % curve.p, y * pow(unit, 3, curve.p) % curve.p


def ecdsa(public: tuple[int, int], digest: bytes, r: int, s: int, curve: Curve = P256) -> bool:
    """Whether a signature of a digest of 32 bytes or more holds under a point of the curve."""
    if not (0 < r < curve.n and 0 < s < curve.n):
        return False
    back = pow(s, -1, curve.n)
    found = _combined(int.from_bytes(digest[:32], "big") * back, r * back, public, curve)
    return found is not None and found[0] % curve.n == r


@lru_cache(maxsize=4096)
def recover(digest: bytes, signature: str) -> str | None:
    """The address (lower case) whose secp256k1 key signed a digest with a low s (EIP-2); None where none can have."""
    if re.fullmatch(r"0x[0-9a-f]{130}", signature) is None:
        return None
    raw, (p, n, *_) = bytes.fromhex(signature[2:]), SECP256K1
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    if not (0 < r < n and 0 < s <= n // 2 and v in {27, 28}):
        return None
    square = (pow(r, 3, p) + 7) % p
    y = pow(square, (p + 1) // 4, p)
    if y * y % p != square:
        return None
    back = pow(r, -1, n)
    point = (r, y if y & 1 == v - 27 else p - y)
    public = _combined(-int.from_bytes(digest, "big") * back, s * back, point, SECP256K1)
    if public is None:
        return None
    return "0x" + keccak(b"".join(each.to_bytes(32, "big") for each in public))[12:].hex()


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
    return all((left[i] * right[2] - right[i] * left[2]) % _Q == 0 for i in range(2))


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


def sorted_names(value: Any) -> list[str]:
    """An object's names in their canonical order."""
    return sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def _integer(text: str) -> int:
    number = int(text) if len(text) < 20 else SAFE + 1
    if abs(number) > SAFE:
        raise Malformed("number")
    return number


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
        value = json.loads(data.decode(), parse_float=_integer, parse_constant=_integer, parse_int=_integer)
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
    kind: re.compile(pattern)
    for kind, pattern in {
        "h": "[0-9a-f]{64}",
        "x": "0x[0-9a-f]{64}",
        "a": "0x[0-9a-fA-F]{40}",
        "g": "0x[0-9a-f]{130}",
        "k": "[0-9a-f]{128}",
        "d": "0x([0-9a-f]{2})*",
        "s": "(?s:.*)",
    }.items()
}


def fits(value: Any, shape: str) -> bool:
    """Whether a value without parts is of its kind."""
    if shape in {"any", "b"}:
        return shape == "any" or type(value) is bool
    if shape == "i":
        return type(value) is int and value >= 0
    return type(value) is str and _PATTERNS[shape].fullmatch(value) is not None


def misfit(value: Any, shape: Any, path: str) -> str | None:
    """Where a value has not its shape; None where it has."""
    if isinstance(shape, str):
        named = SHAPES.get(shape[1:]) if shape.startswith("@") else None
        return misfit(value, named, path) if named else None if fits(value, shape) else path
    fields: Any = ("=", shape)
    kind, inner = fields if isinstance(shape, dict) else shape
    if kind == "?":
        return None if value is None else misfit(value, inner, path)
    if type(value) is not (list if kind == "*" else dict):
        return path
    fixed = kind in {"=", "+"}
    held_names = {*value, *inner} if fixed else value
    keys: Any = range(len(value)) if kind == "*" else sorted_names(held_names)
    for key in keys:
        if fixed and (key not in value or (key not in inner and kind == "=")):
            return f"{path}.{key}"
        held = inner.get(key, "any") if fixed else inner
        if (bad := misfit(value[key], held, f"{path}.{key}")) is not None:
            return bad
    return None


# --- Merkle tree (RFC 6962, RFC 9162 2.1.3.2 and 2.1.4.2)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return sha256(b"\x01" + left + right)


def _climbed(node: bytes, place: int, last: int, path: list[bytes]) -> tuple[str, str] | None:
    """The roots that a path leads to from a node: of the tree that ends with it, and of the whole tree."""
    old = new = node
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return (old.hex(), new.hex()) if last == 0 else None


def included(leaf: bytes, index: int, size: int, path: list[str], root: str) -> bool:
    """Whether a leaf hash stands at a place under a root."""
    found = _climbed(leaf, index, size - 1, [bytes.fromhex(each) for each in path]) if index < size else None
    return found is not None and found[1] == root


def consistent(first: int, second: int, first_root: str, second_root: str, path: list[str]) -> bool:
    """Whether the larger tree begins with the smaller."""
    if first == second:
        return not path and first_root == second_root
    hashes = [bytes.fromhex(each) for each in path]
    if first & (first - 1) == 0:
        hashes.insert(0, bytes.fromhex(first_root))
    if first == 0 or first > second or not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return _climbed(hashes[0], place, last, hashes[1:]) == (first_root, second_root)


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
    """Whether a key's lines under a note hold; None where it has none."""
    mine = [raw[4:] for name, raw in lines if name == key.name and raw[:4] == key.key_id]
    return all(_line_holds(text, raw, key) for raw in mine) if mine else None


def _line_holds(text: str, raw: bytes, key: Key) -> bool:
    if key.kind == 1:
        return ed25519(key.public, text.encode(), raw)
    message = f"cosignature/v1\ntime {int.from_bytes(raw[:8], 'big')}\n{text}"
    return ed25519(key.public, message.encode(), raw[8:])


# --- time stamps: tokens (RFC 3161, CMS of RFC 5652, RFC 5816) and certificates (RFC 5280) in DER (X.690)


class Der(NamedTuple):
    """A DER value: its tag, what it holds, and all of it as it was written."""

    tag: int
    content: bytes
    whole: bytes


def der(data: bytes, shape: str = "") -> list[Any]:
    """The DER values that stand one after the other; of a shape, their tags in hexadecimal, ? after what may be absent.

    Raises:
        Malformed: they are none, or of another shape.
    """
    values, place = [], 0
    while place < len(data):
        start, size = place + 2, data[place + 1] if place + 1 < len(data) else 0x80
        if size >= 0x80:
            octets = data[start : start + size - 0x80]
            start, size = start + size - 0x80, int.from_bytes(octets, "big")
            if not 0 < len(octets) <= 4 or octets[0] == 0 or size < 0x80 or start > len(data):
                raise Malformed("der")
        if start + size > len(data):
            raise Malformed("der")
        values.append(Der(data[place], data[start : start + size], data[place : start + size]))
        place = start + size
    if not shape:
        return values
    found: list[Der | None] = []
    for wanted in shape.split(" "):
        here = values[0].tag if values else None
        found.append(values.pop(0) if here == int(wanted[:2], 16) else None)
        if found[-1] is None and not wanted.endswith("?"):
            raise Malformed("der")
    if values:
        raise Malformed("der")
    return found


OIDS: dict[str, str] = json.loads("""
{"SIGNED_DATA": "2a864886f70d010702", "TST_INFO": "2a864886f70d0109100104",
 "CONTENT_TYPE": "2a864886f70d010903", "MESSAGE_DIGEST": "2a864886f70d010904",
 "SIGNING_CERTIFICATE": "2a864886f70d010910022f",
 "KEY_ID": "551d0e", "KEY_USAGE": "551d0f", "PURPOSE": "551d25", "TIME_STAMPING": "300a06082b06010505070308",
 "EC_KEY": "06072a8648ce3d020106082a8648ce3d030107", "RSA_KEY": "06092a864886f70d0101010500"}
""")
DIGESTS = {f"060960864801650304020{i}": f"sha{bits}" for i, bits in ((1, 256), (2, 384), (3, 512))}
SIGNS_WITH: dict[str, list[str | None]] = json.loads("""
{"06082a8648ce3d040302": ["ec", "sha256"], "06082a8648ce3d040303": ["ec", "sha384"],
 "06082a8648ce3d040304": ["ec", "sha512"], "06092a864886f70d01010b0500": ["rsa", "sha256"],
 "06092a864886f70d01010c0500": ["rsa", "sha384"], "06092a864886f70d01010d0500": ["rsa", "sha512"],
 "06092a864886f70d0101010500": ["rsa", null]}
""")


def _digest_named(algorithm: bytes) -> str | None:
    return DIGESTS.get(algorithm.hex().removesuffix("0500"))


def _natural(content: bytes) -> int:
    if not content or content[0] >= 0x80 or (len(content) > 1 and content[0] == 0 and content[1] < 0x80):
        raise Malformed("der")
    return int.from_bytes(content, "big")


class Authority(NamedTuple):
    """A time-stamping authority's own certificate. `key`: a point of P-256, or an RSA modulus and exponent."""

    whole: bytes
    named: bytes
    key_id: bytes | None
    begins: str
    ends: str
    for_time_stamps: bool
    kind: str
    key: tuple[int, int]


def read_authority(pem: str) -> Authority:
    """Read the one certificate of a PEM text; it is trusted as it stands, so its own signature is not looked at.

    Raises:
        Malformed: it is none, or its key is neither of P-256 nor of RSA with 2,048 to 8,192 bits.
    """
    found = re.findall(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----", pem)
    try:
        whole = _base64(re.sub(r"\s", "", found[0]) if len(found) == 1 else "?") or b""
        (certificate,) = der(whole, "30")
        body, _, _ = der(certificate.content, "30 30 03")
        parts = der(body.content, "a0 02 30 30 30 30 30 81? 82? a3")
        begins, ends = (_year_in_full(each) for each in der(parts[4].content))
        held = [der(each.content, "06 01? 04") for each in der(der(parts[9].content, "30")[0].content)]
        extensions = {
            name.content.hex(): (flag is not None and flag[1] == b"\xff", value.content)
            for name, flag, value in held
        }
        (usage,) = der(extensions.get(OIDS["KEY_USAGE"], (False, b"\3\0"))[1], "03")
        (key_id,) = der(extensions.get(OIDS["KEY_ID"], (False, b""))[1], "04?")
        signs = len(usage.content) > 1 and usage.content[1] & 0xC0 != 0
        purpose = extensions.get(OIDS["PURPOSE"]) == (True, bytes.fromhex(OIDS["TIME_STAMPING"]))
        names = parts[3].whole + parts[1].whole, None if key_id is None else key_id.content
        return Authority(whole, *names, begins, ends, signs and purpose, *_public_key(parts[6].content))
    except ValueError as error:
        raise Malformed("timestamp") from error


def _year_in_full(time: Der) -> str:
    """A certificate's time as a token would write it."""
    text = time.content.decode("ascii")
    if time.tag == 0x17:
        text = ("19" if text >= "50" else "20") + text
    if time.tag not in {0x17, 0x18} or re.fullmatch(r"[0-9]{14}Z", text) is None:
        raise Malformed("time")
    return text[:-1]


def _public_key(content: bytes) -> tuple[str, tuple[int, int]]:
    kind, bits = der(content, "30 03")
    if kind.content.hex() == OIDS["RSA_KEY"] and bits.content[:1] == b"\0":
        (pair,) = der(bits.content[1:], "30")
        modulus, exponent = (_natural(each.content) for each in der(pair.content, "02 02"))
        if 2_048 <= modulus.bit_length() <= 8_192 and exponent & 1 and 1 < exponent < 2**64:
            return "rsa", (modulus, exponent)
    elif kind.content.hex() == OIDS["EC_KEY"] and bits.content[:2] == b"\0\4" and len(bits.content) == 66:
        x, y = int.from_bytes(bits.content[2:34], "big"), int.from_bytes(bits.content[34:], "big")
        if max(x, y) < P256.p and (y * y - x**3 - P256.a * x - P256.b) % P256.p == 0:
            return "ec", (x, y)
    raise Malformed("key")


class Token(NamedTuple):
    """What a time-stamp token says: over which SHA-256 digest, at what time; and what its signer has signed."""

    digest: bytes
    time: str
    content: bytes
    certificates: list[Der] | None
    signer: list[Any]
    attributes: dict[str, Der]

    def attribute(self, name: str) -> Der:
        """What the signer has signed of such a name; an empty value where it has signed none."""
        return self.attributes.get(name, Der(0, b"", b""))


def read_token(token: bytes) -> Token:
    """Read a token in its strict form; who has signed it is for `signer_differs`.

    Raises:
        Malformed: it is no token over a SHA-256 digest, or one with an extension that must be understood.
    """
    kind, held = der(der(token, "30")[0].content, "06 a0")
    version, kinds, enclosed, certificates, lists, signers = der(
        der(held.content, "30")[0].content, "02 31 30 a0? a1? 31"
    )
    about, wrapped = der(enclosed.content, "06 a0")
    content = der(wrapped.content, "04")[0].content
    signer = der(der(signers.content, "30")[0].content, "02 30? 80? 30 a0 30 04 a1?")
    members = der(der(content, "30")[0].content, "02 06 30 02 18 30? 01? 02? a0? a1?")
    algorithm, digest = der(members[2].content, "30 04")
    pairs = [der(each.content, "06 31") for each in der(signer[4].content)]
    extensions = [der(each.content, "06 01? 04") for each in der(members[9].content if members[9] else b"")]
    attributes = {name.content.hex(): der(values.content) for name, values in pairs}
    numbers = version.content, members[0].content, signer[0].content
    time = members[4].content.decode("latin-1")
    proper = (
        (kind.content.hex(), about.content.hex()) == (OIDS["SIGNED_DATA"], OIDS["TST_INFO"])
        and numbers == (b"\3", b"\1", b"\3" if signer[1] is None else b"\1")
        and (signer[1] is None) != (signer[2] is None)
        and der(kinds.content, "30")[0].whole == signer[3].whole
        and _digest_named(algorithm.content) == "sha256"
        and not any(critical for _, critical, _ in extensions)
        and len(attributes) == len(pairs)
        and all(len(values) == 1 for values in attributes.values())
        and (lists is None or certificates is not None)
        and re.fullmatch(r"[0-9]{14}([.][0-9]{1,9})?Z", time)
    )
    if not proper:
        raise Malformed("token")
    brought = None if certificates is None else der(certificates.content)
    signed = {name: values[0] for name, values in attributes.items()}
    return Token(digest.content, time, content, brought, signer, signed)


def signer_differs(token: Token, authority: Authority) -> list[str]:
    """What of a token is not an authority's own: signer, purpose, validity, signature."""
    _, named, key_id, hashed, attributes, algorithm, signature, _ = token.signer
    named_so = named.content == authority.named if named else key_id.content == authority.key_id
    brought = token.certificates is None or authority.whole in [each.whole for each in token.certificates]
    with_it, kind = _digest_named(hashed.content), SIGNS_WITH.get(algorithm.content.hex())
    if not (named_so and brought and _names_certificate(token, authority)):
        return ["signer"]
    signed = False
    if with_it is not None and kind is not None and kind[0] == authority.kind and kind[1] in {None, with_it}:
        digest = hashlib.new(with_it, token.content).digest()
        over = hashlib.new(with_it, b"\x31" + attributes.whole[1:]).digest()
        said = bytes.fromhex("060b" + OIDS["TST_INFO"]), b"\x04" + bytes([len(digest)]) + digest
        stated = (token.attribute(OIDS["CONTENT_TYPE"]).whole, token.attribute(OIDS["MESSAGE_DIGEST"]).whole)
        signed = stated == said and _signature_holds(authority, with_it, over, signature.content)
    holds = {
        "purpose": authority.for_time_stamps,
        "validity": authority.begins <= token.time[:-1] <= authority.ends,
        "signature": signed,
    }
    return [name for name, so in holds.items() if not so]


def _names_certificate(token: Token, authority: Authority) -> bool:
    """Whether the signed attributes name this certificate, by its digest."""
    listed, _ = der(token.attribute(OIDS["SIGNING_CERTIFICATE"]).content, "30? 30?")
    first = der(listed.content)[:1] if listed else []
    if not first:
        return False
    algorithm, digest, _ = der(first[0].content, "30? 04 30?")
    kind = "sha256" if algorithm is None else _digest_named(algorithm.content)
    return kind is not None and hashlib.new(kind, authority.whole).digest() == digest.content


def _signature_holds(authority: Authority, kind: str, digest: bytes, signature: bytes) -> bool:
    """ECDSA on P-256, or RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2)."""
    if authority.kind == "ec":
        r, s = (_natural(each.content) for each in der(der(signature, "30")[0].content, "02 02"))
        return ecdsa(authority.key, digest, r, s)
    modulus, exponent = authority.key
    size = (modulus.bit_length() + 7) // 8
    name = next(bytes.fromhex(each) for each in DIGESTS if DIGESTS[each] == kind)
    info = bytes([0x30, len(digest) + 17, 0x30, 13]) + name + b"\5\0\4" + bytes([len(digest)]) + digest
    number = int.from_bytes(signature, "big")
    wanted = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    fits_in = len(signature) == size and number < modulus
    return fits_in and pow(number, exponent, modulus) == int.from_bytes(wanted, "big")


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
    if kind in {"bytes32", "address"}:
        fitting = fits(value, "x" if kind == "bytes32" else "a")
        return bytes.fromhex(value[2:]).rjust(32, b"\0") if fitting else None
    fitting = type(value) is int and 0 <= value < 2 ** min(int(kind[4:]), 64)
    return value.to_bytes(32, "big") if fitting else None


def struct_hash(name: str, message: dict[str, Any]) -> bytes | None:
    """EIP-712's hashStruct; None where a member is missing, too many, or none of its kind."""
    members = [member.split(" ") for member in TYPES[name]]
    if sorted(message) != sorted(field for _, field in members):
        return None
    words = [each for kind, field in members if (each := word(kind, message[field])) is not None]
    typed = f"{name}({','.join(TYPES[name])})".encode()
    return keccak(keccak(typed) + b"".join(words)) if len(words) == len(members) else None


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
SAID: dict[str, Any] = json.loads("""
{"DealAgreed": {"both": {"contract_text": "contractText", "deadline": "deadline", "kind": "kind",
  "right_id": "rightId", "seller": "seller", "buyer": "buyer", "terms": "terms"}, "buyer": {}, "seller": {}},
 "OfferAccepted": {"both": {"right_id": "rightId"}, "seller": {},
  "buyer": {"buyer": "buyer", "deadline": "deadline", "offer_id": "offerId"}},
 "OrdersFilled": {"both": {"right_id": "rightId", "terms": "terms"},
  "seller": {"ask_counter": "counter", "ask_expires_at": "expiresAt", "ask_limit": "limit",
   "ask_quantity": "quantity", "ask_salt": "salt", "seller": "trader"},
  "buyer": {"bid_counter": "counter", "bid_expires_at": "expiresAt", "bid_limit": "limit",
   "bid_quantity": "quantity", "bid_salt": "salt", "buyer": "trader"}}}
""")
"""Events that record a deal: their fields, and the members of what each side has signed that they must equal."""
WANTED: dict[str, Any] = json.loads("""
{"Deal": {"buyer": "buyer_key", "contractText": "text", "deadline": "deadline_s", "dealId": "deal_key",
  "kind": "kind_number", "rightId": "right_key", "seller": "seller_key", "terms": "terms"},
 "StandingOffer": {"contractText": "text", "rightId": "right_key", "seller": "seller_key", "terms": "terms"},
 "OfferAcceptance": {"buyer": "buyer_key", "deadline": "deadline_s", "dealId": "deal_key", "offerId": "offer_id",
  "rightId": "right_key"},
 "LicenceOrder": {"rightId": "right_key", "side": "side", "trader": "own_key"}}
""")
"""Members of what is signed, and what of the deal they must equal."""
TOLD: dict[str, str] = json.loads("""
{"right_id": "right_id", "price": "price_minor", "currency": "currency", "kind": "kind", "seller": "seller",
 "buyer": "buyer", "deal_id": "id", "listing_id": "listing_id"}
""")
"""Fields that terms may have, and those of the deal that they must equal."""
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
    first = ["0x" + keccak(typed.encode()).hex(), number_word(event["seq"])]
    topics = [name for member, (_, name) in zip(members, kinds, strict=True) if member.startswith("!")]
    rest = [name for _, name in kinds if name not in topics]
    data = event["data"][2:]
    if event["topics"][:2] != first or len(event["topics"]) != len(topics) + 2 or len(data) != 64 * len(rest):
        return None
    found = dict(zip(topics, event["topics"][2:], strict=True))
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
    """What is trusted, had from elsewhere than the bundle; None where it was not named. `timestamp`: a PEM text."""

    log: str | None = None
    witnesses: tuple[str, ...] = ()
    chain_id: int | None = None
    register: str | None = None
    anchor: str | None = None
    timestamp: str | None = None


def verify(data: bytes, roots: Roots) -> list[Line]:
    """Check a bundle offline; what a node alone can show is said not to be checked.

    Raises:
        Malformed: a root of trust is none.
    """
    try:
        bundle = parse(data)
    except Malformed:
        return [Line("form", DIFFERS, "FORM", "canonical")]
    bad = misfit(bundle, "@bundle", "bundle") or (None if bundle["format"] == FORMAT else "bundle.format")
    return _Checks(bundle, roots).lines() if bad is None else [Line("form", DIFFERS, "FORM", bad)]


Held = dict[str, bool]


class _Checks:
    """One bundle's checks; each adds its line."""

    def __init__(self, bundle: dict[str, Any], roots: Roots) -> None:
        self.bundle, self.roots = bundle, roots
        self.deal, self.chain, self.checkpoint = bundle["deal"], bundle["chain"], bundle["checkpoint"]
        self.found = [Line("form", HOLDS, "FORM", "")]
        self.note = None if self.checkpoint is None else read_note(self.checkpoint["note"])
        self.commands: list[Any] = [each["public"]["command"] for each in bundle["entries"]]
        opens = [
            each["entry"] == 0 and each["public"]["command"]["type"] == "open_venue"
            for each in bundle["entries"]
        ]
        self.genesis: dict[str, Any] | None = self.commands[0] if opens[:1] == [True] else None

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
        self.time_stamp()
        self.rest()
        return self.found

    def add(self, check: str, code: str, holds: Held, shown: Held | None = None) -> None:
        """A line: what does not hold, else what is not shown, else that it holds."""
        differs = [name for name, so in holds.items() if not so]
        missing = [name for name, so in (shown or {}).items() if not so]
        verdict = DIFFERS if differs else MISSING if missing else HOLDS
        self.found.append(Line(check, verdict, code, ", ".join(differs or missing)))

    def digests(self) -> None:
        unlisted = ("attestation", "digests", "format")
        content = {name: canonical(self.bundle[name]) for name in self.bundle if name not in unlisted}
        texts, listed = self.bundle["contract"]["texts"], self.bundle["digests"]
        content |= {f"contract.{language}": texts[language].encode() for language in texts}
        holds = {}
        for name in sorted_names({**content, **listed}):
            if name in content and name in listed:
                made = {"sha256": sha256(content[name]).hex(), "sm3": sm3(content[name]).hex()}
                holds[name] = listed[name] == made
            else:
                holds[f"digests.{name}"] = False
        self.add("digests", "DIGESTS", holds)

    def venue(self) -> None:
        names, genesis = ("chain_id", "register", "anchor"), self.genesis or {}
        holds = {name: same(genesis.get(name), self.chain[name]) for name in names}
        self.add("venue", "VENUE", holds if genesis else {}, {"entry 0": bool(genesis)})
        for name in names:
            root = getattr(self.roots, name)
            if root is None:
                self.found.append(Line(name, NOT_CHECKED, "ROOT", ""))
            else:
                self.add(name, "ROOT", {name: same(root, self.chain[name])})

    def log(self) -> None:
        origin = f"ipx/{self.chain['chain_id']}/{self.chain['anchor'].lower()}"
        stated, holds = [] if self.note is None else self.note[0].split("\n")[:3], {}
        if self.checkpoint is not None:
            holds = {"note": len(stated) == 3}
        if len(stated) == 3:
            root = base64.b64encode(bytes.fromhex(self.checkpoint["root"])).decode()
            wanted = (origin, str(self.checkpoint["size"]), root)
            pairs = zip(("origin", "size", "root"), stated, wanted, strict=True)
            holds = {name: is_said == should for name, is_said, should in pairs}
        self.add("checkpoint", "CHECKPOINT", holds, {"checkpoint": self.checkpoint is not None})
        if self.roots.log is None:
            self.found.append(Line("log", NOT_CHECKED, "LOG", ""))
        else:
            key = read_key(self.roots.log, 1)
            named = self.genesis is None or self.genesis.get("receipt_key") == key.public.hex()
            signed = None if self.note is None else signed_by(*self.note, key)
            holds = {"origin": key.name == origin, "receipt_key": named, "signature": signed is not False}
            self.add("log", "LOG", holds, {"note": bool(signed)})
        if not self.roots.witnesses:
            self.found.append(Line("witness", NOT_CHECKED, "WITNESS", ""))
        for text in self.roots.witnesses:
            key = read_key(text, 4)
            signed = None if self.note is None else signed_by(*self.note, key)
            holds, shown = {"signature": signed is not False}, {"cosignature": bool(signed)}
            self.add(f"witness {key.name}", "WITNESS", holds, shown)

    # --- entries

    def entries(self) -> None:
        before = -1
        for each in self.bundle["entries"]:
            self._entry(each, in_order=each["entry"] > before)
            before = each["entry"]

    def _entry(self, each: dict[str, Any], *, in_order: bool) -> None:
        public, number, path = each["public"], each["entry"], each["path"]
        leaf, point = sha256(b"\x00" + canonical(public)), self.checkpoint
        pathless, unreceipted = point is None or path is None, each["receipt"] is None or self.genesis is None
        erasable = public["command"].get("erasable")
        committed = {"terms": public["sealed"]["terms"], **(erasable if type(erasable) is dict else {})}
        holds = {
            "order": in_order,
            "entry": public["entry"] == number,
            "leaf_hash": leaf.hex() == each["leaf_hash"],
            "path": pathless or included(leaf, number, point["size"], path, point["root"]),
            "receipt": unreceipted or self._receipt_holds(each["receipt"], number, leaf),
            "signature": self._instructed(public),
        }
        for label in sorted_names(each["openings"]):
            opening = each["openings"][label]
            made = commitment(label, opening["salt"], opening["value"])
            holds[f"openings.{label}"] = committed.get(label) == made
        self.add(f"entry {number}", "ENTRY", holds, {"path": not pathless, "receipt": not unreceipted})

    def _receipt_holds(self, receipt: dict[str, Any], entry: int, leaf: bytes) -> bool:
        seal, key = receipt["seal"], (self.genesis or {}).get("receipt_key")
        message = b"IPX batch seal v1, in a checkpoint within 60 s\x00" + canonical(seal)
        return (
            bool(receipt["entry"] == entry)
            and receipt["leaf_hash"] == leaf.hex()
            and receipt["index"] == entry - seal["first_entry"]
            and seal["tree_size"] == seal["first_entry"] + seal["count"]
            and receipt["promised_within_s"] == 60
            and included(leaf, receipt["index"], seal["count"], receipt["path"], seal["batch_root"])
            and fits(key, "h")
            and ed25519(bytes.fromhex(str(key)), message, bytes.fromhex(receipt["signature"]))
        )

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
        signer = None if digest is None else recover(digest, signature["value"])
        in_time = bool(public["time_ms"] <= signature["valid_until_ms"])
        return in_time and signer == signature["signer"].lower()

    def _domain(self, name: str) -> dict[str, Any]:
        contract = self.chain["register" if name == "IPX Register" else "anchor"]
        own = {"chainId": self.chain["chain_id"], "verifyingContract": contract}
        return {"name": name, "version": "1", **own}

    # --- the deal

    def derived(self) -> None:
        deal = self.deal
        keys = deal["seller_key"][-20:].lower() + deal["buyer_key"][-20:].lower()
        own = {"right_key": sha256(f"IPX right {deal['right_id']}".encode()).hex()}
        own |= {"deal_key": keys + sha256(f"IPX deal {deal['id']}".encode()).hex()[:24]}
        self.add("deal", "DEAL", {name: deal[name] == "0x" + key for name, key in own.items()})

    def contract(self) -> None:
        deal, contract = self.deal, self.bundle["contract"]
        terms, texts, salt, opened = (contract[name] for name in ("terms", "texts", "salt", "opened"))
        made: Any = texts.get(contract["prevails"])
        if contract["label"] == "contract-set":
            listed = {language: sha256(texts[language].encode()).hex() for language in texts}
            digest = sha256(canonical(terms)).hex()
            made = {"prevails": contract["prevails"], "terms": digest, "texts": listed}
        known = contract["label"] in {"contract-set", "contract-text"}
        told = terms if type(terms) is dict else {}
        holds = {
            "terms": commitment("deal-terms", salt, terms) == deal["terms_commitment"],
            "opened": commitment(contract["label"], salt, opened) == deal["contract_commitment"],
            "texts": known and canonical(made) == canonical(opened),
        }
        right = told.get("right")
        named = right.get("bibliography") if type(right) is dict else None
        if named is not None:
            holds["title"] = type(named) is str and self.title_is_sealed(named)
        for field, name in TOLD.items():
            holds[f"deal.{name}"] = field not in told or canonical(told[field]) == canonical(deal[name])
        self.add("contract", "CONTRACT", holds)

    def title_is_sealed(self, named: str) -> bool:
        """An import of the deal's right holds the commitment to the title that its contract names."""
        for each in self.bundle["entries"]:
            command = each["public"]["command"]
            erasable = command.get("erasable")
            is_import = (command["type"], command.get("right_id")) == ("import_right", self.deal["right_id"])
            if is_import and type(erasable) is dict and erasable.get("bibliography") == named:
                return True
        return False

    def signature(self, role: str) -> None:
        mine = [each for each in self.bundle["signed"] if each["role"] == role]
        own = {"seller": "StandingOffer", "buyer": "OfferAcceptance"}[role]
        typed = mine[0]["typed_data"] if len(mine) == 1 else None
        if typed is None or typed["primaryType"] not in {"Deal", "LicenceOrder", own}:
            holds = {role: len(mine) < 2, "primaryType": typed is None}
            self.add(f"signature {role}", "SIGNED", holds, {role: bool(mine)})
            return
        signed, name, message = mine[0], typed["primaryType"], typed["message"]
        domain = self._domain("IPX Register")
        digest, signer = typed_digest(typed["domain"], name, message), signed["signer"].lower()
        types = {each: _listed(each) for each in ("EIP712Domain", name)}
        wanted = self._wanted(role)
        holds = {f"domain.{field}": same(typed["domain"][field], domain[field]) for field in sorted(domain)}
        holds |= {
            "types": canonical(typed["types"]) == canonical(types),
            "digest": digest is not None and signed["digest"] == "0x" + digest.hex(),
            "signature": digest is not None and recover(digest, signed["signature"]) == signer,
            "signer": signer == self.deal[f"{role}_key"].lower(),
            "party": signed["party"] == self.deal[role],
        }
        for field, source in WANTED[name].items():
            holds[f"message.{field}"] = same(message.get(field), wanted[source])
        holds["entry"] = name == "LicenceOrder" or self._stands(signed, name)
        self.add(f"signature {role}", "SIGNED", holds)

    def _wanted(self, role: str) -> dict[str, Any]:
        """What of the deal a signed message may have to say."""
        deal, typed = self.deal, [each["typed_data"] for each in self.bundle["signed"]]
        delivered = deal["by_delivery"] and deal["kind"] == "assignment"
        offer = next((each["message"] for each in typed if each["primaryType"] == "StandingOffer"), None)
        offered = None if offer is None else struct_hash("StandingOffer", offer)
        return {
            **deal,
            "terms": "0x" + deal["terms_commitment"],
            "text": "0x" + deal["contract_commitment"],
            "kind_number": 5 if delivered else KINDS.get(deal["kind"], 0),
            "own_key": deal[f"{role}_key"],
            "side": {"buyer": 1, "seller": 2}[role],
            "offer_id": "" if offer is None else "0x" + (offered or b"").hex(),
        }

    def _stands(self, signed: dict[str, Any], name: str) -> bool:
        """Whether an accepted entry of the party's own holds this signature."""
        offers = name == "StandingOffer"
        types = ("sign_offer",) if offers else ("sign_agreement", "sign_deal")
        field = "offer_signature" if offers else "deal_signature"
        return any(
            type(public["answer"]) is dict
            and public["answer"].get("status") == "accepted"
            and public["actor"] == signed["party"]
            and public["command"]["type"] in types
            and public["command"].get(field) == signed["signature"]
            for public in (each["public"] for each in self.bundle["entries"])
        )

    def key(self, role: str) -> None:
        mine = [each for each in self.bundle["signed"] if each["role"] == role]
        if len(mine) != 1 or mine[0]["key"] is None:
            self.add(f"key {role}", "KEY", {}, {"key": False})
            return
        signer, standing = mine[0]["signer"], mine[0]["key"]
        named = [command.get(name) for command in self.commands for name in ("key", "new_key")]
        bound = any(self._binds(event, signer, standing) for event in self.chain["events"])
        entered = any(same(each, signer) for each in named)
        self.add(f"key {role}", "KEY", {}, {"entry": entered, "event": bound})

    def _binds(self, event: dict[str, Any], signer: str, standing: dict[str, Any]) -> bool:
        fields = fields_of(event)
        if fields is None or event["name"] not in {"KeyEnrolled", "KeyRotated", "KeyRecovered"}:
            return False
        key, authorisation = fields.get("new_key", fields.get("key")), "0x" + standing["authorisation"]
        bound = key == address_word(signer) and fields["party"] == "0x" + standing["party_commitment"]
        return bool(bound) and fields.get("authorisation", authorisation) == authorisation

    # --- the chain

    def events(self) -> None:
        deal = self.deal
        about = {deal["deal_key"], address_word(deal["seller_key"]), address_word(deal["buyer_key"])}
        if deal["licence_id"] is not None:
            about.add("0x" + sha256(f"IPX licence {deal['licence_id']}".encode()).hex())
        salts = [each["typed_data"]["message"].get("salt") for each in self.bundle["signed"]]
        about |= {salt for salt in salts if type(salt) is str}
        for event in self.chain["events"]:
            fields = fields_of(event)
            subject = fields is None or bool(about & set(fields.values()))
            holds = self._event(event, fields) | {"subject": subject}
            self.add(f"event {event['name']} {event['seq']}", "EVENT", holds)

    def _event(self, event: dict[str, Any], fields: dict[str, str] | None) -> dict[str, bool]:
        if fields is None:
            return {"topics": False}
        home = {"Anchored": self.chain["anchor"], "OrdersFilled": event["contract"]}
        before, after, folds = event["log_head_before"], event["log_head"], True
        if before is not None and after is not None:
            folded = "".join(each[2:] for each in (before, *event["topics"], event["data"]))
            folds = "0x" + keccak(bytes.fromhex(folded)).hex() == after
        here = same(event["contract"], home.get(event["name"], self.chain["register"]))
        return {"contract": here, "log_head": folds}

    def recorded(self) -> None:
        read = [(event, fields_of(event)) for event in self.chain["events"] if event["name"] in SAID]
        mine = [pair for pair in read if pair[1] and pair[1]["deal_id"] == self.deal["deal_key"]]
        event, fields = mine[0] if len(mine) == 1 else (None, None)
        if event is None or fields is None:
            self.add("recorded", "RECORDED", {"events": not mine}, {"event": bool(mine)})
            return
        messages, holds = {each["role"]: each["typed_data"]["message"] for each in self.bundle["signed"]}, {}
        for role in ("seller", "buyer"):
            said = SAID[event["name"]]["both"] | SAID[event["name"]][role]
            for field in sorted(said):
                member = said[field]
                holds[f"{role}.{member}"] = is_word(fields[field], messages.get(role, {}).get(member))
        if event["name"] == "OrdersFilled":
            price = int(fields["price"], 16) * int(fields["quantity"], 16)
            holds["deal.price_minor"] = price == self.deal["price_minor"]
        self.add("recorded", "RECORDED", holds, {"final": event["final"]})

    def anchor(self) -> None:
        anchor, point = self.bundle["anchor"], self.checkpoint
        if anchor is None or point is None:
            self.add("anchor", "ANCHOR", {}, {"anchor": False})
            return
        event, size, root = anchor["event"], anchor["size"], anchor["root"]
        fields = fields_of(event)
        holds = self._event(event, fields) | {"name": event["name"] == "Anchored"}
        if fields is not None and holds["name"]:
            holds |= {"size": fields["size"] == number_word(size), "root": fields["root"] == "0x" + root}
        holds["entries"] = size > max((each["entry"] for each in self.bundle["entries"]), default=0)
        (old, old_root), (new, new_root) = sorted([(size, root), (point["size"], point["root"])])
        holds["consistency"] = consistent(old, new, old_root, new_root, anchor["consistency"])
        self.add("anchor", "ANCHOR", holds, {"final": event["final"]})

    def attestation(self) -> None:
        given, genesis = self.bundle["attestation"], self.genesis
        if given is None or genesis is None:
            self.add("attestation", "ATTESTED", {}, {"attestation": False})
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
        signer = None if digest is None else recover(digest, given["signature"])
        holds = {"signer": same(genesis.get("service"), given["signer"])}
        self.add("attestation", "ATTESTED", holds | {"signature": signer == given["signer"].lower()})

    def time_stamp(self) -> None:
        """A token over another text differs; whose it is, is not checked where no authority was named."""
        authority = None if self.roots.timestamp is None else read_authority(self.roots.timestamp)
        encoded = None if self.checkpoint is None else self.checkpoint["timestamp_token"]
        if encoded is None:
            self.add("time stamp", "TIME-STAMP", {}, {"token": False})
            return
        imprinted = None if self.note is None else as_signed(*self.note)
        try:
            token = read_token(_base64(encoded) or b"")
            differs = [] if authority is None else signer_differs(token, authority)
        except ValueError:
            self.add("time stamp", "TIME-STAMP", {"token": False})
            return
        differs += [] if imprinted is not None and token.digest == sha256(imprinted) else ["imprint"]
        verdict = DIFFERS if differs else NOT_CHECKED if authority is None else HOLDS
        self.found.append(Line("time stamp", verdict, "TIME-STAMP", ", ".join(differs) or token.time))

    def rest(self) -> None:
        self.found.append(Line("node", NOT_CHECKED, "NODE", ""))
        custody = self.bundle["custody"]
        stated = [(name, custody[name]) for name in sorted_names(custody)]
        stated += [(each["code"], each) for each in self.bundle["missing"]]
        for name, words in stated:
            self.found.append(Line(f"stated {name}", STATED, "STATED", f"{words['en']} / {words['zh']}"))


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


def _listed(name: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), member.split(" "), strict=True)) for member in TYPES[name]]


# --- one's own node


def ask(url: str, method: str, *params: Any) -> Any:
    """One call's result of a node's JSON-RPC over HTTP; its answer is given up after half a minute.

    Raises:
        OSError: the node does not answer.
        ValueError: what it answers is no answer.
    """
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    body, end = b"", time.monotonic() + 30
    with urllib.request.urlopen(request, timeout=10) as answer:
        while part := answer.read1(65_536):
            body += part
            if len(body) > LARGEST or time.monotonic() > end:
                raise OSError("answer")
    return json.loads(body)["result"]


def ask_node(bundle: dict[str, Any], url: str) -> list[Line]:
    """Whether one's own node gives every event of a bundle alike, in final blocks of the chain named.

    Raises:
        Malformed: the URL is none of HTTP.
    """
    if not url.startswith(("http://", "https://")):
        raise Malformed("rpc")
    events = [*bundle["chain"]["events"], *([bundle["anchor"]["event"]] if bundle["anchor"] else [])]
    try:
        if int(ask(url, "eth_chainId"), 16) != bundle["chain"]["chain_id"]:
            return [Line("node", DIFFERS, "NODE", "chain_id")]
        final = int(ask(url, "eth_getBlockByNumber", "finalized", False)["number"], 16)  # noqa: FBT003 - the RPC's own
        found = [(event, _event_on(url, event), final >= event["block_number"]) for event in events]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [Line("node", MISSING, "NODE", type(error).__name__)]
    lines = []
    for event, differs, is_final in found:
        verdict = DIFFERS if differs else HOLDS if is_final else MISSING
        what = ", ".join(differs) or ("" if is_final else "final")
        lines.append(Line(f"node {event['name']} {event['seq']}", verdict, "NODE", what))
    return lines


def _event_on(url: str, event: dict[str, Any]) -> list[str]:
    """What of an event this node tells otherwise."""
    receipt = ask(url, "eth_getTransactionReceipt", event["transaction_hash"])
    if receipt is None:
        return ["transaction_hash"]
    number = hex(event["block_number"])
    block = ask(url, "eth_getBlockByNumber", number, False)  # noqa: FBT003 - the RPC's own
    placed = (receipt["blockNumber"], receipt["blockHash"]) == (number, event["block_hash"])
    holds = {"status": receipt["status"] == "0x1", "block_hash": placed}
    holds |= {"block": block is not None and block["hash"] == event["block_hash"]}
    log = next((each for each in receipt["logs"] if int(each["logIndex"], 16) == event["log_index"]), None)
    if log is None:
        holds["log_index"] = False
    else:
        holds |= {"contract": same(log["address"], event["contract"])}
        holds |= {name: log[name] == event[name] for name in ("topics", "data")}
    return [name for name, so in holds.items() if not so]


# --- the command line

OPTIONAL = ("anchor", "time stamp")
"""What a bundle may lack unless `--require` asks for it; a time stamp also not where its authority is named."""


def exit_code(lines: list[Line], roots: Roots, required: tuple[str, ...] = ()) -> int:
    """0: all that was asked holds. 1: something differs. 2: something asked for is not shown, or no log key given."""
    if any(line.verdict == DIFFERS for line in lines):
        return 1
    required += () if roots.timestamp is None else ("time stamp",)
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
    words = "Check a deal's evidence bundle. 校验交易存证数据包。"
    reading = argparse.ArgumentParser(prog="ipx-verify", description=words)
    option = reading.add_argument
    option("bundle", type=Path, help="bundle.json")
    option("--log", help="the log's verifier key, name+id+base64, had from elsewhere than the venue")
    option("--witness", action="append", default=[], help="a witness's verifier key; may be repeated")
    option("--chain-id", type=int, help="the chain that you mean")
    option("--register", help="address of the register contract")
    option("--anchor", help="address of the journal anchor contract")
    option("--timestamp", type=Path, help="PEM file of the time-stamping authority's own certificate")
    option("--rpc", help="URL of a node of your own")
    option("--require", action="append", default=[], choices=OPTIONAL, help="may not be lacking")
    option("--json", action="store_true", help="print JSON")
    given = reading.parse_args(arguments)
    try:
        pem = None if given.timestamp is None else given.timestamp.read_text("ascii")
        roots = Roots(given.log, tuple(given.witness), given.chain_id, given.register, given.anchor, pem)
        with given.bundle.open("rb") as file:
            data = file.read(LARGEST + 1)
        lines = verify(data, roots)
        if given.rpc is not None and lines[0].verdict == HOLDS:
            asked = ask_node(json.loads(data), given.rpc)
            lines = [line for line in lines if line.check != "node"] + asked
    except (OSError, UnicodeError, Malformed) as error:
        sys.stderr.write(f"no verdict / 无法得出结论: {error}\n")
        return 2
    code = exit_code(lines, roots, tuple(given.require))
    _show(lines, code, as_json=given.json)
    return code


def _show(lines: list[Line], code: int, *, as_json: bool) -> None:
    if as_json:
        named = (*Line._fields, "en", "zh")
        shown = [dict(zip(named, (*line, *TEXTS[line.code]), strict=True)) for line in lines]
        sys.stdout.write(json.dumps({"exit_code": code, "lines": shown}, ensure_ascii=False) + "\n")
        return
    for line in lines:
        what = f": {line.what}" if line.what else ""
        sys.stdout.write(f"{line.verdict:<11} {IN_CHINESE[line.verdict]} {line.check}{what}\n")
        if line.verdict != STATED:
            sys.stdout.write(f"            {' / '.join(TEXTS[line.code])}\n")
    sys.stdout.write(f"\n{' / '.join(VERDICTS[code])}\n")


if __name__ == "__main__":
    sys.exit(main())
