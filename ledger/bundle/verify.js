// The checks of ipx_verify.py in a browser, without a network: the same lines come of the same bundle. Only BigInt,
// typed arrays and text coding are used; TABLES is written in from ipx_verify.py when the page is made.
"use strict";
const HOLDS = "HOLDS", DIFFERS = "DIFFERS", MISSING = "MISSING", NOT_CHECKED = "NOT-CHECKED", STATED = "STATED";

class Malformed extends Error {}

// --- bytes

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (each) => parseInt(each, 16));
const big = (bytes) => BigInt("0x" + (hex(bytes) || "0"));
const bigLittle = (bytes) => big(Uint8Array.from(bytes).reverse());
const bytesOf = (number, length) => unhex(number.toString(16).padStart(2 * length, "0"));
const get = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const names = (object) => Object.keys(object).sort(); // by UTF-16 code unit, as RFC 8785 sorts

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) { whole.set(part, place); place += part.length; }
  return whole;
}

function unbase64(text) {
  let raw;
  try { raw = atob(text); } catch { return null; }
  return btoa(raw) === text ? Uint8Array.from(raw, (each) => each.charCodeAt(0)) : null;
}

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

// --- hashes

function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}

function root(value, degree) { // the largest whole root of a BigInt
  let low = 0n, high = 1n << 256n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= value) low = middle; else high = middle;
  }
  return low;
}

const fraction = (prime, degree, bits) => root(BigInt(prime) << (degree * bits), degree) & ((1n << bits) - 1n);
const K256 = primes(64).map((prime) => Number(fraction(prime, 3n, 32n)));
const H256 = primes(8).map((prime) => Number(fraction(prime, 2n, 32n)));
const K512 = primes(80).map((prime) => fraction(prime, 3n, 64n));
const H512 = primes(16).map((prime) => fraction(prime, 2n, 64n)); // the first eight; SHA-384 begins with the others

function padded(data, block, lengthBytes) {
  const zeros = (2 * block - lengthBytes - 1 - (data.length % block)) % block;
  return joined(data, [0x80], new Uint8Array(zeros), bytesOf(8n * BigInt(data.length), lengthBytes));
}

function sha256(data) {
  const message = padded(data, 64, 8), view = new DataView(message.buffer), w = new Uint32Array(64);
  const state = Uint32Array.from(H256);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));
  for (let start = 0; start < message.length; start += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(start + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K256[i] + w[i]) >>> 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
      h = g; g = f; f = e; e = (d + one) >>> 0; d = c; c = b; b = a; a = (one + two) >>> 0;
    }
    [a, b, c, d, e, f, g, h].forEach((each, i) => { state[i] += each; });
  }
  return joined(...Array.from(state, (each) => bytesOf(BigInt(each), 4)));
}

const M64 = (1n << 64n) - 1n;

function sha512(data, begins = H512.slice(0, 8)) {
  const message = padded(data, 128, 16);
  const turn = (x, by) => ((x >> by) | (x << (64n - by))) & M64;
  let state = begins;
  for (let start = 0; start < message.length; start += 128) {
    const w = Array.from({ length: 16 }, (_, i) => big(message.subarray(start + 8 * i, start + 8 * i + 8)));
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15], y = w[i - 2];
      const low = turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n), high = turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n);
      w.push((w[i - 16] + low + w[i - 7] + high) & M64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i++) {
      const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & M64 & g)) + K512[i] + w[i];
      const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g; g = f; f = e; e = (d + one) & M64; d = c; c = b; b = a; a = (one + two) & M64;
    }
    state = [a, b, c, d, e, f, g, h].map((each, i) => (each + state[i]) & M64);
  }
  return joined(...state.map((each) => bytesOf(each, 8)));
}

const HASHES = { sha256, sha384: (data) => sha512(data, H512.slice(8)).subarray(0, 48), sha512 };

const ROUNDS = [], ROTATIONS = Array.from({ length: 5 }, () => [0n, 0n, 0n, 0n, 0n]);
for (let round = 0, state = 1; round < 24; round++) {
  let constant = 0n;
  for (let step = 0; step < 7; step++) {
    if (state & 1) constant |= 1n << ((1n << BigInt(step)) - 1n);
    state = (state << 1) ^ (state & 0x80 ? 0x171 : 0);
  }
  ROUNDS.push(constant);
}
for (let t = 0, x = 1, y = 0; t < 24; t++) {
  ROTATIONS[x][y] = BigInt((((t + 1) * (t + 2)) / 2) % 64);
  [x, y] = [y, (2 * x + 3 * y) % 5];
}

function keccak(data) {
  const rate = 136, message = joined(data, [1], new Uint8Array(rate - 1 - (data.length % rate)));
  message[message.length - 1] |= 0x80;
  const turn = (x, by) => ((x << by) | (x >> (64n - by))) & M64;
  let a = Array.from({ length: 5 }, () => [0n, 0n, 0n, 0n, 0n]);
  for (let start = 0; start < message.length; start += rate) {
    for (let i = 0; i < rate / 8; i++) a[i % 5][Math.floor(i / 5)] ^= bigLittle(message.subarray(start + 8 * i, start + 8 * i + 8));
    for (const constant of ROUNDS) {
      const c = a.map((column) => column.reduce((sum, lane) => sum ^ lane));
      const d = c.map((_, x) => c[(x + 4) % 5] ^ turn(c[(x + 1) % 5], 1n));
      const b = Array.from({ length: 5 }, () => []);
      for (let x = 0; x < 5; x++) for (let y = 0; y < 5; y++) b[y][(2 * x + 3 * y) % 5] = turn(a[x][y] ^ d[x], ROTATIONS[x][y]);
      a = b.map((column, x) => column.map((lane, y) => lane ^ (~b[(x + 1) % 5][y] & M64 & b[(x + 2) % 5][y])));
      a[0][0] ^= constant;
    }
  }
  return joined(...[0, 1, 2, 3].map((i) => bytesOf(a[i][0], 8).reverse()));
}

const SM3_START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

