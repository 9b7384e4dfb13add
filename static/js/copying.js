/** Several messages that are copied become lines that can be read: day and time, name, text. */

/** The text of the messages of `list` that `selection` touches; "" where it is about one or none of them. */
export function readable(list, selection) {
  if (!selection || selection.isCollapsed) return "";
  const touched = [...list.querySelectorAll(".message")].filter((message) => selection.containsNode(message, true));
  return touched.length > 1 ? touched.map(line).join("\n") : "";
}

function line(message) {
  const words = (selector) => message.querySelector(selector)?.textContent.replace(/\s+/g, " ").trim() ?? "";
  const [time, mark] = [words("time"), words(".message-team, .message-outsider")];
  const from = (words(".message-name") || words(".message-from")) + (mark && ` (${mark})`);
  return `${time && `[${time}] `}${from}: ${message.querySelector(".message-text").textContent}`;
}

export function copied(event) {
  const list = event.target.closest?.("textarea, input") ? null : document.getElementById("mensajes");
  const text = list && readable(list, getSelection());
  if (!text) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
}
