/** What an open page does by itself: it keeps its session and its times, and never goes on in somebody else's name. */
import { OWNER } from "./leaving.js";

const TICK = 30 * 1000;
const RENEW = 20 * 60 * 1000;

/** tools: {usuario, place, tick(), last(): the last message that the page knows} */
export function keep({ usuario, place, tick, last }) {
  // Somebody else signed in with this browser.
  addEventListener("storage", ({ key, newValue }) => key === OWNER && newValue && newValue !== usuario && location.reload());
  place.localStorage?.setItem(OWNER, usuario);
  setInterval(tick, TICK);
  // A socket ends with its token and renews none: a page that is only open must not lose its session. What fails is tried again.
  setInterval(() => fetch(`/soporte/comprobacion?desde=${last()}`).catch(() => {}), RENEW);
}
