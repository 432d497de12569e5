// Keeps the first bytes of an answer as text that any database takes: valid UTF-8, no NUL, not cut inside a character.

/** The length without a UTF-8 sequence that the cut left incomplete. */
const wholeLength = (bytes: Buffer, length: number): number => {
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? length - back : length;
    }
  }
  return length;
};

export class AnswerText {
  readonly #limit: number;
  #bytes: Buffer | undefined;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps what still fits; false when something didn't. */
  push(chunk: Buffer): boolean {
    const fits = Math.min(chunk.length, this.#limit - this.#length);
    if (this.#bytes === undefined) {
      // Most answers are one short chunk. A later one means a slow sender, who gets a buffer of his own of fixed size.
      this.#bytes = chunk;
    } else {
      if (this.#bytes.length < this.#limit) {
        const own = Buffer.allocUnsafe(this.#limit);
        this.#bytes.copy(own, 0, 0, this.#length);
        this.#bytes = own;
      }
      chunk.copy(this.#bytes, this.#length, 0, fits);
    }
    this.#length += fits;
    return fits === chunk.length;
  }

  toText(cut: boolean): string {
    if (this.#bytes === undefined) return '';
    const text = this.#bytes.toString('utf8', 0, cut ? wholeLength(this.#bytes, this.#length) : this.#length);
    return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
  }
}
