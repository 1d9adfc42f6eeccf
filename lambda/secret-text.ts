import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/** Shortest part of a secret whose repetition counts as a leak. */
const TELLING_LENGTH = 6;

/**
 * A secret's value. Printed, logged, serialised or put into a message it shows `[secret]`; only
 * `reveal` gives the value, for the call to CodeBuild.
 */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whether a text repeats the secret or a telling part of it, as services do in validation errors. */
  isRepeatedIn(text: string): boolean {
    if (this.#value.length <= TELLING_LENGTH) return text.includes(this.#value);

    for (let start = 0; start + TELLING_LENGTH <= this.#value.length; start++) {
      if (text.includes(this.#value.slice(start, start + TELLING_LENGTH))) return true;
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