function sm3(data) {
  const message = padded(data, 64, 8), view = new DataView(message.buffer), w = new Uint32Array(68);
  const turn = (x, by) => (by ? (x << by) | (x >>> (32 - by)) : x);
  let v = SM3_START;
  for (let start = 0; start < message.length; start += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(start + 4 * i);
    for (let i = 16; i < 68; i++) {
      const x = w[i - 16] ^ w[i - 9] ^ turn(w[i - 3], 15);
      w[i] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[i - 13], 7) ^ w[i - 6];
    }
    let [a, b, c, d, e, f, g, h] = v;
    for (let j = 0; j < 64; j++) {
      const turned = turn(a, 12), constant = turn(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32);
      const one = turn((turned + e + constant) | 0, 7);
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c), gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const first = (ff + d + (one ^ turned) + (w[j] ^ w[j + 4])) | 0, second = (gg + h + one + w[j]) | 0;
      d = c; c = turn(b, 9); b = a; a = first;
      h = g; g = turn(f, 19); f = e; e = second ^ turn(second, 9) ^ turn(second, 17);
    }
    v = [a, b, c, d, e, f, g, h].map((each, i) => each ^ v[i]);
  }
  return joined(...v.map((each) => bytesOf(BigInt(each >>> 0), 4)));
}

// --- arithmetic modulo a prime

const mod = (a, m) => ((a % m) + m) % m;

function power(base, exponent, m) {
  let found = 1n;
  base = mod(base, m);
  for (; exponent; exponent >>= 1n) {
    if (exponent & 1n) found = (found * base) % m;
    base = (base * base) % m;
  }
  return found;
}

const inverse = (a, m) => power(a, m - 2n, m);

// --- ECDSA: y^2 = x^3 + ax + b modulo p, n points

const SECP256K1 = {
  p: 2n ** 256n - 2n ** 32n - 977n, n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n, a: 0n, b: 7n,
  base: [0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n],
};
const P256 = {
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n, a: -3n,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  base: [0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n],
};

function double([x, y, z], { p, a }) {
  if (!y || !z) return [0n, 1n, 0n];
  const y2 = (y * y) % p, s = (4n * x * y2) % p, m = mod(3n * x * x + a * z ** 4n, p), x2 = mod(m * m - 2n * s, p);
  return [x2, mod(m * (s - x2) - 8n * y2 * y2, p), (2n * y * z) % p];
}

function add(one, other, curve) {
  if (!one[2] || !other[2]) return one[2] ? one : other;
  const { p } = curve, z1 = (one[2] * one[2]) % p, z2 = (other[2] * other[2]) % p;
  const u1 = (one[0] * z2) % p, u2 = (other[0] * z1) % p;
  const s1 = (one[1] * z2 * other[2]) % p, s2 = (other[1] * z1 * one[2]) % p;
  if (u1 === u2) return s1 === s2 ? double(one, curve) : [0n, 1n, 0n];
  const h = mod(u2 - u1, p), r = mod(s2 - s1, p), h2 = (h * h) % p, h3 = (h * h2) % p, v = (u1 * h2) % p;
  const x = mod(r * r - h3 - 2n * v, p);
  return [x, mod(r * (v - x) - s1 * h3, p), (h * one[2] * other[2]) % p];
}

function combined(u, v, point, curve) {
  const { p, n } = curve, one = [...curve.base, 1n], other = [...point, 1n], choices = [null, one, other, add(one, other, curve)];
  let found = [0n, 1n, 0n];
  [u, v] = [mod(u, n), mod(v, n)];
  for (let bit = 255n; bit >= 0n; bit--) {
    const chosen = Number(((u >> bit) & 1n) + 2n * ((v >> bit) & 1n));
    found = double(found, curve);
    if (chosen) found = add(found, choices[chosen], curve);
  }
  const [x, y, z] = found;
  if (!z) return null;
  const unit = inverse(z, p);
  return [(x * unit * unit) % p, (y * power(unit, 3n, p)) % p];
}

function ecdsa(point, digest, r, s, curve = P256) {
  if (!(r > 0n && r < curve.n && s > 0n && s < curve.n)) return false;
  const back = inverse(s, curve.n), found = combined(big(digest.subarray(0, 32)) * back, r * back, point, curve);
  return found !== null && found[0] % curve.n === r;
}

function recover(digest, signature) {
  if (!/^0x[0-9a-f]{130}$/.test(signature)) return null;
  const raw = unhex(signature.slice(2)), r = big(raw.subarray(0, 32)), s = big(raw.subarray(32, 64)), v = raw[64];
  const { p, n } = SECP256K1, square = (power(r, 3n, p) + 7n) % p, y = power(square, (p + 1n) / 4n, p);
  if (!(r > 0n && r < n && s > 0n && s <= n / 2n && (v === 27 || v === 28)) || (y * y) % p !== square) return null;
  const back = inverse(r, n), point = [r, Number(y & 1n) === v - 27 ? y : p - y];
  const key = combined(-big(digest) * back, s * back, point, SECP256K1);
  return key === null ? null : "0x" + hex(keccak(joined(...key.map((each) => bytesOf(each, 32)))).subarray(12));
}

// --- Ed25519

const Q = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n, Q), Q);

function edAdd(p, q) {
  const a = mod((p[1] - p[0]) * (q[1] - q[0]), Q), b = ((p[1] + p[0]) * (q[1] + q[0])) % Q;
  const c = (2n * p[3] * q[3] * D) % Q, d = (2n * p[2] * q[2]) % Q;
  const e = mod(b - a, Q), f = mod(d - c, Q), g = (d + c) % Q, h = (b + a) % Q;
  return [(e * f) % Q, (g * h) % Q, (f * g) % Q, (e * h) % Q];
}

function edTimes(k, point) {
  let found = [0n, 1n, 1n, 0n];
  for (; k; k >>= 1n) {
    if (k & 1n) found = edAdd(found, point);
    point = edAdd(point, point);
  }
  return found;
}

function edPoint(data) {
  const y = bigLittle(data) & (2n ** 255n - 1n), sign = BigInt(data[31] >> 7);
  if (y >= Q) return null;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n, Q), Q);
  let x = power(square, (Q + 3n) / 8n, Q);
  if (mod(x * x - square, Q)) x = (x * power(2n, (Q - 1n) / 4n, Q)) % Q;
  if (mod(x * x - square, Q) || (!x && sign)) return null;
  if ((x & 1n) !== sign) x = Q - x;
  return [x, y, 1n, (x * y) % Q];
}

const B = edPoint(bytesOf((4n * inverse(5n, Q)) % Q, 32).reverse());

