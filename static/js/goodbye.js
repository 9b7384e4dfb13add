/** The page that asks before signing out, where the chat itself is not loaded. */
import { forget } from "./leaving.js";
import { browser } from "./place.js";

for (const form of document.querySelectorAll("form[action='/logout']")) {
  form.addEventListener("submit", () => forget(form.dataset.usuario, browser()));
}
