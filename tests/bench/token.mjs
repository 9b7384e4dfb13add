/** The cookie of a site, made as the contract has it. */
import crypto from "node:crypto";

export function token(secret, user, rol) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ user, name: user, rol, iat: seconds, exp: seconds + 3600 })}`;
  return `${body}.${crypto.createHmac("sha256", secret).update(body).digest("base64url")}`;
}
