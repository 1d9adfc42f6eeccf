import * as fs from 'node:fs';
import * as path from 'node:path';
import { Cdk } from './cdk';
import { ROOT, WORK } from './folders';
import { Processes } from './processes';
import { PythonTools } from './python';

const EXAMPLES = path.join(ROOT, 'examples');

/** The app of each example. */
const APPS: Readonly<Record<string, string>> = { typescript: 'app.ts' };

/** What cfn-lint may find, and why it may. */
const ACCEPTED: Readonly<Record<string, string>> = {
  W3005: 'CDK writes DependsOn for a construct as a whole, also where a reference to one of its resources says the same',
};

/** A template that is wrong, to see that the linter is awake. */
const BROKEN = path.join(__dirname, 'fixtures', 'broken.template.json');

/** Fails when cfn-lint finds an error or a warning in the template of an example. */
export async function lintExamples(processes: Processes, tools: PythonTools): Promise<void> {
  const unknown = fs.readdirSync(EXAMPLES).filter((name) => !Object.hasOwn(APPS, name));
  if (unknown.length > 0) throw new Error(`how are these examples synthesized? Add them to APPS in ${path.relative(ROOT, __filename)}: ${unknown.join(', ')}`);

  const lint = async (...templates: string[]) => processes.run({
    file: tools.path('cfn-lint'),
    args: ['--non-zero-exit-code', 'warning', ...Object.keys(ACCEPTED).flatMap((rule) => ['--ignore-checks', rule]), '--', ...templates],
    env: { PATH: process.env.PATH, HOME: WORK },
    log: 'cfn-lint.log',
  });

  const broken = await lint(BROKEN);
  if (broken.status === 0 || !broken.output.includes('E3002')) throw new Error(`cfn-lint finds nothing in a template that is wrong: ${broken.output}`);
  for (const [name, app] of Object.entries(APPS)) {
    const { status, output } = await lint(...await synthesize(processes, name, app));
    if (status !== 0) throw new Error(`cfn-lint finds this in examples/${name}; mend it, or accept a warning with a reason in ${path.relative(ROOT, __filename)}:\n${output}`);
  }
}

/** Gives back the paths of the templates. */
async function synthesize(processes: Processes, name: string, app: string): Promise<string[]> {
  const out = path.join(WORK, 'lint', name);
  const cdk = new Cdk(processes, { PATH: process.env.PATH, HOME: WORK, AWS_REGION: 'us-east-1' });
  const { status, output } = await cdk.onApp(path.join(EXAMPLES, name, app), 'synth', '--quiet', '--output', out);
  if (status !== 0) throw new Error(`examples/${name} cannot be synthesized: ${output}`);
  return fs.readdirSync(out).filter((file) => file.endsWith('.template.json')).map((file) => path.join(out, file));
}