function ed25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const a = edPoint(key), r = edPoint(signature.subarray(0, 32)), s = bigLittle(signature.subarray(32));
  if (!a || !r || s >= L) return false;
  const k = bigLittle(sha512(joined(signature.subarray(0, 32), key, message))) % L;
  const left = edTimes(s, B), right = edAdd(r, edTimes(k, a));
  return !mod(left[0] * right[2] - right[0] * left[2], Q) && !mod(left[1] * right[2] - right[1] * left[2], Q);
}

// --- canonical JSON and the format

function written(value, depth) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Malformed("text");
    return JSON.stringify(value);
  }
  if (depth >= TABLES.DEEPEST) throw new Malformed("depth");
  if (Array.isArray(value)) return `[${value.map((each) => written(each, depth + 1)).join(",")}]`;
  if (isObject(value)) {
    return `{${names(value).map((name) => `${written(name, depth)}:${written(value[name], depth + 1)}`).join(",")}}`;
  }
  throw new Malformed("number");
}

const canonical = (value) => utf8(written(value, 0));

function parse(data) {
  if (data.length > TABLES.LARGEST) throw new Malformed("size");
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    value = JSON.parse(text);
  } catch { throw new Malformed("json"); }
  if (written(value, 0) !== text) throw new Malformed("canonical");
  return value;
}

const PATTERNS = {
  h: /^[0-9a-f]{64}$/, x: /^0x[0-9a-f]{64}$/, a: /^0x[0-9a-fA-F]{40}$/, g: /^0x[0-9a-f]{130}$/, k: /^[0-9a-f]{128}$/,
  d: /^0x([0-9a-f]{2})*$/, s: /^/,
};

function fits(value, shape) {
  if (shape === "any" || shape === "b") return shape === "any" || typeof value === "boolean";
  if (shape === "i") return typeof value === "number" && value >= 0;
  return typeof value === "string" && PATTERNS[shape].test(value);
}

function misfit(value, shape, path) {
  if (typeof shape === "string") {
    if (shape.startsWith("@")) return misfit(value, TABLES.SHAPES[shape.slice(1)], path);
    return fits(value, shape) ? null : path;
  }
  const [kind, inner] = isObject(shape) ? ["=", shape] : shape, fixed = kind === "=" || kind === "+";
  if (kind === "?") return value === null ? null : misfit(value, inner, path);
  if (kind === "*" ? !Array.isArray(value) : !isObject(value)) return path;
  for (const key of kind === "*" ? value.keys() : names(fixed ? { ...value, ...inner } : value)) {
    const known = !fixed || Object.hasOwn(inner, key);
    if (!Object.hasOwn(value, key) || (!known && kind === "=")) return `${path}.${key}`;
    const bad = misfit(value[key], fixed ? (known ? inner[key] : "any") : inner, `${path}.${key}`);
    if (bad !== null) return bad;
  }
  return null;
}

// --- Merkle tree

const nodeHash = (left, right) => sha256(joined([1], left, right));

function climbed(node, place, last, path) {
  let older = node, newer = node;
  for (const sibling of path) {
    if (last === 0n) return null;
    if (place & 1n || place === last) {
      older = nodeHash(sibling, older); newer = nodeHash(sibling, newer);
      while (!(place & 1n) && place) { place >>= 1n; last >>= 1n; }
    } else newer = nodeHash(newer, sibling);
    place >>= 1n; last >>= 1n;
  }
  return last === 0n ? [hex(older), hex(newer)] : null;
}

function included(leaf, index, size, path, wanted) {
  return index < size && climbed(leaf, BigInt(index), BigInt(size) - 1n, path.map(unhex))?.[1] === wanted;
}

function consistent(first, second, firstRoot, secondRoot, path) {
  if (first === second) return !path.length && firstRoot === secondRoot;
  const hashes = path.map(unhex), size = BigInt(first);
  if (!(size & (size - 1n))) hashes.unshift(unhex(firstRoot));
  if (first === 0 || first > second || !hashes.length) return false;
  let place = size - 1n, last = BigInt(second) - 1n;
  while (place & 1n) { place >>= 1n; last >>= 1n; }
  const found = climbed(hashes[0], place, last, hashes.slice(1));
  return found !== null && found[0] === firstRoot && found[1] === secondRoot;
}

// --- signed notes

function cut(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + mark.length)];
}

function readKey(text, kind) {
  const [name, rest] = cut(text, "+"), [given, encoded] = cut(rest, "+"), raw = unbase64(encoded);
  if (!name || raw === null || raw.length !== 33 || raw[0] !== kind) throw new Malformed("key");
  const id = sha256(joined(utf8(`${name}\n`), raw)).subarray(0, 4);
  if (hex(id) !== given) throw new Malformed("key");
  return { name, kind, id: given, key: raw.subarray(1) };
}

function readNote(note) {
  const place = note.lastIndexOf("\n\n"), tail = note.slice(place + 2);
  if (place < 0 || !tail.endsWith("\n")) return null;
  const lines = [];
  for (const line of tail.slice(0, -1).split("\n")) {
    const found = /^— ([^ +\n]{1,255}) ([A-Za-z0-9+/=]+)$/u.exec(line), raw = found && unbase64(found[2]);
    if (!found || raw === null || raw.length < 5) return null;
    lines.push([found[1], raw]);
  }
  return [`${note.slice(0, place)}\n`, lines];
}

function asSigned([text, lines]) {
  const origin = text.slice(0, text.indexOf("\n")), own = lines.find(([name]) => name === origin);
  return own === undefined ? null : utf8(`${text}\n— ${origin} ${base64(own[1])}\n`);
}

function signedBy([text, lines], key) {
  const mine = lines.filter(([name, raw]) => name === key.name && hex(raw.subarray(0, 4)) === key.id);
  if (!mine.length) return null;
  return mine.every(([, raw]) => {
    let message = utf8(text), signature = raw.subarray(4);
    if (key.kind === 4) {
      message = utf8(`cosignature/v1\ntime ${big(signature.subarray(0, 8))}\n${text}`);
      signature = signature.subarray(8);
    }
    return ed25519(key.key, message, signature);
  });
}

// --- time stamps: tokens and certificates in DER

