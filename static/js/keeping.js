/** What an open page does by itself: it keeps its session and its times, and never goes on in somebody else's name. */
import { OWNER } from "./leaving.js";

const TICK = 30 * 1000;
const RENEW = 20 * 60 * 1000;

/** tools: {usuario, place, sesion: what `Soporte-Sesion` says of a session that must be used, Idleness: where the page has its code, tick(), last(): the last message that the page knows, warn(text | null, again)} */
export function keep({ usuario, place, sesion, Idleness, tick, last, warn }) {
  // Somebody else signed in with this browser.
  addEventListener("storage", ({ key, newValue }) => key === OWNER && newValue && newValue !== usuario && location.reload());
  place.localStorage?.setItem(OWNER, usuario);
  setInterval(tick, TICK);
  const ask = (headers) => fetch(`/soporte/comprobacion?desde=${last()}`, { headers });
  // A socket ends with its token and renews none: a page that is only open must not lose its session. What fails is tried again.
  if (!sesion) return setInterval(() => ask().catch(() => {}), RENEW);
  if (!Idleness) return 0; // the page says that it misses a part
  const idleness = new Idleness(sesion, { ask, warn, now: Date.now });
  idleness.listen(document);
  return setInterval(() => idleness.tick(), TICK);
}
