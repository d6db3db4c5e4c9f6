// Signs one instruction to the exchange, e.g. a bid, as docs/signatures.md describes it.
//
//   IPX_PRIVATE_KEY=0x… node docs/examples/sign-bid.mjs instruction.json
//
// instruction.json: { domain: { chain_id, journal_anchor }, party, idempotency_key, command,
//                     terms: null or { salt, value }, valid_until_ms }
// Prints what goes into the request: signer, signature, reference, content, terms, and the typed data itself.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { addr, signTyped } from "micro-eth-signer";

const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const word = (bytes) => `0x${bytes.toString("hex")}`;

// RFC 8785 for texts, integers, booleans, null, lists and objects. JavaScript sorts texts by UTF-16 code unit, as
// the RFC asks, and JSON.stringify escapes as the RFC asks.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort();
    return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new Error(`${value}: only integers within plus or minus 2^53 - 1 can be signed`);
  }
  return JSON.stringify(value);
}

// The salted commitment to confidential terms: what the public sees in their place.
export function commitment(label, salt, value) {
  if (salt.length !== 32) throw new Error("a salt has 32 bytes");
  const name = Buffer.from(label, "ascii");
  return sha256("IPX sealed part v1\0", Buffer.from([name.length]), name, salt, canonical(value));
}

export function typedData({ domain, party, idempotency_key, command, terms, valid_until_ms }) {
  return {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      Instruction: [
        { name: "action", type: "string" },
        { name: "party", type: "string" },
        { name: "reference", type: "bytes32" },
        { name: "content", type: "bytes32" },
        { name: "terms", type: "bytes32" },
        { name: "validUntil", type: "uint64" },
      ],
    },
    primaryType: "Instruction",
    domain: {
      name: "IPX Exchange",
      version: "1",
      chainId: domain.chain_id,
      verifyingContract: domain.journal_anchor,
    },
    message: {
      action: command.type,
      party,
      reference: word(sha256(idempotency_key)),
      content: word(sha256(canonical(command))),
      terms: word(terms ? commitment("terms", Buffer.from(terms.salt, "hex"), terms.value) : Buffer.alloc(32)),
      validUntil: valid_until_ms,
    },
  };
}

// This signer counts integers as BigInt; wallets take the plain JSON.
function withBigInts(data) {
  return {
    ...data,
    domain: { ...data.domain, chainId: BigInt(data.domain.chainId) },
    message: { ...data.message, validUntil: BigInt(data.message.validUntil) },
  };
}

if (process.argv[1] === import.meta.filename) {
  const key = process.env.IPX_PRIVATE_KEY;
  if (!key || process.argv.length !== 3) {
    console.error("usage: IPX_PRIVATE_KEY=0x… node docs/examples/sign-bid.mjs instruction.json");
    process.exit(2);
  }
  const data = typedData(JSON.parse(readFileSync(process.argv[2], "utf8")));
  const { reference, content, terms } = data.message;
  const signature = signTyped(withBigInts(data), key);
  console.log(
    JSON.stringify({ signer: addr.fromSecretKey(key), signature, reference, content, terms, typed_data: data }, null, 2),
  );
}
