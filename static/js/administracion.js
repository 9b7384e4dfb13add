/** The administration: what it shows is drawn anew when somebody changes people, and the list as one types. */
import { io } from "../vendor/socket.io.esm.min.js";
import { Connection } from "./connection.js";
import { forget } from "./leaving.js";
import { browser } from "./place.js";
import { singleFlight } from "./refresh.js";

const ALONE = { "Soporte-Fondo": "1", Accept: "text/html" };
const TIMEOUT = 15000;
const TYPED = 250;

/** Not under somebody's hands: what has the focus or is opened stays as it is. */
const untouched = (part) => !part.contains(document.activeElement) && !part.querySelector("details[open]");

const refresh = singleFlight(async () => {
  const parts = [...document.querySelectorAll("[data-vivo]")];
  if (!parts.length) return undefined;
  // Where a form was answered, the page's address is the form's.
  const response = await fetch(parts[0].dataset.vivo || location.href, { headers: ALONE, signal: AbortSignal.timeout(TIMEOUT) }).catch(() => null);
  if (response?.redirected) return location.reload(); // the session is over: nobody else may read on
  if (!response?.ok) return undefined;
  const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of parts) {
    const fresh = drawn.getElementById(part.id);
    if (fresh && untouched(part)) part.replaceWith(document.adoptNode(fresh));
  }
  return undefined;
});

let joined = false;
new Connection(io, {
  heard: { cambio: () => refresh() },
  refused: () => {},
  changed: (state) => {
    if (state === "sesion") location.reload();
    if (state === "abierta" && joined) refresh();
    joined ||= state === "abierta";
  },
});

const search = document.getElementById("buscar");
let timer = 0;
search?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const address = `/administracion?${new URLSearchParams(new FormData(search.form))}`;
    history.replaceState(null, "", address);
    refresh();
  }, TYPED);
});

for (const field of document.querySelectorAll(".manage-link")) field.addEventListener("focus", () => field.select());
for (const form of document.querySelectorAll("form[action='/logout']")) {
  form.addEventListener("submit", () => forget(form.dataset.usuario, browser()));
}
