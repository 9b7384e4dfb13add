/** Fetches the fragments that the server draws. */
import { serverClock } from "./now.js";

const TIMEOUT = 15000;
// The page asks by itself: that nobody is there must show, so none of these renews a session.
const ALONE = { "HX-Request": "true", "Soporte-Fondo": "1" };

export class PartialError extends Error {
  constructor(status) {
    super(`partial: ${status}`);
    this.status = status;
  }
}

/** The elements of the fragment at `url`; throws PartialError with the status, or whatever fetch throws. */
export async function loadPartial(url, fetch = globalThis.fetch) {
  const response = await fetch(url, {
    headers: { ...ALONE, Accept: "text/html" },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new PartialError(response.status);
  serverClock.heard(Date.parse(response.headers.get("Date")));
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return [...template.content.children];
}

export async function postForm(url, values, fetch = globalThis.fetch) {
  const response = await fetch(url, {
    method: "POST",
    headers: ALONE,
    body: new URLSearchParams(values),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new PartialError(response.status);
}

/** Offers a message without a socket; the acknowledgement in the socket's own words. */
export async function postMessage(payload, fetch = globalThis.fetch) {
  try {
    const response = await fetch("/soporte/mensajes", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(payload),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (response.status === 401 || response.status === 403) return { ok: false, error: "sesion" };
    return await response.json();
  } catch {
    return { ok: false, error: "perdido" };
  }
}
