import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Aws, LambdaFunction, Region, StackEvent } from '../simulator';

/** One kind of place where a token must not be. */
export interface Place {
  readonly name: string;
  readonly texts: readonly string[];
}

/** Everything that has left the function, or was made by the app, apart from the calls that carry the token by design. */
export async function placesOf(
  { folder, aws, region, lambda, events }: { folder: string; aws: Aws; region: Region; lambda: LambdaFunction; events: readonly StackEvent[] },
): Promise<Place[]> {
  const others = aws.requests.filter((request) => request.operation !== 'ImportSourceCredentials');
  return [
    { name: 'files of cdk.out', texts: await filesIn(folder) },
    { name: 'lines of log', texts: lambda.logs },
    { name: 'records', texts: region.parameters.history().map(({ value }) => value) },
    { name: 'answers', texts: events.flatMap(({ answer }) => answer ? [JSON.stringify(answer)] : []) },
    { name: 'other requests', texts: others.map(({ body }) => JSON.stringify(body ?? '')) },
  ];
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && path.join(entry.parentPath, entry.name).includes('cdk.out-'));
  return Promise.all(files.map(async ({ parentPath, name }) => fs.readFile(path.join(parentPath, name), 'utf8')));
}

/** How many texts hold one of these values. */
export function countWith(values: readonly string[], texts: readonly string[]): number {
  return texts.filter((text) => values.some((value) => text.includes(value))).length;
}
