import * as fs from 'node:fs';
import * as path from 'node:path';
import { Cdk } from './cdk';
import { ROOT, WORK } from './folders';
import { Processes } from './processes';
import { PythonTools } from './python';

/** The example to lint. Those in other languages have the same template, which `npm run test:languages` compares. */
const EXAMPLE = path.join(ROOT, 'examples', 'typescript', 'app.ts');

/** Stacks with every kind of resource that the library creates. */
const EVERYTHING = path.join(__dirname, 'fixtures', 'everything-app.ts');

/** Ignored rules of cfn-lint, with reasons. */
const ACCEPTED: Readonly<Record<string, string>> = {
  W3005: 'CDK adds DependsOn for whole constructs, even where a reference to one of their resources already implies it',
};

/** An invalid template, to verify that the linter reports errors. */
const BROKEN = path.join(__dirname, 'fixtures', 'broken.template.json');

/** Throws if cfn-lint finds an error or a warning in the templates of the example or of the stacks with everything. */
export async function lintExamples(processes: Processes, tools: PythonTools): Promise<void> {
  const lint = async (...templates: string[]) => processes.run({
    file: tools.path('cfn-lint'),
    args: ['--non-zero-exit-code', 'warning', ...Object.keys(ACCEPTED).flatMap((rule) => ['--ignore-checks', rule]), '--', ...templates],
    env: { PATH: process.env.PATH, HOME: WORK },
    log: 'cfn-lint.log',
  });

  const broken = await lint(BROKEN);
  if (broken.status === 0 || !broken.output.includes('E3002')) throw new Error(`cfn-lint does not report the error E3002 in an invalid template: ${broken.output}`);
  const { status, output } = await lint(...await synthesize(processes, EXAMPLE, 'example'), ...await synthesize(processes, EVERYTHING, 'everything'));
  if (status !== 0) throw new Error(`cfn-lint found problems. Fix them, or accept a rule with a reason in ${path.relative(ROOT, __filename)}:\n${output}`);
}

/** Synthesizes an app and returns the paths of its templates. */
async function synthesize(processes: Processes, app: string, name: string): Promise<string[]> {
  const out = path.join(WORK, 'lint', name);
  const cdk = new Cdk(processes, { PATH: process.env.PATH, HOME: WORK, AWS_REGION: 'us-east-1' });
  const { status, output } = await cdk.onApp(app, 'synth', '--quiet', '--output', out);
  if (status !== 0) throw new Error(`${path.basename(app)} cannot be synthesized: ${output}`);
  return fs.readdirSync(out).filter((file) => file.endsWith('.template.json')).map((file) => path.join(out, file));
}
