/** The state of a message on the screen: drawn by a template, and never going back. */
const RANK = { guardado: 1, entregado: 2, leido: 3 };

/** Shows `state` in `row`, unless it shows a later one. */
export function setState(row, state) {
  const shown = row.querySelector(".message-state");
  if (!shown || shown.dataset.estado === state || RANK[shown.dataset.estado] > (RANK[state] ?? 0)) return;
  const template = document.getElementById(`plantilla-estado-${state}`);
  shown.replaceWith(template.content.firstElementChild.cloneNode(true));
}

/** Whether the mark of `lector` in the conversation `con` is about `row`: what they, or for an admin the desk, received. */
export function concerns(row, { con, lector }) {
  if (lector === con) return row.dataset.para === con;
  return row.dataset.de === con && "mesa" in row.dataset;
}