function der(data, shape = "") {
  const values = [], found = [];
  for (let place = 0; place < data.length;) {
    let start = place + 2, size = place + 1 < data.length ? data[place + 1] : 0x80;
    if (size >= 0x80) {
      const octets = data.subarray(start, start + size - 0x80);
      start += size - 0x80;
      size = Number(big(octets));
      if (!octets.length || octets.length > 4 || octets[0] === 0 || size < 0x80 || start > data.length) throw new Malformed("der");
    }
    if (start + size > data.length) throw new Malformed("der");
    values.push({ tag: data[place], content: data.subarray(start, start + size), whole: data.subarray(place, start + size) });
    place = start + size;
  }
  if (!shape) return values;
  for (const wanted of shape.split(" ")) {
    const here = values.length > 0 && values[0].tag === parseInt(wanted.slice(0, 2), 16);
    if (!here && !wanted.endsWith("?")) throw new Malformed("der");
    found.push(here ? values.shift() : null);
  }
  if (values.length) throw new Malformed("der");
  return found;
}

const within = (value, shape) => der(value.content, shape);
const digestNamed = (algorithm) => get(TABLES.DIGESTS, hex(algorithm.content).replace(/0500$/, "")) ?? null;
const alike = (one, other) => hex(one) === hex(other);

function natural({ content }) {
  if (!content.length || content[0] >= 0x80 || (content.length > 1 && content[0] === 0 && content[1] < 0x80)) throw new Malformed("der");
  return big(content);
}

function yearInFull({ tag, content }) {
  const written = String.fromCharCode(...content), text = tag === 0x17 ? (written >= "50" ? "19" : "20") + written : written;
  if ((tag !== 0x17 && tag !== 0x18) || !/^[0-9]{14}Z$/.test(text)) throw new Malformed("time");
  return text.slice(0, -1);
}

function publicKey(info) {
  const [kind, bits] = within(info, "30 03"), named = hex(kind.content), raw = bits.content;
  if (named === TABLES.OIDS.RSA_KEY && raw[0] === 0) {
    const [modulus, exponent] = within(der(raw.subarray(1), "30")[0], "02 02").map(natural), size = modulus.toString(2).length;
    if (size >= 2048 && size <= 8192 && exponent & 1n && exponent > 1n && exponent < 2n ** 64n) return { kind: "rsa", key: [modulus, exponent] };
  } else if (named === TABLES.OIDS.EC_KEY && raw[0] === 0 && raw[1] === 4 && raw.length === 66) {
    const x = big(raw.subarray(2, 34)), y = big(raw.subarray(34)), { p, a, b } = P256;
    if (x < p && y < p && !mod(y * y - x ** 3n - a * x - b, p)) return { kind: "ec", key: [x, y] };
  }
  throw new Malformed("key");
}

function readAuthority(pem) {
  const found = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)];
  try {
    const whole = unbase64(found.length === 1 ? found[0][1].replace(/\s/g, "") : "?") ?? new Uint8Array();
    const [body] = within(der(whole, "30")[0], "30 30 03"), parts = within(body, "a0 02 30 30 30 30 30 81? 82? a3");
    const times = within(parts[4]).map(yearInFull), extensions = new Map();
    for (const each of within(within(parts[9], "30")[0])) {
      const [name, flag, value] = within(each, "06 01? 04");
      extensions.set(hex(name.content), { critical: flag !== null && hex(flag.content) === "ff", value });
    }
    if (times.length !== 2) throw new Malformed("times");
    const held = (name, shape) => (extensions.has(name) ? within(extensions.get(name).value, shape)[0].content : null);
    const usage = held(TABLES.OIDS.KEY_USAGE, "03") ?? [], purpose = extensions.get(TABLES.OIDS.PURPOSE);
    const stamping = purpose !== undefined && purpose.critical && hex(purpose.value.content) === TABLES.OIDS.TIME_STAMPING;
    return { whole, named: joined(parts[3].whole, parts[1].whole), keyId: held(TABLES.OIDS.KEY_ID, "04"), begins: times[0], ends: times[1],
      forTimeStamps: stamping && usage.length > 1 && (usage[1] & 0xc0) !== 0, ...publicKey(parts[6]) };
  } catch (error) {
    throw error instanceof Malformed ? new Malformed("timestamp") : error;
  }
}

function readToken(data) {
  const [kind, held] = within(der(data, "30")[0], "06 a0");
  const [version, kinds, enclosed, certificates, lists, signers] = within(within(held, "30")[0], "02 31 30 a0? a1? 31");
  const [about, wrapped] = within(enclosed, "06 a0"), [{ content }] = within(wrapped, "04");
  const signer = within(within(signers, "30")[0], "02 30? 80? 30 a0 30 04 a1?");
  const members = within(der(content, "30")[0], "02 06 30 02 18 30? 01? 02? a0? a1?");
  const [algorithm, digest] = within(members[2], "30 04"), pairs = within(signer[4]).map((each) => within(each, "06 31"));
  const extensions = members[9] === null ? [] : within(members[9]).map((each) => within(each, "06 01? 04"));
  const attributes = new Map(pairs.map(([name, values]) => [hex(name.content), within(values)]));
  const time = String.fromCharCode(...members[4].content);
  const proper = hex(kind.content) === TABLES.OIDS.SIGNED_DATA && hex(about.content) === TABLES.OIDS.TST_INFO
    && [version, members[0], signer[0]].map((each) => hex(each.content)).join() === `03,01,${signer[1] === null ? "03" : "01"}`
    && (signer[1] === null) !== (signer[2] === null) && alike(within(kinds, "30")[0].whole, signer[3].whole)
    && digestNamed(algorithm) === "sha256" && extensions.every(([, critical]) => critical === null)
    && attributes.size === pairs.length && [...attributes.values()].every((values) => values.length === 1)
    && (lists === null || certificates !== null) && /^[0-9]{14}([.][0-9]{1,9})?Z$/.test(time);
  if (!proper) throw new Malformed("token");
  return { digest: digest.content, time, content, signer, certificates: certificates && within(certificates),
    attribute: (name) => attributes.get(name)?.[0] ?? null };
}

function signerDiffers(token, authority) {
  const [, named, keyId, hashed, attributes, algorithm, signature] = token.signer;
  const namedSo = named === null ? authority.keyId !== null && alike(keyId.content, authority.keyId) : alike(named.content, authority.named);
  const brought = token.certificates === null || token.certificates.some((each) => alike(each.whole, authority.whole));
  const kind = digestNamed(hashed), [signs, withIt] = get(TABLES.SIGNS_WITH, hex(algorithm.content)) ?? [];
  if (!namedSo || !brought || !namesCertificate(token, authority)) return ["signer"];
  let signed = false;
  if (kind !== null && signs === authority.kind && [null, kind].includes(withIt)) {
    const digest = HASHES[kind](token.content), over = HASHES[kind](joined([0x31], attributes.whole.subarray(1)));
    const stated = [TABLES.OIDS.CONTENT_TYPE, TABLES.OIDS.MESSAGE_DIGEST].map((name) => hex(token.attribute(name)?.whole ?? []));
    signed = stated[0] === `060b${TABLES.OIDS.TST_INFO}` && stated[1] === hex(joined([4, digest.length], digest))
      && signatureHolds(authority, kind, over, signature.content);
  }
  const time = token.time.slice(0, -1), valid = authority.begins <= time && time <= authority.ends;
  const holds = { purpose: authority.forTimeStamps, validity: valid, signature: signed };
  return Object.keys(holds).filter((name) => !holds[name]);
}

