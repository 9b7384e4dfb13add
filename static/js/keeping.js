/** What an open page does by itself: it keeps its session and its times, and never goes on in somebody else's name. */
import { OWNER } from "./leaving.js";

const TICK = 30 * 1000;
const RENEW = 20 * 60 * 1000;

/** tools: {usuario, place, idle: seconds after which an unused session ends though its page is open, Idleness: where the page has its code, tick(), last(): the last message that the page knows, warn(again | null)} */
export function keep({ usuario, place, idle, Idleness, tick, last, warn }) {
  // Somebody else signed in with this browser.
  addEventListener("storage", ({ key, newValue }) => key === OWNER && newValue && newValue !== usuario && location.reload());
  place.localStorage?.setItem(OWNER, usuario);
  setInterval(tick, TICK);
  const ask = () => fetch(`/soporte/comprobacion?desde=${last()}`);
  // A socket ends with its token and renews none: a page that is only open must not lose its session. What fails is tried again.
  if (!idle) return setInterval(() => ask().catch(() => {}), RENEW);
  if (!Idleness) return 0; // the page says that it misses a part
  const idleness = new Idleness(idle, { ask, warn, now: Date.now });
  idleness.listen(document);
  return setInterval(() => idleness.tick(), TICK);
}
