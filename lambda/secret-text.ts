import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/** The shortest part of a secret that counts as a leak. */
const LEAK_LENGTH = 6;

/**
 * A secret's value. Printing, logging or serialising it, or inserting it into a message, shows `[secret]`. Only `reveal`
 * returns the value, for the import into CodeBuild and the token check.
 */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whether a text contains the secret or a part of it. Validation errors of services may do so. */
  isRepeatedIn(text: string): boolean {
    if (this.#value.length <= LEAK_LENGTH) return text.includes(this.#value);

    for (let start = 0; start + LEAK_LENGTH <= this.#value.length; start++) {
      if (text.includes(this.#value.slice(start, start + LEAK_LENGTH))) return true;
    }
    return false;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
