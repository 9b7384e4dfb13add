/** The database was restored: everything as at the first load. What was not sent and what was typed is kept. */
const KEY = "soporte/reinicio";
const ONCE_IN = 10 * 1000;

/** Loads the page anew: at once, or where that was only just done as soon as it may be done again. */
export function restart(storage, now = Date.now(), reload = () => location.reload(), later = setTimeout) {
  const wait = Number(storage?.getItem(KEY) ?? 0) + ONCE_IN - now;
  if (wait > 0 && wait <= ONCE_IN) return later(() => restart(storage, now + wait, reload, later), wait);
  storage?.setItem(KEY, String(now));
  reload();
}
