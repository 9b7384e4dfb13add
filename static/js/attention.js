/** When a page should look again: somebody came back to it, the line returned, the device has slept, or it has been long. */
const RENEW = 10 * 60 * 1000;
const BEAT = 10 * 1000;
const SLEPT = 3 * BEAT;

/** tools: {looked(), offline(), slept(), renew()} */
export function attend({ looked, offline, slept, renew }) {
  let beat = Date.now();
  document.addEventListener("visibilitychange", () => document.hidden || looked());
  for (const event of ["online", "focus"]) addEventListener(event, () => document.hidden || looked());
  addEventListener("offline", offline);
  setInterval(renew, RENEW);
  // A timer that comes much too late: the socket may only seem to live.
  setInterval(() => {
    const late = Date.now() - beat > SLEPT;
    beat = Date.now();
    if (late) slept();
  }, BEAT);
}
