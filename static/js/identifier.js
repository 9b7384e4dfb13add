/** A UUIDv7: the id that makes sending a message twice harmless. */
export function newIdentifier(now = Date.now()) {
  // crypto.randomUUID() is missing on plain http, which is how a first try on the local network runs.
  const random = [...crypto.getRandomValues(new Uint16Array(5))].map((number) => hex(number, 4));
  const time = hex(now, 12);
  const version = `7${random[0].slice(1)}`;
  const variant = "89ab"[now % 4] + random[1].slice(1);
  return [time.slice(0, 8), time.slice(8), version, variant, random.slice(2).join("")].join("-");
}

const hex = (number, length) => number.toString(16).padStart(length, "0");