function namesCertificate(token, authority) {
  const named = token.attribute(TABLES.OIDS.SIGNING_CERTIFICATE), [listed] = named ? within(named, "30? 30?") : [null];
  const [first] = listed ? within(listed) : [];
  if (first === undefined) return false;
  const [algorithm, digest] = within(first, "30? 04 30?"), kind = algorithm === null ? "sha256" : digestNamed(algorithm);
  return kind !== null && alike(HASHES[kind](authority.whole), digest.content);
}

function signatureHolds({ kind, key }, hashed, digest, signature) {
  if (kind === "ec") {
    const [r, s] = within(der(signature, "30")[0], "02 02").map(natural);
    return ecdsa(key, digest, r, s);
  }
  const [modulus, exponent] = key, size = Math.ceil(modulus.toString(2).length / 8);
  const name = unhex(Object.keys(TABLES.DIGESTS).find((each) => TABLES.DIGESTS[each] === hashed));
  const info = joined([0x30, digest.length + 17, 0x30, 13], name, [5, 0, 4, digest.length], digest);
  const wanted = joined([0, 1], new Uint8Array(size - info.length - 3).fill(0xff), [0], info);
  return signature.length === size && big(signature) < modulus && power(big(signature), exponent, modulus) === big(wanted);
}

// --- EIP-712

function word(kind, value) {
  if (kind === "string") return typeof value === "string" ? keccak(utf8(value)) : null;
  if (kind === "bytes32" || kind === "address") {
    return fits(value, kind === "bytes32" ? "x" : "a") ? bytesOf(BigInt(value), 32) : null;
  }
  const fitting = fits(value, "i") && BigInt(value) < 2n ** BigInt(Math.min(Number(kind.slice(4)), 64));
  return fitting ? bytesOf(BigInt(value), 32) : null;
}

function structHash(name, message) {
  const members = TABLES.TYPES[name].map((member) => member.split(" "));
  const wanted = members.map(([, field]) => field).sort();
  if (names(message).join() !== wanted.join()) return null;
  const words = members.map(([kind, field]) => word(kind, message[field]));
  if (words.includes(null)) return null;
  return keccak(joined(keccak(utf8(`${name}(${TABLES.TYPES[name].join(",")})`)), ...words));
}

function typedDigest(domain, name, message) {
  const separator = structHash("EIP712Domain", domain), content = structHash(name, message);
  return separator === null || content === null ? null : keccak(joined([0x19, 1], separator, content));
}

function commitment(label, salt, value) {
  const name = utf8(label), head = joined(utf8("IPX sealed part v1\0"), [name.length % 256], name);
  return hex(sha256(joined(head, unhex(salt), canonical(value))));
}

// --- the contracts' events

const numberWord = (number) => "0x" + BigInt(number).toString(16).padStart(64, "0");
const addressWord = (address) => "0x" + address.slice(2).toLowerCase().padStart(64, "0");

function isPadded(kind, text) {
  const width = { bytes32: 64, address: 40, bool: 1 }[kind] ?? Math.floor(Number(kind.slice(4)) / 4);
  return /^0*$/.test(text.slice(2, 66 - width)) && (kind !== "bool" || "01".includes(text.at(-1)));
}

function fieldsOf(event) {
  const members = get(TABLES.EVENTS, event.name);
  if (members === undefined) return null;
  const kinds = members.map((member) => member.replace("!", "").split(" "));
  const typed = `${event.name}(${["uint64", ...kinds.map(([kind]) => kind)].join(",")})`;
  const topics = kinds.filter((_, place) => members[place].startsWith("!")).map(([, name]) => name);
  const data = event.data.slice(2);
  if (event.topics.length !== topics.length + 2 || data.length !== 64 * (members.length - topics.length)) return null;
  if (event.topics[0] !== "0x" + hex(keccak(utf8(typed))) || event.topics[1] !== numberWord(event.seq)) return null;
  const found = Object.fromEntries(topics.map((name, place) => [name, event.topics[place + 2]]));
  const rest = kinds.map(([, name]) => name).filter((name) => !Object.hasOwn(found, name));
  rest.forEach((name, place) => { found[name] = "0x" + data.slice(64 * place, 64 * place + 64); });
  return kinds.every(([kind, name]) => isPadded(kind, found[name])) ? found : null;
}

// --- the checks

function same(one, other) {
  if (typeof one === "string" && typeof other === "string") return one.toLowerCase() === other.toLowerCase();
  return typeof one === typeof other && one !== undefined && written(one, 0) === written(other, 0);
}

function isWord(text, value) {
  if (typeof value === "number" && value >= 0) return text === numberWord(value);
  return typeof value === "string" && text === (value.length === 42 ? addressWord(value) : value.toLowerCase());
}

class Checks {
  constructor(bundle, roots) {
    Object.assign(this, { bundle, roots, deal: bundle.deal, chain: bundle.chain, checkpoint: bundle.checkpoint, found: [] });
    this.line("form", HOLDS, "FORM", "");
    this.note = this.checkpoint && readNote(this.checkpoint.note);
    this.commands = bundle.entries.map((each) => each.public.command);
    this.genesis = bundle.entries[0]?.entry === 0 && this.commands[0].type === "open_venue" ? this.commands[0] : null;
  }

  line(check, verdict, code, what) { this.found.push({ check, verdict, code, what }); }

  add(check, code, holds, shown = {}) {
    const [differs, missing] = [holds, shown].map((each) => Object.keys(each).filter((name) => !each[name]));
    const verdict = differs.length ? DIFFERS : missing.length ? MISSING : HOLDS;
    this.line(check, verdict, code, (differs.length ? differs : missing).join(", "));
  }

