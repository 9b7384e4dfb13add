/** Several messages that are copied become lines that can be read: day and time, name, text. */

/** The text of the messages of `list` that `selection` touches; "" where it is about one or none of them. */
export function readable(list, selection) {
  if (!selection || selection.isCollapsed) return "";
  const touched = [...list.querySelectorAll(".message")].filter((message) => selection.containsNode(message, true));
  return touched.length > 1 ? touched.map(line).join("\n") : "";
}

function line(message) {
  const words = (selector) => message.querySelector(selector)?.textContent.trim() ?? "";
  const time = words("time").replace(/\s+/g, " ");
  return `${time && `[${time}] `}${words(".message-from").replace(/\s+/g, " ")}: ${message.querySelector(".message-text").textContent}`;
}

export function copied(event) {
  const list = event.target.closest?.("textarea, input") ? null : document.getElementById("mensajes");
  const text = list && readable(list, getSelection());
  if (!text) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
}
