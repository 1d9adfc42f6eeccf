import { deleteParameter, listParameters } from '../../../lambda/aws/parameter-store';
import { Deadline } from '../../../lambda/deadline';
import { Aws } from '../../../simulator';
import { useAccount } from '../account';
import { ACCOUNT, REGION } from '../invocation';

let aws: Aws;
let deadline: Deadline;

useAccount((started) => { aws = started; });

beforeEach(() => { deadline = new Deadline(60_000, 0); });
afterEach(() => deadline.end());

const parameters = () => aws.region(ACCOUNT, REGION).parameters;

test('a parameter that another function has deleted is deleted without an error', async () => {
  await expect(deleteParameter('/path/missing', deadline)).resolves.toBeUndefined();
  expect(aws.requests.map(({ operation, status }) => [operation, status])).toEqual([['DeleteParameter', 400]]);
});

test('a deletion that is denied says which parameter remains, and where', async () => {
  parameters().putByHand('/path/name', 'a value');
  aws.faults.add({ operation: 'DeleteParameter', kind: 'accessDenied' });
  await expect(deleteParameter('/path/name', deadline)).rejects.toThrow(`Parameter Store in ${REGION} did not delete /path/name: AccessDenied`);
  expect(parameters().names()).toContain('/path/name');
});

test('a list has all pages, with names relative to the path', async () => {
  for (let number = 10; number < 35; number++) parameters().putByHand(`/path/${number}`, `value ${number}`);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const listed = await listParameters('/path', deadline);
  expect(listed.map(({ name, value }) => [name, value]).sort()).toEqual(Array.from({ length: 25 }, (_, index) => [`${index + 10}`, `value ${index + 10}`]));
  expect(await listParameters('/elsewhere', deadline)).toEqual([]);
});