  lines() {
    this.digests(); this.venue(); this.log(); this.entries(); this.derived(); this.contract();
    for (const role of ["seller", "buyer"]) { this.signature(role); this.key(role); }
    this.events(); this.recorded(); this.anchor(); this.attestation(); this.timeStamp(); this.rest();
    return this.found;
  }

  digests() {
    const { bundle } = this, listed = bundle.digests, holds = {}, content = new Map();
    for (const name of names(bundle)) {
      if (!["attestation", "digests", "format"].includes(name)) content.set(name, canonical(bundle[name]));
    }
    for (const language of names(bundle.contract.texts)) content.set(`contract.${language}`, utf8(bundle.contract.texts[language]));
    for (const name of [...new Set([...content.keys(), ...Object.keys(listed)])].sort()) {
      if (!content.has(name) || !Object.hasOwn(listed, name)) holds[`digests.${name}`] = false;
      else holds[name] = listed[name].sha256 === hex(sha256(content.get(name))) && listed[name].sm3 === hex(sm3(content.get(name)));
    }
    this.add("digests", "DIGESTS", holds);
  }

  venue() {
    const roots = ["chain_id", "register", "anchor"], { genesis } = this;
    const holds = Object.fromEntries(roots.map((name) => [name, genesis === null || same(get(genesis, name) ?? null, this.chain[name])]));
    this.add("venue", "VENUE", holds, { "entry 0": genesis !== null });
    for (const name of roots) {
      if (this.roots[name] === null) this.line(name, NOT_CHECKED, "ROOT", "");
      else this.add(name, "ROOT", { [name]: same(this.roots[name], this.chain[name]) });
    }
  }

  log() {
    const { checkpoint, note } = this, stated = note === null ? [] : note[0].split("\n").slice(0, 3);
    const origin = `ipx/${this.chain.chain_id}/${this.chain.anchor.toLowerCase()}`;
    let holds = { note: checkpoint === null || stated.length === 3 };
    if (stated.length === 3) {
      const root = base64(unhex(checkpoint.root));
      holds = { origin: stated[0] === origin, size: stated[1] === String(checkpoint.size), root: stated[2] === root };
    }
    this.add("checkpoint", "CHECKPOINT", holds, { checkpoint: checkpoint !== null });
    if (this.roots.log === null) this.line("log", NOT_CHECKED, "LOG", "");
    else {
      const key = readKey(this.roots.log, 1), signed = note && signedBy(note, key);
      const named = this.genesis === null || get(this.genesis, "receipt_key") === hex(key.key);
      this.add("log", "LOG", { origin: key.name === origin, receipt_key: named, signature: signed !== false }, { note: signed });
    }
    if (!this.roots.witnesses.length) this.line("witness", NOT_CHECKED, "WITNESS", "");
    for (const text of this.roots.witnesses) {
      const key = readKey(text, 4), signed = note && signedBy(note, key);
      this.add(`witness ${key.name}`, "WITNESS", { signature: signed !== false }, { cosignature: signed });
    }
  }

  entries() {
    let before = -1;
    for (const each of this.bundle.entries) {
      this.entry(each, each.entry > before);
      before = each.entry;
    }
  }

  entry(each, inOrder) {
    const { public: stated, entry, path } = each, { checkpoint: point } = this, leaf = sha256(joined([0], canonical(stated)));
    const pathless = point === null || path === null, unreceipted = each.receipt === null || this.genesis === null;
    const parts = get(stated.command, "erasable"), committed = { terms: stated.sealed.terms, ...(isObject(parts) ? parts : {}) };
    const holds = {
      order: inOrder, entry: stated.entry === entry, leaf_hash: hex(leaf) === each.leaf_hash,
      path: pathless || included(leaf, entry, point.size, path, point.root),
      receipt: unreceipted || this.receiptHolds(each.receipt, entry, leaf), signature: this.instructed(stated),
    };
    for (const label of names(each.openings)) {
      const opening = each.openings[label];
      holds[`openings.${label}`] = get(committed, label) === commitment(label, opening.salt, opening.value);
    }
    this.add(`entry ${entry}`, "ENTRY", holds, { path: !pathless, receipt: !unreceipted });
  }

  receiptHolds(receipt, entry, leaf) {
    const { seal } = receipt, key = get(this.genesis, "receipt_key");
    const message = joined(utf8("IPX batch seal v1, in a checkpoint within 60 s\0"), canonical(seal));
    return receipt.entry === entry && receipt.leaf_hash === hex(leaf) && receipt.index === entry - seal.first_entry
      && seal.tree_size === seal.first_entry + seal.count && receipt.promised_within_s === 60
      && included(leaf, receipt.index, seal.count, receipt.path, seal.batch_root)
      && fits(key, "h") && ed25519(unhex(key), message, unhex(receipt.signature));
  }

  instructed(stated) {
    const { command, signature } = stated, own = TABLES.UNSIGNED.includes(command.type);
    if (signature === null || own) return signature === null && own;
    const message = {
      action: command.type, party: stated.actor || "applicant", reference: `0x${stated.reference}`,
      content: `0x${hex(sha256(canonical(command)))}`, terms: `0x${stated.sealed.terms || "00".repeat(32)}`,
      validUntil: signature.valid_until_ms,
    };
    return stated.time_ms <= signature.valid_until_ms && this.signedBy("IPX Exchange", message, signature.value, signature.signer);
  }

  signedBy(domain, message, signature, signer) {
    const digest = typedDigest(this.domain(domain), "Instruction", message);
    return digest !== null && recover(digest, signature) === signer.toLowerCase();
  }

  domain(name) {
    const contract = name === "IPX Register" ? this.chain.register : this.chain.anchor;
    return { name, version: "1", chainId: this.chain.chain_id, verifyingContract: contract };
  }

  derived() {
    const { deal } = this, made = (text) => hex(sha256(utf8(text)));
    const keys = deal.seller_key.slice(-20).toLowerCase() + deal.buyer_key.slice(-20).toLowerCase();
    this.add("deal", "DEAL", { right_key: deal.right_key === `0x${made(`IPX right ${deal.right_id}`)}`,
      deal_key: deal.deal_key === `0x${keys}${made(`IPX deal ${deal.id}`).slice(0, 24)}` });
  }

