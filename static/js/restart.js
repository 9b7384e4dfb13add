/** The database was restored: everything as at the first load. What was not sent and what was typed is kept. */
const KEY = "soporte/reinicio";
const ONCE_IN = 30 * 1000;

export function restart(storage, now = Date.now(), reload = () => location.reload()) {
  if (now - Number(storage?.getItem(KEY) ?? 0) < ONCE_IN) return;
  storage?.setItem(KEY, String(now));
  reload();
}
