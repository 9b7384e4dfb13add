/** The order of rows in a list that must not move what somebody is pointing at. */

/** `wanted` with every row of `held` (row → index where it stands) left at its index. */
export function holdPlaces(wanted, held) {
  const free = wanted.filter((row) => !held.has(row));
  const places = [...held].filter(([row]) => wanted.includes(row)).sort((a, b) => a[1] - b[1]);
  for (const [row, index] of places) free.splice(index, 0, row);
  return free;
}

/** Puts `rows` first in `list`, in this order, moving as few as possible and never one that is `held`. */
export function arrange(list, rows, held) {
  let next = list.firstElementChild;
  for (const row of rows) {
    while (held.has(row) && next !== row) {
      const later = next;
      next = next.nextElementSibling;
      list.insertBefore(later, row.nextElementSibling);
    }
    if (next === row) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
}

/** `old` becomes what `row` is. The link stays, and with it the focus. */
export function renew(old, row) {
  for (const { name, value } of row.attributes) old.setAttribute(name, value);
  old.querySelector("a").replaceChildren(...row.querySelector("a").childNodes);
}