  contract() {
    const { deal, bundle: { contract } } = this, { label, opened, prevails, salt, terms, texts } = contract;
    const listed = Object.fromEntries(Object.keys(texts).map((name) => [name, hex(sha256(utf8(texts[name])))]));
    const made = label === "contract-set" ? { prevails, terms: hex(sha256(canonical(terms))), texts: listed } : get(texts, prevails) ?? null;
    const told = isObject(terms) ? terms : {}, equal = (one, other) => written(one, 0) === written(other, 0);
    const holds = {
      terms: commitment("deal-terms", salt, terms) === deal.terms_commitment,
      opened: commitment(label, salt, opened) === deal.contract_commitment,
      texts: ["contract-set", "contract-text"].includes(label) && equal(made, opened),
    };
    const named = isObject(told.right) ? get(told.right, "bibliography") ?? null : null;
    if (named !== null) holds.title = typeof named === "string" && this.titleIsSealed(named);
    for (const [field, name] of Object.entries(TABLES.TOLD)) {
      holds[`deal.${name}`] = !Object.hasOwn(told, field) || equal(told[field], deal[name]);
    }
    this.add("contract", "CONTRACT", holds);
  }

  titleIsSealed(named) {
    return this.bundle.entries.some(({ public: { command } }) => command.type === "import_right" &&
      get(command, "right_id") === this.deal.right_id && isObject(get(command, "erasable")) &&
      get(command.erasable, "bibliography") === named);
  }

  signature(role) {
    const mine = this.bundle.signed.filter((each) => each.role === role), typed = mine.length === 1 ? mine[0].typed_data : null;
    const own = { seller: "StandingOffer", buyer: "OfferAcceptance" }[role];
    if (typed === null || !["Deal", "LicenceOrder", own].includes(typed.primaryType)) {
      this.add(`signature ${role}`, "SIGNED", { [role]: mine.length < 2, primaryType: typed === null }, { [role]: mine.length });
      return;
    }
    const [signed] = mine, { primaryType: name, message } = typed, wanted = this.wanted(role), holds = {};
    const listed = (each) => TABLES.TYPES[each].map((member) => { const [type, field] = member.split(" "); return { name: field, type }; });
    const types = { EIP712Domain: listed("EIP712Domain"), [name]: listed(name) };
    const domain = this.domain("IPX Register"), digest = typedDigest(typed.domain, name, message), signer = signed.signer.toLowerCase();
    for (const field of names(domain)) holds[`domain.${field}`] = same(typed.domain[field], domain[field]);
    Object.assign(holds, {
      types: written(typed.types, 0) === written(types, 0), digest: digest !== null && signed.digest === `0x${hex(digest)}`,
      signature: digest !== null && recover(digest, signed.signature) === signer,
      signer: signer === this.deal[`${role}_key`].toLowerCase(), party: signed.party === this.deal[role],
    });
    for (const [field, source] of Object.entries(TABLES.WANTED[name])) {
      holds[`message.${field}`] = same(get(message, field) ?? null, wanted[source]);
    }
    holds.entry = name === "LicenceOrder" || this.stands(signed, name);
    this.add(`signature ${role}`, "SIGNED", holds);
  }

  wanted(role) {
    const { deal } = this, offer = this.bundle.signed.find((each) => each.typed_data.primaryType === "StandingOffer");
    const kind = deal.by_delivery && deal.kind === "assignment" ? 5 : get(TABLES.KINDS, deal.kind) ?? 0;
    return { ...deal, terms: `0x${deal.terms_commitment}`, text: `0x${deal.contract_commitment}`, kind_number: kind,
      own_key: deal[`${role}_key`], side: { buyer: 1, seller: 2 }[role],
      offer_id: offer ? "0x" + hex(structHash("StandingOffer", offer.typed_data.message) ?? []) : "" };
  }

  stands(signed, name) {
    const [types, field] = name === "StandingOffer" ? [["sign_offer"], "offer_signature"] : [["sign_agreement", "sign_deal"], "deal_signature"];
    return this.bundle.entries.some(({ public: { command, answer, actor } }) => isObject(answer) && get(answer, "status") === "accepted"
      && types.includes(command.type) && actor === signed.party && get(command, field) === signed.signature);
  }

  key(role) {
    const mine = this.bundle.signed.filter((each) => each.role === role);
    if (mine.length !== 1 || mine[0].key === null) { this.add(`key ${role}`, "KEY", {}, { key: false }); return; }
    const [{ signer, key: standing }] = mine;
    const named = this.commands.some((command) => ["key", "new_key"].some((name) => same(get(command, name) ?? null, signer)));
    this.add(`key ${role}`, "KEY", {}, { entry: named, event: this.chain.events.some((event) => this.binds(event, signer, standing)) });
  }

  binds(event, signer, standing) {
    const fields = fieldsOf(event), authorisation = `0x${standing.authorisation}`;
    if (fields === null || !["KeyEnrolled", "KeyRotated", "KeyRecovered"].includes(event.name)) return false;
    return (fields.new_key ?? fields.key) === addressWord(signer) && fields.party === `0x${standing.party_commitment}`
      && (fields.authorisation ?? authorisation) === authorisation;
  }

  events() {
    const { deal } = this, about = new Set([deal.deal_key, addressWord(deal.seller_key), addressWord(deal.buyer_key)]);
    if (deal.licence_id !== null) about.add(`0x${hex(sha256(utf8(`IPX licence ${deal.licence_id}`)))}`);
    for (const each of this.bundle.signed) {
      const salt = get(each.typed_data.message, "salt");
      if (typeof salt === "string") about.add(salt);
    }
    for (const event of this.chain.events) {
      const fields = fieldsOf(event), subject = fields === null || Object.values(fields).some((each) => about.has(each));
      this.add(`event ${event.name} ${event.seq}`, "EVENT", { ...this.event(event, fields), subject });
    }
  }

  event(event, fields) {
    if (fields === null) return { topics: false };
    const { log_head_before: before, log_head: after } = event, home = { Anchored: this.chain.anchor, OrdersFilled: event.contract };
    const folded = () => [before, ...event.topics, event.data].map((each) => each.slice(2)).join("");
    return { contract: same(event.contract, get(home, event.name) ?? this.chain.register),
      log_head: before === null || after === null || "0x" + hex(keccak(unhex(folded()))) === after };
  }

