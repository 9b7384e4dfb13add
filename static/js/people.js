/** What people are called on this page. */

/** The name of `usuario` as a message or a row of the list shows it, else the user name. */
export function nameOf(page, usuario) {
  const known = page.querySelector(`[data-de="${CSS.escape(usuario)}"][data-id] .message-name`) ?? document.getElementById(`user-${usuario}`)?.querySelector(".conversation-name");
  return known?.textContent.trim() ?? usuario;
}
