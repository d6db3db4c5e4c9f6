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
const H512 = primes(8).map((prime) => fraction(prime, 2n, 64n));

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

function sha512(data) {
  const message = padded(data, 128, 16);
  const turn = (x, by) => ((x >> by) | (x << (64n - by))) & M64;
  let state = H512.slice();
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

// --- secp256k1: who signed

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];

function double([x, y, z]) {
  if (!y || !z) return [0n, 1n, 0n];
  const y2 = (y * y) % P, s = (4n * x * y2) % P, m = (3n * x * x) % P, x2 = mod(m * m - 2n * s, P);
  return [x2, mod(m * (s - x2) - 8n * y2 * y2, P), (2n * y * z) % P];
}

function add(p, q) {
  if (!p[2]) return q;
  if (!q[2]) return p;
  const z1 = (p[2] * p[2]) % P, z2 = (q[2] * q[2]) % P, u1 = (p[0] * z2) % P, u2 = (q[0] * z1) % P;
  const s1 = (p[1] * z2 * q[2]) % P, s2 = (q[1] * z1 * p[2]) % P;
  if (u1 === u2) return s1 === s2 ? double(p) : [0n, 1n, 0n];
  const h = mod(u2 - u1, P), r = mod(s2 - s1, P), h2 = (h * h) % P, h3 = (h * h2) % P, v = (u1 * h2) % P;
  const x = mod(r * r - h3 - 2n * v, P);
  return [x, mod(r * (v - x) - s1 * h3, P), (h * p[2] * q[2]) % P];
}

function times(k, [x, y]) {
  let found = [0n, 1n, 0n], adding = [x, y, 1n];
  for (; k; k >>= 1n) {
    if (k & 1n) found = add(found, adding);
    adding = double(adding);
  }
  return found;
}

function recover(digest, signature) {
  if (!/^0x[0-9a-f]{130}$/.test(signature)) return null;
  const raw = unhex(signature.slice(2)), r = big(raw.subarray(0, 32)), s = big(raw.subarray(32, 64)), v = raw[64];
  if (!(r > 0n && r < N && s > 0n && s <= N / 2n && (v === 27 || v === 28))) return null;
  const square = (power(r, 3n, P) + 7n) % P;
  let y = power(square, (P + 1n) / 4n, P);
  if ((y * y) % P !== square) return null;
  if (Number(y & 1n) !== v - 27) y = P - y;
  const back = inverse(r, N), z = big(digest);
  const [a, b, w] = add(times(mod(-z * back, N), G), times((s * back) % N, [r, y]));
  if (!w) return null;
  const unit = inverse(w, P);
  const key = joined(bytesOf((a * unit * unit) % P, 32), bytesOf((b * power(unit, 3n, P)) % P, 32));
  return "0x" + hex(keccak(key).subarray(12));
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
  d: /^0x([0-9a-f]{2})*$/,
};

function misfit(value, shape, path) {
  if (isObject(shape)) return misfitFields(value, shape, path, false);
  if (Array.isArray(shape)) {
    const [kind, inner] = shape;
    if (kind === "?") return value === null ? null : misfit(value, inner, path);
    if (kind === "+") return misfitFields(value, inner, path, true);
    if (kind === "*" ? !Array.isArray(value) : !isObject(value)) return path;
    for (const key of kind === "*" ? value.keys() : names(value)) {
      const bad = misfit(value[key], inner, `${path}.${key}`);
      if (bad !== null) return bad;
    }
    return null;
  }
  if (shape.startsWith("@")) return misfit(value, TABLES.SHAPES[shape.slice(1)], path);
  if (shape === "any") return null;
  if (shape === "i") return typeof value === "number" && value >= 0 ? null : path;
  if (shape === "b") return typeof value === "boolean" ? null : path;
  if (typeof value !== "string") return path;
  return shape === "s" || PATTERNS[shape].test(value) ? null : path;
}

function misfitFields(value, fields, path, more) {
  if (!isObject(value)) return path;
  for (const name of names({ ...fields, ...value })) {
    if (!Object.hasOwn(value, name) || (!Object.hasOwn(fields, name) && !more)) return `${path}.${name}`;
    if (Object.hasOwn(fields, name)) {
      const bad = misfit(value[name], fields[name], `${path}.${name}`);
      if (bad !== null) return bad;
    }
  }
  return null;
}

