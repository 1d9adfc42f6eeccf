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
  /** What is worth a warning, once the value is used. */
  readonly warnings: DeferredWarning[] = [];

  constructor(
    readonly arn: string,
    readonly version: string,
    /** For messages: which secret, where. */
    readonly name: string,
    private readonly value: string,
  ) {}

  /** The whole value as a token. */
  token(use: TokenUse): SecretText {
    const token = this.clean(this.value, 'the secret');
    if (parseObject(token)) throw this.failure('is a JSON document, not a token', 'Name the field that holds the token with jsonField');
    return this.tokenText(token, 'the value', use);
  }

  /** A field of the JSON document as a token or password. */
  tokenField(field: string, use: TokenUse): SecretText {
    return this.tokenText(this.field(field), `field '${field}'`, use);
  }

  /** A field of the JSON document as a user name. */
  usernameField(field: string): string {
    const username = this.field(field);
    this.judge(checkUsernameFormat(username), `field '${field}'`);
    return username;
  }

  /**
   * A field of the JSON document as the date at which the token ends. Only warns where that is not to be found or is
   * over: somebody may have stored a new token and left the old date.
   */
  expiryField(field: string): Date | undefined {
    const value = parseObject(this.value)?.[field];
    const expiresAt = typeof value === 'string' ? parseExpiry(trimInvisible(value)) : undefined;
    const message = expiresAt ? expiryWarning(expiresAt)
      : 'nobody can tell when the token ends: the field holds no date. Store one of ISO 8601, such as 2027-01-31 or 2027-01-31T12:00:00Z';
    if (message !== undefined) this.warnings.push({ message, fields: { secret: this.name, where: `field '${field}'` } });
    return expiresAt;
  }

  /** Warns of what CodeBuild, which reads this secret itself, may not remove or read. */
  requireUntouched(): void {
    const marked = this.value.startsWith('\uFEFF') ? [{ message: 'CodeBuild may not read a JSON document with a byte order mark: store it without', fields: { secret: this.name } }] : [];
    const removed = this.warnings.splice(0).map(({ fields }) =>
      ({ message: 'CodeBuild reads this secret itself, with the whitespace around the value: store it without', fields }));
    this.warnings.push(...marked, ...removed);
  }

  /** A field of the JSON document. Throws when it is missing, empty, or no text. */
  field(field: string): string {
    const document = parseObject(this.value);
    if (!document) throw this.failure('is not a JSON document', `Store one with the field '${field}', or leave the field's name out`);
    if (!Object.hasOwn(document, field)) throw this.failure(`has no field '${field}'`, 'Add it to the JSON document, or name the field that is there');

    const value = document[field];
    if (typeof value !== 'string') throw this.failure(`holds no text in field '${field}'`, 'Store the value in quotes');
    const clean = this.clean(value, `field '${field}'`);
    if (clean === '') throw this.failure(`is empty in field '${field}'`, 'Store a value');
    return clean;
  }

  /** A failure about this secret: what is wrong and what to do. */
  failure(what: string, fix: string): Failure {
    return new Failure(`secret ${this.name} ${what}. ${fix}`);
  }

  private tokenText(token: string, where: string, use: TokenUse): SecretText {
    this.judge(checkTokenFormat(token, use), where);
    return new SecretText(token);
  }

  private judge(finding: Finding | undefined, where: string): void {
    if (!finding) return;
    if (finding.isCertain) throw this.failure(`holds ${finding.what} in ${where}`, finding.fix);
    this.warnings.push({ message: `the secret holds ${finding.what.replace(/,$/, '')}. ${finding.fix}`, fields: { secret: this.name, where } });
  }

  /** Editors, `echo` and copying from a page add what no provider issued. */
  private clean(value: string, where: string): string {
    const clean = trimInvisible(value);
    if (clean === value) return clean;
    const isLineEnd = value.startsWith(clean) && /^[\r\n]*$/.test(value.slice(clean.length));
    const what = isLineEnd ? 'a trailing newline was removed' : 'whitespace or a byte order mark around the value was removed';
    this.warnings.push({ message: what, fields: { secret: this.name, where } });
    return clean;
  }
}

/** How often a secret is read until it has the version that an event has told of. */
const STALE_READS = 3;

/**
 * Reads the current version of a secret, from the region that its ARN names.
 *
 * @param expectedVersion the version of which an event has told: another one may be an older one, and is read again
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

/** Quietly: a parser's error would repeat what it could not parse. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    // Not a part of the document: editors and PowerShell put a byte order mark before it.
    const value: unknown = JSON.parse(trimInvisible(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
