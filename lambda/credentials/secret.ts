import { STALE_READ_PAUSE_MS } from '../../src/times';
import { getSecretValue } from '../aws/secrets-manager';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';
import { expiryWarning, parseExpiry } from './expiry';
import { trimInvisible } from './invisible';
import type { DeferredWarning } from '../log';
import { SecretText } from '../secret-text';
import { checkTokenFormat, checkUsernameFormat, Finding, TokenUse } from './token-format';

/** The current version of a secret. */
export class Secret {
  /** Warnings to log when the value is used. */
  readonly warnings: DeferredWarning[] = [];

  constructor(
    readonly arn: string,
    readonly version: string,
    /** The secret and its region, for messages. */
    readonly name: string,
    private readonly value: string,
  ) {}

  /** Returns the whole value as a token. */
  token(use: TokenUse): SecretText {
    const token = this.clean(this.value, 'the secret');
    if (parseObject(token)) throw this.failure('is a JSON document, not a token', 'Name the field with the token with jsonField');
    return this.tokenText(token, 'the value', use);
  }

  /** Returns a field of the JSON document as a token or password. */
  tokenField(field: string, use: TokenUse): SecretText {
    return this.tokenText(this.field(field), `field '${field}'`, use);
  }

  /** Returns a field of the JSON document as a user name. */
  usernameField(field: string): string {
    const username = this.field(field);
    this.report(checkUsernameFormat(username), `field '${field}'`);
    return username;
  }

  /**
   * Returns a field of the JSON document as the token's expiry date. A missing, invalid or past date is only a warning:
   * somebody may have stored a new token and forgotten the date.
   */
  expiryField(field: string): Date | undefined {
    const value = parseObject(this.value)?.[field];
    const expiresAt = typeof value === 'string' ? parseExpiry(trimInvisible(value)) : undefined;
    const message = expiresAt ? expiryWarning(expiresAt)
      : 'the expiry date of the token is unknown: the field contains no date. Store a date in ISO 8601, such as 2027-01-31 or 2027-01-31T12:00:00Z';
    if (message !== undefined) this.warnings.push({ message, fields: { secret: this.name, where: `field '${field}'` } });
    return expiresAt;
  }

  /** Warns about characters that CodeBuild may not remove or accept when it reads this secret itself. */
  warnAboutUncleanValue(): void {
    const byteOrderMark = this.value.startsWith('\uFEFF') ? [{ message: 'CodeBuild may not accept a JSON document with a byte order mark. Store it without', fields: { secret: this.name } }] : [];
    const whitespace = this.warnings.splice(0).map(({ fields }) =>
      ({ message: 'CodeBuild reads this secret itself, including the whitespace around the value. Store it without', fields }));
    this.warnings.push(...byteOrderMark, ...whitespace);
  }

  /** Returns a field of the JSON document. Throws if it is missing, empty, or not a string. */
  field(field: string): string {
    const document = parseObject(this.value);
    if (!document) throw this.failure('is not a JSON document', `Store one with the field '${field}', or leave the field's name out`);
    if (!Object.hasOwn(document, field)) throw this.failure(`has no field '${field}'`, 'Add it to the JSON document, or name the field that is there');

    const value = document[field];
    if (typeof value !== 'string') throw this.failure(`has no string in field '${field}'`, 'Store the value in quotes');
    const clean = this.clean(value, `field '${field}'`);
    if (clean === '') throw this.failure(`has an empty field '${field}'`, 'Store a value');
    return clean;
  }

  /** Creates a failure about this secret: what is wrong and what to do. */
  failure(what: string, fix: string): Failure {
    return new Failure(`secret ${this.name} ${what}. ${fix}`);
  }

  private tokenText(token: string, where: string, use: TokenUse): SecretText {
    this.report(checkTokenFormat(token, use), where);
    return new SecretText(token);
  }

  /** Throws for a certain finding, and warns about a doubtful one. */
  private report(finding: Finding | undefined, where: string): void {
    if (!finding) return;
    if (finding.isCertain) throw this.failure(`holds ${finding.what} in ${where}`, finding.fix);
    this.warnings.push({ message: `the secret holds ${finding.what.replace(/,$/, '')}. ${finding.fix}`, fields: { secret: this.name, where } });
  }

  /** Removes characters that editors, `echo` and copying from a web page add. */
  private clean(value: string, where: string): string {
    const clean = trimInvisible(value);
    if (clean === value) return clean;
    const isLineEnd = value.startsWith(clean) && /^[\r\n]*$/.test(value.slice(clean.length));
    const what = isLineEnd ? 'a trailing newline was removed' : 'whitespace or a byte order mark around the value was removed';
    this.warnings.push({ message: what, fields: { secret: this.name, where } });
    return clean;
  }
}

/** How many times a secret is read until it has the version of the event. */
const STALE_READS = 3;

/**
 * Reads the current version of a secret, in the region of its ARN.
 *
 * @param expectedVersion the version in an event. If the secret has another one, which may be older, it is read again
 */
export async function readSecret(secretId: string, deadline: Deadline, expectedVersion?: string): Promise<Secret> {
  const region = secretId.startsWith('arn:') ? secretId.split(':')[3] : process.env.AWS_REGION!;
  const name = `${secretId} in ${region}`;
  let reply = await getSecretValue(secretId, region, name, deadline);
  for (let reads = 1; expectedVersion !== undefined && reply.VersionId !== expectedVersion && reads < STALE_READS; reads++) {
    await deadline.pause(STALE_READ_PAUSE_MS);
    reply = await getSecretValue(secretId, region, name, deadline);
  }
  const { ARN, VersionId, SecretString } = reply;
  if (SecretString === undefined) throw new Failure(`secret ${name} is binary. Store the value as text`);
  if (trimInvisible(SecretString) === '') throw new Failure(`secret ${name} is empty. Store a value`);
  return new Secret(ARN!, VersionId!, name, SecretString);
}

/** Never throws: a parser's error would contain what it could not parse. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    // Editors and PowerShell may add a byte order mark.
    const value: unknown = JSON.parse(trimInvisible(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
