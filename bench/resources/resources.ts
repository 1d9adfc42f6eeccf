import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { Section } from '../section';
import { awsCustomResource, native, ours, providerFramework, providerFrameworkThatWaits, Way } from './ways';

const WAYS: Readonly<Record<string, Way>> = {
  'this library': ours,
  'native `AWS::CodeBuild::SourceCredential`': native,
  'AwsCustomResource': awsCustomResource,
  'Provider framework with a custom handler': providerFramework,
  'the same, with `isComplete`': providerFrameworkThatWaits,
};

interface Size {
  readonly resources: number;
  readonly bytes: number;
}

/** The resources that credentials add to a template. */
export const resources: Section = {
  name: 'resources',

  async measure({ folder }) {
    const data = Object.entries(WAYS).map(([name, way]) => {
      const [none, one, two] = [0, 1, 2].map((count) => size(join(folder, 'resources'), count === 0 ? () => undefined : way, count));
      return { name, first: difference(one, none), further: difference(two, one) };
    });
    return {
      data,
      tables: [{
        title: 'CloudFormation resources and template bytes',
        head: ['', 'first credential', 'bytes', 'each further one', 'bytes'],
        rows: data.map(({ name, first, further }) => [name, ...[first, further].flatMap(({ resources: count, bytes }) => [`${count}`, `${bytes}`])]),
      }],
    };
  },
};

/** Returns the size of the synthesized template. */
function size(folder: string, way: Way, count: number): Size {
  const app = new App({ outdir: folder });
  const stack = new Stack(app, 'Stack');
  way(stack, count);
  const { templateFullPath } = app.synth().getStackArtifact(stack.artifactId);
  const template = readFileSync(templateFullPath);
  return { resources: Object.keys(JSON.parse(template.toString()).Resources ?? {}).length, bytes: template.length };
}

function difference(one: Size, other: Size): Size {
  return { resources: one.resources - other.resources, bytes: one.bytes - other.bytes };
}
