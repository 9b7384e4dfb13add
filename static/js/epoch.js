/** Which history the desk keeps, by its epoch: after a restore the rows on a page are another history's. */
export class Epoch {
  #name;
  /** The page shows another history than the desk keeps, until it has loaded itself anew. */
  elsewhere = false;

  constructor(name) {
    this.#name = name;
  }

  /** What `sincronizar` asks of a page that is complete up to the message `desde`, whose own id is `idCliente`, if known. */
  cursor({ desde, idCliente }) {
    return { desde, limite: 1, ...(this.#name && { epoca: this.#name }), ...(idCliente && { id_cliente: idCliente }) };
  }

  /** Whether the desk has just told of another history. */
  left({ epoca, reinicio }) {
    const other = reinicio || (this.#name && epoca && epoca !== this.#name);
    this.#name = epoca ?? this.#name;
    this.elsewhere ||= Boolean(other);
    return Boolean(other);
  }
}
