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

/** Makes `old` look like `fresh` in place, so that focus and pointer stay where they are. */
export function mirror(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !name.startsWith("data-htmx")) old.removeAttribute(name);
  }
  if (alike(old, fresh)) [...old.children].forEach((child, i) => mirror(child, fresh.children[i]));
  else old.replaceChildren(...fresh.cloneNode(true).childNodes);
}

const alike = (a, b) => {
  const tags = [a, b].map((element) => [...element.childNodes].map((node) => (node.nodeType === 1 ? node.tagName : node.textContent.trim())).filter(Boolean).join());
  return a.children.length > 0 && tags[0] === tags[1];
};
