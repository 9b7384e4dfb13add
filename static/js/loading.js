/** What HTMX fetches: seen at once where it was asked for, told where it fails, and the focus goes on where it lands. */
const PANEL = "conversacion";

/** tools: {trigger(element, name), swapped(ctx), failed(again)} */
export function follow(document, tools) {
  const busy = new Map();
  let focused = null;

  const mark = (ctx) => [ctx.sourceElement.closest?.("[data-usuario]"), ctx.target].filter((element) => element?.setAttribute);

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    for (const element of mark(ctx)) {
      busy.set(element, ctx);
      element.setAttribute("aria-busy", "true");
    }
  });
  // One that was overtaken by another for the same place leaves the place to it.
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    for (const [element, last] of busy) {
      if (last !== ctx) continue;
      element.removeAttribute("aria-busy");
      busy.delete(element);
    }
  });
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const before = ctx.sourceElement.closest?.("li")?.previousElementSibling;
    focused = ctx.sourceElement.contains(document.activeElement) ? { ctx, before } : null;
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.swap === "none") return;
    tools.swapped(ctx);
    if (focused?.ctx === ctx && !ctx.sourceElement.isConnected && ctx.target.id !== PANEL) landing(focused)?.focus();
  });
  for (const event of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(event, ({ detail: { ctx } }) => tools.failed(() => again(ctx?.sourceElement, tools.trigger)));
  }
}

// Where "older messages" stood: the first of those that came; where "more people" stood: the first of these.
function landing({ before }) {
  const row = before?.nextElementSibling?.querySelector("a");
  if (row) return row;
  const message = document.querySelector("#mensajes [data-id]");
  message?.setAttribute("tabindex", "-1");
  return message;
}

function again(source, trigger) {
  if (!source?.isConnected || source === document.body) return location.reload();
  if (source.matches("form")) return source.requestSubmit();
  if (source.matches("a")) return source.click();
  return trigger(source, "intersect");
}
