/** What a row of the admins' list says about itself. */
export const isRow = (row) => Boolean(row.dataset.usuario);
export const isMore = (row) => row.classList.contains("list-more");
export const latest = (row) => Number(row.dataset.ultimo);
export const unread = (row) => Number(row.dataset.sinLeer);
export const latestFirst = (a, b) => latest(b) - latest(a);

/** Marks it as the open one, as one with news, or as neither. */
export function markRow(row, usuario) {
  const current = row.dataset.usuario === usuario;
  const fresh = !current && unread(row) > 0;
  for (const name of ["bg-light", "text-success"]) row.classList.toggle(name, current);
  row.classList.toggle("text-danger", fresh);
  row.classList.toggle("fw-bold", current || fresh);
  row.dataset.nuevo = String(fresh);
  const link = row.querySelector("a");
  if (current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** The number on a row, which has room for two digits. */
export const badge = (count) => (count > 99 ? "99+" : String(count));
