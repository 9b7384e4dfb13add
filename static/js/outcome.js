/** What the desk's answer means for a message that was offered to it. */
const FINAL = new Set(["formato", "vacio", "largo", "destinatario", "id_reutilizado"]);
const [SHORTEST, LONGEST] = [1000, 10000];
const RANK = { aqui: 0, pendiente: 1, guardado: 2 };

/** `entry` after `answer`, or the entry itself where the answer says nothing new: it is offered again later. */
export function judge(entry, answer, now, random = Math.random()) {
  if (answer.ok) {
    const state = answer.estado === "pendiente" ? "pendiente" : "guardado";
    return { ...entry, state: forward(entry.state, state), tries: entry.tries + 1, after: now + pause(entry.tries, random) };
  }
  if (FINAL.has(answer.error)) return { ...entry, state: "fallido", error: answer.error };
  if (!isWait(answer.error)) return entry;
  // A crowd that was told the same moment must not come back at the same moment.
  const wait = Math.max(answer.espera_ms ?? 0, 0) + pause(entry.tries, random);
  return { ...entry, tries: entry.tries + 1, after: now + wait };
}

/** Milliseconds until the next attempt, growing to ten seconds, different for everybody. */
export function pause(tries, random = Math.random()) {
  const ceiling = Math.min(LONGEST, SHORTEST * 2 ** tries);
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}

/** The later of two states: none ever goes back. */
export const forward = (before, after) => (RANK[after] > (RANK[before] ?? -1) ? after : before);

// Whether it arrived is not known, or it was never sent: nothing to wait for but a connection.
const isWait = (error) => !["perdido", "desconectado", "sesion"].includes(error);
