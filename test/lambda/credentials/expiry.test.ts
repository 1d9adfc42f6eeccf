import { daysUntil, expiryWarning, parseExpiry } from '../../../lambda/credentials/expiry';
import { Aws } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, invoke, REGION } from '../invocation';
import { CANARY } from '../refusal';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

test.each([
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T12:30', '2027-01-31T12:30:00.000Z'],
  ['2027-01-31T12:30:15', '2027-01-31T12:30:15.000Z'],
  ['2027-01-31T12:30:15Z', '2027-01-31T12:30:15.000Z'],
  ['2027-01-31T12:30:15.123Z', '2027-01-31T12:30:15.123Z'],
  ['2027-01-31T00:30:00+01:00', '2027-01-30T23:30:00.000Z'],
  ['2027-01-31T00:30:00-0500', '2027-01-31T05:30:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
])('%s is a date', (text, iso) => {
  expect(parseExpiry(text)?.toISOString()).toBe(iso);
});

test.each([
  '', 'never', '31.01.2027', '01/31/2027', '2027-1-31', '2027-13-01', '2027-02-29', '2027-02-30', '2027-01-31T25:00Z', '2027-01-31 12:30:15 UTC',
  '1801353600', '2027', '2027-01', 'Sun Jan 31 2027', '2027-01-31Tnoon', '+002027-01-31', '2027-01-31T12:30:15+99:00', `2027-01-31${CANARY}`,
])('%j is not an expiry date', (text) => {
  expect(parseExpiry(text)).toBeUndefined();
});

describe('days and warning are correct for a token', () => {
  beforeEach(() => void jest.useFakeTimers({ now: Date.UTC(2026, 11, 3, 12) }));
  afterEach(() => jest.useRealTimers());

  test.each([
    [40 * DAY, 40, undefined],
    [30 * DAY, 30, undefined],
    [30 * DAY - 1, 29, 'expires in 29 days'],
    [6 * DAY + HOUR, 6, 'expires in 6 days'],
    [DAY, 1, 'expires in 1 day'],
    [HOUR, 0, 'expires in less than a day'],
    [0, 0, 'expires in less than a day'],
    [-1, -1, 'expired less than a day ago'],
    [-DAY - HOUR, -2, 'expired 1 day ago'],
    [-3 * DAY, -3, 'expired 2 days ago'],
  ])('that expires in %d ms', (distance, days, warning) => {
    const date = new Date(Date.now() + distance);
    expect(daysUntil(date)).toBe(days);
    expect(expiryWarning(date)).toBe(warning && `the token ${warning}. Create a new one and store it in the secret, with its date`);
  });
});

describe('a secret with the expiry date of its token', () => {
  let aws: Aws;
  let secrets = 0;

  useAccount((started) => { aws = started; });

  const inDays = (days: number) => new Date(Date.now() + days * DAY + HOUR).toISOString();
  const region = () => aws.region(ACCOUNT, REGION);

  async function create(document: object, properties: object) {
    secrets += 1;
    const name = `ci/ending-${secrets}`;
    region().secrets.create({ name, value: JSON.stringify(document) });
    const { answer, logs } = await invoke(aws, { RequestType: 'Create', ResourceProperties: { SecretId: name, ExpiryField: 'ends', ...properties } });
    expect(answer.Status).toBe('SUCCESS');
    const warnings = logs.filter(({ level }) => level === 'warn');
    expect(warnings.every(({ secret }) => secret === `${name} in ${REGION}`)).toBe(true);
    return warnings.map(({ message, where }) => [message, where]);
  }

  const TOKEN = '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';
  const gitHub = async (ends: unknown) => create({ token: TOKEN, ends }, { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', JsonField: 'token' });

  test('is imported without a warning when the date is far away', async () => {
    expect(await gitHub(inDays(100))).toEqual([]);
    expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: TOKEN });
  });

  test.each([
    [6, 'the token expires in 6 days. Create a new one and store it in the secret, with its date'],
    [-3, 'the token expired 2 days ago. Create a new one and store it in the secret, with its date'],
  ])('is imported with a warning when the token expires in %d days', async (days, message) => {
    expect(await gitHub(inDays(days))).toEqual([[message, "field 'ends'"]]);
    expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: TOKEN });
  });

  test.each([[undefined], [null], [''], [1801353600], [['2027-01-31']], [CANARY], [TOKEN]])('is imported with a warning that repeats no value when the field contains %j', async (ends) => {
    expect(await gitHub(ends)).toEqual([[
      'the expiry date of the token is unknown: the field contains no date. Store a date in ISO 8601, such as 2027-01-31 or 2027-01-31T12:00:00Z', "field 'ends'",
    ]]);
    expect(region().sourceCredentials.held('GITHUB')).toMatchObject({ token: TOKEN });
  });

  test('may have the date of an API token of Bitbucket, which does not disclose it', async () => {
    const password = `ATATT3xFfGF0${'aB3-_'.repeat(30)}=1A2B3C4D`;
    expect(await create({ username: 'ci@example.com', password, ends: ` ${inDays(1)}\n` }, { ServerType: 'BITBUCKET', AuthType: 'BASIC_AUTH' }))
      .toEqual([['the token expires in 1 day. Create a new one and store it in the secret, with its date', "field 'ends'"]]);
  });
});
