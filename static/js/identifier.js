/** A UUIDv7: the id that makes sending a message twice harmless. */
export function newIdentifier(now = Date.now(), random = randomBytes(10)) {
  const bytes = [...timeBytes(now), ...random];
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// crypto.randomUUID() is missing on plain http, which is how a first try on the local network runs.
const randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

const timeBytes = (now) => [40, 32, 24, 16, 8, 0].map((bits) => Math.floor(now / 2 ** bits) % 256);