// --- Merkle tree

const nodeHash = (left, right) => sha256(joined([1], left, right));

function included(leaf, index, size, path, wanted) {
  if (index >= size) return false;
  let place = BigInt(index), last = BigInt(size) - 1n, node = leaf;
  for (const each of path) {
    const sibling = unhex(each);
    if (last === 0n) return false;
    if (place & 1n || place === last) {
      node = nodeHash(sibling, node);
      while (!(place & 1n) && place) { place >>= 1n; last >>= 1n; }
    } else node = nodeHash(node, sibling);
    place >>= 1n; last >>= 1n;
  }
  return last === 0n && hex(node) === wanted;
}

function consistent(first, second, firstRoot, secondRoot, path) {
  if (first === second) return !path.length && firstRoot === secondRoot;
  if (first === 0 || first > second) return false;
  const hashes = path.map(unhex), size = BigInt(first);
  if (!(size & (size - 1n))) hashes.unshift(unhex(firstRoot));
  if (!hashes.length) return false;
  let place = size - 1n, last = BigInt(second) - 1n;
  while (place & 1n) { place >>= 1n; last >>= 1n; }
  let older = hashes[0], newer = hashes[0];
  for (const sibling of hashes.slice(1)) {
    if (last === 0n) return false;
    if (place & 1n || place === last) {
      older = nodeHash(sibling, older); newer = nodeHash(sibling, newer);
      while (!(place & 1n) && place) { place >>= 1n; last >>= 1n; }
    } else newer = nodeHash(newer, sibling);
    place >>= 1n; last >>= 1n;
  }
  return last === 0n && hex(older) === firstRoot && hex(newer) === secondRoot;
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

// --- time stamps: what a token is over and when, not who has signed it

const TST_INFO = "060b2a864886f70d0109100104", SHA256_NAME = "0609608648016503040201";

function der(data) {
  const found = [];
  for (let place = 0; place < data.length;) {
    const head = data.subarray(place, place + 6);
    if (head.length < 2 || head[1] === 0x80 || head[1] > 0x84) throw new Malformed("der");
    let start = place + 2, size = head[1];
    if (size > 0x80) {
      start += size - 0x80;
      size = Number(big(head.subarray(2, size - 0x80 + 2)));
    }
    place = start + size;
    if (place > data.length) throw new Malformed("der");
    found.push([head[0], data.subarray(start, place)]);
  }
  return found;
}

function imprintOf(token) {
  const place = hex(token).indexOf(TST_INFO);
  const only = (values) => { if (values.length !== 1) throw new Malformed("token"); return values[0][1]; };
  if (place < 0 || place % 2) throw new Malformed("token");
  const [wrapped] = der(token.subarray((place + TST_INFO.length) / 2));
  if (wrapped === undefined) throw new Malformed("token");
  const info = der(only(der(only(der(wrapped[1])))));
  const imprint = info.length >= 5 ? der(info[2][1]) : [];
  if (imprint.length !== 2) throw new Malformed("token");
  const time = String.fromCharCode(...info[4][1]);
  if (!hex(imprint[0][1]).startsWith(SHA256_NAME) || !/^[0-9.]{14,20}Z$/.test(time)) throw new Malformed("token");
  return [imprint[1][1], time];
}

// --- EIP-712

function word(kind, value) {
  if (kind === "string") return typeof value === "string" ? keccak(utf8(value)) : null;
  if (kind === "bytes32") return typeof value === "string" && PATTERNS.x.test(value) ? unhex(value.slice(2)) : null;
  if (kind === "address") {
    return typeof value === "string" && PATTERNS.a.test(value) ? joined(new Uint8Array(12), unhex(value.slice(2))) : null;
  }
  const fits = typeof value === "number" && value >= 0 && BigInt(value) < 2n ** BigInt(Math.min(Number(kind.slice(4)), 64));
  return fits ? bytesOf(BigInt(value), 32) : null;
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

const commandOf = (entry) => entry.public.command;

class Checks {
  constructor(bundle, roots) {
    Object.assign(this, { bundle, roots, deal: bundle.deal, chain: bundle.chain, checkpoint: bundle.checkpoint });
    this.found = [];
    this.line("form", HOLDS, "FORM", "");
    const first = bundle.entries[0];
    this.genesis = first && first.entry === 0 && commandOf(first).type === "open_venue" ? commandOf(first) : null;
  }

  line(check, verdict, code, what) { this.found.push({ check, verdict, code, what }); }

  add(check, code, differs, missing = []) {
    const verdict = differs.length ? DIFFERS : missing.length ? MISSING : HOLDS;
    this.line(check, verdict, code, (differs.length ? differs : missing).join(", "));
  }

  lines() {
    this.digests(); this.venue(); this.log(); this.entries(); this.derived(); this.contract();
    for (const role of ["seller", "buyer"]) { this.signature(role); this.key(role); }
    this.events(); this.recorded(); this.anchor(); this.attestation(); this.rest();
    return this.found;
  }

  digests() {
    const { bundle } = this, listed = bundle.digests, differs = [], content = new Map();
    for (const name of names(bundle)) {
      if (!["attestation", "digests", "format"].includes(name)) content.set(name, canonical(bundle[name]));
    }
    for (const language of names(bundle.contract.texts)) content.set(`contract.${language}`, utf8(bundle.contract.texts[language]));
    for (const name of [...new Set([...content.keys(), ...Object.keys(listed)])].sort()) {
      if (!content.has(name) || !Object.hasOwn(listed, name)) differs.push(`digests.${name}`);
      else if (listed[name].sha256 !== hex(sha256(content.get(name))) || listed[name].sm3 !== hex(sm3(content.get(name)))) differs.push(name);
    }
    this.add("digests", "DIGESTS", differs);
  }

  venue() {
    const roots = ["chain_id", "register", "anchor"];
    if (this.genesis === null) this.add("venue", "VENUE", [], ["entry 0"]);
    else this.add("venue", "VENUE", roots.filter((name) => !same(get(this.genesis, name) ?? null, this.chain[name])));
    for (const name of roots) {
      if (this.roots[name] === null) this.line(name, NOT_CHECKED, "ROOT", "");
      else this.add(name, "ROOT", same(this.roots[name], this.chain[name]) ? [] : [name]);
    }
  }

  log() {
    const note = this.checkpoint === null ? null : readNote(this.checkpoint.note);
    const origin = `ipx/${this.chain.chain_id}/${this.chain.anchor.toLowerCase()}`;
    if (this.checkpoint === null) this.add("checkpoint", "CHECKPOINT", [], ["checkpoint"]);
    else if (note === null) this.add("checkpoint", "CHECKPOINT", ["note"]);
    else {
      const stated = note[0].split("\n").slice(0, 3);
      const wanted = [origin, String(this.checkpoint.size), base64(unhex(this.checkpoint.root))];
      const differs = ["origin", "size", "root"].filter((_, place) => place < stated.length && stated[place] !== wanted[place]);
      this.add("checkpoint", "CHECKPOINT", stated.length === 3 ? differs : ["note"]);
    }
    this.signers(note, origin);
  }

  signers(note, origin) {
    if (this.roots.log === null) this.line("log", NOT_CHECKED, "LOG", "");
    else {
      const key = readKey(this.roots.log, 1), differs = [];
      if (key.name !== origin) differs.push("origin");
      if (this.genesis !== null && get(this.genesis, "receipt_key") !== hex(key.key)) differs.push("receipt_key");
      const signed = note === null ? null : signedBy(note, key);
      if (signed === false) differs.push("signature");
      this.add("log", "LOG", differs, signed ? [] : ["note"]);
    }
    if (!this.roots.witnesses.length) this.line("witness", NOT_CHECKED, "WITNESS", "");
    for (const text of this.roots.witnesses) {
      const key = readKey(text, 4), signed = note === null ? null : signedBy(note, key);
      this.add(`witness ${key.name}`, "WITNESS", signed === false ? ["signature"] : [], signed ? [] : ["cosignature"]);
    }
  }

  entries() {
    let before = -1;
    for (const each of this.bundle.entries) {
      const [differs, missing] = this.entry(each);
      if (each.entry <= before) differs.unshift("order");
      before = each.entry;
      this.add(`entry ${each.entry}`, "ENTRY", differs, missing);
    }
  }

  entry(each) {
    const { public: stated } = each, leaf = sha256(joined([0], canonical(stated))), missing = [];
    const differs = stated.entry === each.entry ? [] : ["entry"];
    if (hex(leaf) !== each.leaf_hash) differs.push("leaf_hash");
    if (this.checkpoint === null || each.path === null) missing.push("path");
    else if (!included(leaf, each.entry, this.checkpoint.size, each.path, this.checkpoint.root)) differs.push("path");
    if (each.receipt === null || this.genesis === null) missing.push("receipt");
    else if (!this.receiptHolds(each.receipt, each.entry, leaf)) differs.push("receipt");
    if (!this.instructed(stated)) differs.push("signature");
    const parts = get(stated.command, "erasable");
    const committed = { terms: stated.sealed.terms, ...(isObject(parts) ? parts : {}) };
    for (const label of names(each.openings)) {
      const opening = each.openings[label];
      if (get(committed, label) !== commitment(label, opening.salt, opening.value)) differs.push(`openings.${label}`);
    }
    return [differs, missing];
  }

  receiptHolds(receipt, entry, leaf) {
    const { seal } = receipt, key = get(this.genesis, "receipt_key");
    const placed = receipt.entry === entry && receipt.leaf_hash === hex(leaf) && receipt.index === entry - seal.first_entry
      && seal.tree_size === seal.first_entry + seal.count && receipt.promised_within_s === 60;
    if (!placed || !included(leaf, receipt.index, seal.count, receipt.path, seal.batch_root)) return false;
    if (typeof key !== "string" || !PATTERNS.h.test(key)) return false;
    const message = joined(utf8("IPX batch seal v1, in a checkpoint within 60 s\0"), canonical(seal));
    return ed25519(unhex(key), message, unhex(receipt.signature));
  }

  instructed(stated) {
    const { command, signature } = stated, own = TABLES.UNSIGNED.includes(command.type);
    if (signature === null || own) return signature === null && own;
    const message = {
      action: command.type, party: stated.actor || "applicant", reference: `0x${stated.reference}`,
      content: `0x${hex(sha256(canonical(command)))}`, terms: `0x${stated.sealed.terms || "00".repeat(32)}`,
      validUntil: signature.valid_until_ms,
    };
    const digest = typedDigest(this.domain("IPX Exchange"), "Instruction", message);
    if (stated.time_ms > signature.valid_until_ms || digest === null) return false;
    return recover(digest, signature.value) === signature.signer.toLowerCase();
  }

  domain(name) {
    const contract = name === "IPX Register" ? this.chain.register : this.chain.anchor;
    return { name, version: "1", chainId: this.chain.chain_id, verifyingContract: contract };
  }

  derived() {
    const { deal } = this, differs = [];
    if (deal.right_key !== `0x${hex(sha256(utf8(`IPX right ${deal.right_id}`)))}`) differs.push("right_key");
    const own = hex(sha256(utf8(`IPX deal ${deal.id}`))).slice(0, 24);
    const keys = deal.seller_key.slice(-20).toLowerCase() + deal.buyer_key.slice(-20).toLowerCase();
    if (deal.deal_key !== `0x${keys}${own}`) differs.push("deal_key");
    this.add("deal", "DEAL", differs);
  }

  contract() {
    const { deal, bundle: { contract } } = this, { terms, texts, salt } = contract, differs = [];
    if (commitment("deal-terms", salt, terms) !== deal.terms_commitment) differs.push("terms");
    if (commitment(contract.label, salt, contract.opened) !== deal.contract_commitment) differs.push("opened");
    const listed = Object.fromEntries(Object.keys(texts).map((name) => [name, hex(sha256(utf8(texts[name])))]));
    const made = contract.label === "contract-set"
      ? { prevails: contract.prevails, terms: hex(sha256(canonical(terms))), texts: listed }
      : get(texts, contract.prevails) ?? null;
    const known = ["contract-set", "contract-text"].includes(contract.label);
    if (!known || written(made, 0) !== written(contract.opened, 0)) differs.push("texts");
    const named = { right_id: "right_id", price: "price_minor", currency: "currency", kind: "kind", seller: "seller",
      buyer: "buyer", deal_id: "id", listing_id: "listing_id" };
    const told = isObject(terms) ? terms : {};
    for (const [key, name] of Object.entries(named)) {
      if (Object.hasOwn(told, key) && written(told[key], 0) !== written(deal[name], 0)) differs.push(`deal.${name}`);
    }
    this.add("contract", "CONTRACT", differs);
  }

  signature(role) {
    const mine = this.bundle.signed.filter((each) => each.role === role), check = `signature ${role}`;
    if (mine.length !== 1) { this.add(check, "SIGNED", mine.length ? [role] : [], [role]); return; }
    const [signed] = mine, typed = signed.typed_data, name = typed.primaryType, differs = [];
    const own = { seller: "StandingOffer", buyer: "OfferAcceptance" }[role];
    if (!["Deal", "LicenceOrder", own].includes(name)) { this.add(check, "SIGNED", ["primaryType"]); return; }
    const domain = this.domain("IPX Register");
    for (const key of names(domain)) if (!same(typed.domain[key], domain[key])) differs.push(`domain.${key}`);
    const listed = (each) => TABLES.TYPES[each].map((member) => { const [type, field] = member.split(" "); return { name: field, type }; });
    const types = { EIP712Domain: listed("EIP712Domain"), [name]: listed(name) };
    if (written(typed.types, 0) !== written(types, 0)) differs.push("types");
    const digest = typedDigest(typed.domain, name, typed.message);
    if (digest === null || signed.digest !== `0x${hex(digest)}`) differs.push("digest");
    if (digest === null || recover(digest, signed.signature) !== signed.signer.toLowerCase()) differs.push("signature");
    if (signed.signer.toLowerCase() !== this.deal[`${role}_key`].toLowerCase()) differs.push("signer");
    if (signed.party !== this.deal[role]) differs.push("party");
    const wanted = this.wanted(role, name);
    for (const key of names(wanted)) if (!same(get(typed.message, key) ?? null, wanted[key])) differs.push(`message.${key}`);
    if (name !== "LicenceOrder" && !this.stands(signed, name)) differs.push("entry");
    this.add(check, "SIGNED", differs);
  }

  wanted(role, name) {
    const { deal } = this, terms = `0x${deal.terms_commitment}`, text = `0x${deal.contract_commitment}`;
    if (name === "StandingOffer") return { rightId: deal.right_key, seller: deal.seller_key, terms, contractText: text };
    if (name === "LicenceOrder") return { rightId: deal.right_key, trader: deal[`${role}_key`], side: { buyer: 1, seller: 2 }[role] };
    const wanted = { rightId: deal.right_key, dealId: deal.deal_key, deadline: deal.deadline_s };
    if (name === "OfferAcceptance") return { ...wanted, buyer: deal.buyer_key, offerId: this.offerId() };
    const kind = deal.by_delivery && deal.kind === "assignment" ? 5 : get(TABLES.KINDS, deal.kind) ?? 0;
    return { ...wanted, kind, seller: deal.seller_key, buyer: deal.buyer_key, terms, contractText: text };
  }

  offerId() {
    const offer = this.bundle.signed.find((each) => each.typed_data.primaryType === "StandingOffer");
    if (!offer) return "";
    return "0x" + hex(structHash("StandingOffer", offer.typed_data.message) ?? []);
  }

  stands(signed, name) {
    const [types, field] = name === "StandingOffer" ? [["sign_offer"], "offer_signature"] : [["sign_agreement", "sign_deal"], "deal_signature"];
    return this.bundle.entries.some((each) => {
      const command = commandOf(each), { answer, actor } = each.public;
      const accepted = isObject(answer) && get(answer, "status") === "accepted";
      return accepted && types.includes(command.type) && actor === signed.party && get(command, field) === signed.signature;
    });
  }

  key(role) {
    const mine = this.bundle.signed.filter((each) => each.role === role), missing = [];
    if (mine.length !== 1 || mine[0].key === null) { this.add(`key ${role}`, "KEY", [], ["key"]); return; }
    const { signer, key: standing } = mine[0], commands = this.bundle.entries.map(commandOf);
    if (!commands.some((command) => ["key", "new_key"].some((name) => same(get(command, name) ?? null, signer)))) missing.push("entry");
    if (!this.chain.events.some((event) => this.binds(event, signer, standing))) missing.push("event");
    this.add(`key ${role}`, "KEY", [], missing);
  }

  binds(event, signer, standing) {
    const fields = fieldsOf(event);
    if (fields === null || !["KeyEnrolled", "KeyRotated", "KeyRecovered"].includes(event.name)) return false;
    const key = fields[event.name === "KeyEnrolled" ? "key" : "new_key"];
    const bound = key === addressWord(signer) && fields.party === `0x${standing.party_commitment}`;
    return bound && (!Object.hasOwn(fields, "authorisation") || fields.authorisation === `0x${standing.authorisation}`);
  }

  events() {
    const { deal } = this, about = new Set([deal.deal_key, addressWord(deal.seller_key), addressWord(deal.buyer_key)]);
    if (deal.licence_id !== null) about.add(`0x${hex(sha256(utf8(`IPX licence ${deal.licence_id}`)))}`);
    for (const each of this.bundle.signed) {
      const salt = get(each.typed_data.message, "salt");
      if (typeof salt === "string") about.add(salt);
    }
    for (const event of this.chain.events) {
      const fields = fieldsOf(event), differs = this.event(event, fields);
      if (fields !== null && !Object.values(fields).some((each) => about.has(each))) differs.push("subject");
      this.add(`event ${event.name} ${event.seq}`, "EVENT", differs);
    }
  }

  event(event, fields) {
    if (fields === null) return ["topics"];
    const differs = [], home = { Anchored: this.chain.anchor, OrdersFilled: event.contract };
    if (!same(event.contract, get(home, event.name) ?? this.chain.register)) differs.push("contract");
    if (event.log_head_before !== null && event.log_head !== null) {
      const folded = [event.log_head_before, ...event.topics, event.data].map((each) => each.slice(2)).join("");
      if ("0x" + hex(keccak(unhex(folded))) !== event.log_head) differs.push("log_head");
    }
    return differs;
  }

  recorded() {
    const mine = this.chain.events.filter((event) => ["DealAgreed", "OfferAccepted", "OrdersFilled"].includes(event.name))
      .map((event) => [event, fieldsOf(event)]).filter(([, fields]) => fields !== null && fields.deal_id === this.deal.deal_key);
    if (mine.length !== 1) { this.add("recorded", "RECORDED", mine.length ? ["events"] : [], ["event"]); return; }
    const [[event, fields]] = mine, differs = [];
    const byRole = new Map(this.bundle.signed.map((each) => [each.role, each.typed_data.message]));
    for (const role of ["seller", "buyer"]) {
      const said = this.said(event.name, role);
      for (const key of names(said)) {
        if (!isWord(fields[key], get(byRole.get(role) ?? {}, said[key]))) differs.push(`${role}.${said[key]}`);
      }
    }
    if (event.name === "OrdersFilled" && BigInt(fields.price) * BigInt(fields.quantity) !== BigInt(this.deal.price_minor)) {
      differs.push("deal.price_minor");
    }
    this.add("recorded", "RECORDED", differs, event.final ? [] : ["final"]);
  }

  said(name, role) {
    if (name === "DealAgreed") {
      return { kind: "kind", seller: "seller", buyer: "buyer", terms: "terms", deadline: "deadline", right_id: "rightId",
        contract_text: "contractText" };
    }
    if (name === "OfferAccepted") {
      if (role === "seller") return { right_id: "rightId" };
      return { right_id: "rightId", offer_id: "offerId", buyer: "buyer", deadline: "deadline" };
    }
    const side = { seller: "ask", buyer: "bid" }[role];
    const own = { limit: "limit", quantity: "quantity", expires_at: "expiresAt", counter: "counter", salt: "salt" };
    const said = Object.fromEntries(Object.entries(own).map(([field, member]) => [`${side}_${field}`, member]));
    return { ...said, right_id: "rightId", terms: "terms", [role]: "trader" };
  }

  anchor() {
    const { anchor } = this.bundle, { checkpoint } = this;
    if (anchor === null || checkpoint === null) { this.add("anchor", "ANCHOR", [], ["anchor"]); return; }
    const fields = fieldsOf(anchor.event), differs = this.event(anchor.event, fields);
    if (anchor.event.name !== "Anchored") differs.push("name");
    else if (fields !== null) {
      if (fields.size !== numberWord(anchor.size)) differs.push("size");
      if (fields.root !== `0x${anchor.root}`) differs.push("root");
    }
    const last = this.bundle.entries.reduce((most, each) => Math.max(most, each.entry), 0);
    if (anchor.size <= last) differs.push("entries");
    const [older, newer] = anchor.size <= checkpoint.size ? [anchor, checkpoint] : [checkpoint, anchor];
    if (!consistent(older.size, newer.size, older.root, newer.root, anchor.consistency)) differs.push("consistency");
    this.add("anchor", "ANCHOR", differs, anchor.event.final ? [] : ["final"]);
  }

  timeStamp() {
    const token = this.checkpoint === null ? null : this.checkpoint.timestamp_token;
    if (token === null) { this.add("time stamp", "TIME-STAMP", [], ["token"]); return; }
    const note = readNote(this.checkpoint.note);
    let digest, time;
    try { [digest, time] = imprintOf(unbase64(token) ?? new Uint8Array()); } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.add("time stamp", "TIME-STAMP", ["token"]);
      return;
    }
    const imprinted = note === null ? null : asSigned(note);
    if (imprinted === null || hex(digest) !== hex(sha256(imprinted))) this.add("time stamp", "TIME-STAMP", ["imprint"]);
    else this.line("time stamp", NOT_CHECKED, "TIME-STAMP", time);
  }

  attestation() {
    const given = this.bundle.attestation;
    if (given === null || this.genesis === null) { this.add("attestation", "ATTESTED", [], ["attestation"]); return; }
    const message = {
      action: "deal_bundle", party: "venue", reference: `0x${hex(sha256(utf8(`${TABLES.FORMAT} ${this.deal.id}`)))}`,
      content: `0x${hex(sha256(canonical(this.bundle.digests)))}`, terms: `0x${"00".repeat(32)}`,
      validUntil: this.bundle.capture.read_at_ms,
    };
    const digest = typedDigest(this.domain("IPX Exchange"), "Instruction", message);
    const differs = same(get(this.genesis, "service") ?? null, given.signer) ? [] : ["signer"];
    if (digest === null || recover(digest, given.signature) !== given.signer.toLowerCase()) differs.push("signature");
    this.add("attestation", "ATTESTED", differs);
  }

  rest() {
    this.timeStamp();
    this.line("node", NOT_CHECKED, "NODE", "");
    for (const name of names(this.bundle.custody)) {
      const { en, zh } = this.bundle.custody[name];
      this.line(`stated ${name}`, STATED, "STATED", `${en} / ${zh}`);
    }
    for (const { code, en, zh } of this.bundle.missing) this.line(`stated ${code}`, STATED, "STATED", `${en} / ${zh}`);
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
  const lacking = lines.some((line) => line.verdict === MISSING && !TABLES.OPTIONAL.includes(line.check));
  return lacking || roots.log === null ? 2 : 0;
}

// --- the page

const field = (name) => document.getElementById(name).value.trim() || null;

function rootsGiven() {
  const chain = field("chain_id"), witnesses = (field("witnesses") ?? "").split(/\s+/).filter((each) => each);
  if (chain !== null && !/^[0-9]{1,15}$/.test(chain)) throw new Malformed("chain_id");
  return { log: field("log"), witnesses, chain_id: chain === null ? null : Number(chain), register: field("register"), anchor: field("anchor") };
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