  recorded() {
    const mine = this.chain.events.filter((event) => Object.hasOwn(TABLES.SAID, event.name))
      .map((event) => [event, fieldsOf(event)]).filter(([, fields]) => fields !== null && fields.deal_id === this.deal.deal_key);
    if (mine.length !== 1) { this.add("recorded", "RECORDED", { events: !mine.length }, { event: mine.length }); return; }
    const [[event, fields]] = mine, holds = {};
    const messages = new Map(this.bundle.signed.map((each) => [each.role, each.typed_data.message]));
    for (const role of ["seller", "buyer"]) {
      const said = { ...TABLES.SAID[event.name].both, ...TABLES.SAID[event.name][role] };
      for (const field of names(said)) {
        holds[`${role}.${said[field]}`] = isWord(fields[field], get(messages.get(role) ?? {}, said[field]));
      }
    }
    if (event.name === "OrdersFilled") {
      holds["deal.price_minor"] = BigInt(fields.price) * BigInt(fields.quantity) === BigInt(this.deal.price_minor);
    }
    this.add("recorded", "RECORDED", holds, { final: event.final });
  }

  anchor() {
    const { bundle: { anchor }, checkpoint: point } = this;
    if (anchor === null || point === null) { this.add("anchor", "ANCHOR", {}, { anchor: false }); return; }
    const { event, size, root } = anchor, fields = fieldsOf(event), holds = this.event(event, fields);
    holds.name = event.name === "Anchored";
    if (fields !== null && holds.name) Object.assign(holds, { size: fields.size === numberWord(size), root: fields.root === `0x${root}` });
    holds.entries = size > this.bundle.entries.reduce((most, each) => Math.max(most, each.entry), 0);
    const [older, newer] = size <= point.size ? [anchor, point] : [point, anchor];
    holds.consistency = consistent(older.size, newer.size, older.root, newer.root, anchor.consistency);
    this.add("anchor", "ANCHOR", holds, { final: event.final });
  }

  attestation() {
    const { genesis, bundle: { attestation: given } } = this;
    if (given === null || genesis === null) { this.add("attestation", "ATTESTED", {}, { attestation: false }); return; }
    const message = {
      action: "deal_bundle", party: "venue", reference: `0x${hex(sha256(utf8(`${TABLES.FORMAT} ${this.deal.id}`)))}`,
      content: `0x${hex(sha256(canonical(this.bundle.digests)))}`, terms: `0x${"00".repeat(32)}`,
      validUntil: this.bundle.capture.read_at_ms,
    };
    this.add("attestation", "ATTESTED", { signer: same(get(genesis, "service") ?? null, given.signer),
      signature: this.signedBy("IPX Exchange", message, given.signature, given.signer) });
  }

  timeStamp() {
    const authority = this.roots.timestamp === null ? null : readAuthority(this.roots.timestamp);
    const encoded = this.checkpoint && this.checkpoint.timestamp_token, imprinted = this.note && asSigned(this.note);
    if (encoded === null) { this.add("time stamp", "TIME-STAMP", {}, { token: false }); return; }
    let token, differs;
    try {
      token = readToken(unbase64(encoded) ?? new Uint8Array());
      differs = authority === null ? [] : signerDiffers(token, authority);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.add("time stamp", "TIME-STAMP", { token: false });
      return;
    }
    if (imprinted === null || !alike(token.digest, sha256(imprinted))) differs.push("imprint");
    const verdict = differs.length ? DIFFERS : authority === null ? NOT_CHECKED : HOLDS;
    this.line("time stamp", verdict, "TIME-STAMP", differs.join(", ") || token.time);
  }

  rest() {
    this.line("node", NOT_CHECKED, "NODE", "");
    const { custody, missing } = this.bundle, stated = names(custody).map((name) => [name, custody[name]]);
    for (const [name, { en, zh }] of [...stated, ...missing.map((each) => [each.code, each])]) {
      this.line(`stated ${name}`, STATED, "STATED", `${en} / ${zh}`);
    }
  }
}

function verify(data, roots) {
  let bundle;
  const refused = (what) => [{ check: "form", verdict: DIFFERS, code: "FORM", what }];
  try { bundle = parse(data); } catch (error) {
    if (error instanceof Malformed) return refused("canonical");
    throw error;
  }
  const bad = misfit(bundle, "@bundle", "bundle") ?? (bundle.format === TABLES.FORMAT ? null : "bundle.format");
  return bad === null ? new Checks(bundle, roots).lines() : refused(bad);
}

function exitCode(lines, roots) {
  if (lines.some((line) => line.verdict === DIFFERS)) return 1;
  const asked = (check) => !TABLES.OPTIONAL.includes(check) || (check === "time stamp" && roots.timestamp !== null);
  const lacking = lines.some((line) => line.verdict === MISSING && asked(line.check));
  return lacking || roots.log === null ? 2 : 0;
}

// --- the page

const field = (name) => document.getElementById(name).value.trim() || null;

function rootsGiven() {
  const chain = field("chain_id"), witnesses = (field("witnesses") ?? "").split(/\s+/).filter((each) => each);
  if (chain !== null && !/^[0-9]{1,15}$/.test(chain)) throw new Malformed("chain_id");
  return { log: field("log"), witnesses, chain_id: chain === null ? null : Number(chain), register: field("register"),
    anchor: field("anchor"), timestamp: field("timestamp") };
}

function told(text, className) {
  const verdict = document.getElementById("verdict");
  verdict.textContent = text;
  verdict.className = className;
}

function show(lines, code) {
  const body = document.getElementById("lines");
  body.replaceChildren(...lines.map((line) => {
    const row = document.createElement("tr"), [english, chinese] = TABLES.TEXTS[line.code];
    row.className = line.verdict;
    const words = line.verdict === STATED ? line.what : `${chinese} / ${english}${line.what ? `: ${line.what}` : ""}`;
    for (const text of [`${TABLES.IN_CHINESE[line.verdict]} ${line.verdict}`, line.check, words]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  }));
  told(`${TABLES.VERDICTS[code][1]} / ${TABLES.VERDICTS[code][0]}`, `code${code}`);
}

let bundleBytes = null;

function check() {
  if (bundleBytes === null) return;
  try {
    const roots = rootsGiven(), lines = verify(bundleBytes, roots);
    show(lines, exitCode(lines, roots));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    document.getElementById("lines").replaceChildren();
    told(`无法得出结论 / no verdict: ${error.message}`, "code2");
  }
}

async function take(file) {
  if (!file) return;
  document.getElementById("name").textContent = file.name;
  bundleBytes = file.size > TABLES.LARGEST ? new Uint8Array(TABLES.LARGEST + 1) : new Uint8Array(await file.arrayBuffer());
  check();
}

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("file").addEventListener("change", (event) => take(event.target.files[0]));
  document.getElementById("roots").addEventListener("input", check);
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
});
