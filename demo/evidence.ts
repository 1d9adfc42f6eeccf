import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Aws, LambdaFunction, Region, SourceProviders, StackEvent } from '../simulator';

/** A kind of place, and the texts written there. */
export interface Place {
  readonly name: string;
  readonly texts: readonly string[];
}

interface Sources {
  readonly folder: string;
  readonly aws: Aws;
  readonly region: Region;
  readonly lambda: LambdaFunction;
  readonly events: readonly StackEvent[];
}

/** Collects the output of the function and the app, except for the requests that carry the token by design. */
export async function placesOf({ folder, aws, region, lambda, events }: Sources): Promise<Place[]> {
  const others = aws.requests.filter((request) => request.operation !== 'ImportSourceCredentials');
  return [
    { name: 'files of cdk.out (templates)', texts: await filesIn(folder) },
    { name: 'log lines', texts: lambda.logs },
    { name: 'SSM parameters', texts: region.parameters.history().map(({ value }) => value) },
    { name: 'responses', texts: events.flatMap(({ answer }) => answer ? [JSON.stringify(answer)] : []) },
    { name: 'requests', texts: others.map(({ body }) => JSON.stringify(body ?? '')) },
  ];
}

/** Collects the requests that carry a token by design. */
export function carriersOf(aws: Aws, providers: SourceProviders | undefined): Place[] {
  const imports = aws.requests.filter(({ operation }) => operation === 'ImportSourceCredentials');
  return [
    { name: 'to CodeBuild', texts: imports.map(({ body }) => JSON.stringify(body)) },
    { name: 'to GitHub', texts: providers?.requests.map(({ headers }) => JSON.stringify(headers)) ?? [] },
  ];
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && path.join(entry.parentPath, entry.name).includes('cdk.out-'));
  return Promise.all(files.map(async ({ parentPath, name }) => fs.readFile(path.join(parentPath, name), 'utf8')));
}

/** Counts the texts that contain one of these values. */
export function countWith(values: readonly string[], texts: readonly string[]): number {
  return texts.filter((text) => values.some((value) => text.includes(value))).length;
}
