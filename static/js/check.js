/** On request the page proves that it is complete: its count and last number against the server's. Loaded when asked for. */
const place = () => document.getElementById("comprobacion");

/** tools: {load, history(), failed()} */
export async function check(button, tools) {
  button.setAttribute("aria-busy", "true");
  try {
    let [answer, same] = await compare(tools);
    const repaired = !same;
    if (!same) {
      await tools.history().reload();
      [answer, same] = await compare(tools);
    }
    const verdict = same ? (repaired ? "reparada" : "completa") : "incompleta";
    answer.querySelector(`[data-veredicto="${verdict}"]`).hidden = false;
    answer.querySelector(".check-close").addEventListener("click", () => {
      place().replaceChildren();
      button.focus();
    });
    place().replaceChildren(answer);
  } catch {
    tools.failed();
  }
  button.removeAttribute("aria-busy");
}

// What has come since the server counted is not compared.
async function compare({ load, history }) {
  const { con, ids } = history();
  const [answer] = await load(`/soporte/comprobacion?${new URLSearchParams({ con, desde: ids[0] ?? 0 })}`);
  const { cuenta, ultimo } = answer.dataset;
  const shown = history().ids.filter((id) => id <= Number(ultimo));
  return [answer, shown.length === Number(cuenta) && (shown.at(-1) ?? 0) === Number(ultimo)];
}
