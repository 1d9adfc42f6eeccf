// Runs the jobs of a GitHub workflow's file on this machine, step by step. Commands run as on a runner. Of the actions,
// only checkout and those for artifacts are executed: instead of tools that other actions would set up, this machine's
// tools are used.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The executed actions, by name. They do not contact GitHub. */
const ACTIONS = {
  'actions/checkout': ({ workspace, repository }, { path = '.' }) => execFileSync('git', ['clone', '--quiet', repository, join(workspace, path)]),
  'actions/upload-artifact': ({ workspace, artifact }, { path }) => cpSync(join(workspace, path), artifact, { recursive: true }),
  'actions/download-artifact': ({ workspace, artifact }, { path }) => cpSync(artifact, join(workspace, path), { recursive: true }),
};

/** Steps that only run after a failure, or only for a real release. */
const SKIPPED = /failure\(\)|!inputs\.dry_run/;

export class JobRunner {
  /**
   * @param workflow the path of the workflow's file
   * @param context the values of the workflow's expressions, such as `inputs.dry_run`
   * @param replaced commands that replace those of the workflow
   */
  constructor({ workflow, folder, repository, context, env, replaced }) {
    Object.assign(this, { ...parse(readFileSync(workflow, 'utf8')), folder, repository, context, env, replaced });
  }

  /** Runs the job in a new folder. Returns the folder. */
  run(id) {
    const job = this.jobs[id];
    const workspace = join(this.folder, id);
    mkdirSync(workspace);
    console.log(`\n##### job ${id}`);
    for (const step of job.steps) this.#runStep({ ...step, env: { ...job.env, ...step.env } }, workspace);
    return workspace;
  }

  #runStep(step, workspace) {
    const name = step.name ?? step.uses;
    if (SKIPPED.test(step.if ?? '')) return console.log(`--- ${name}: skipped`);
    if (step.uses) {
      const action = ACTIONS[step.uses.split('@')[0]];
      console.log(`--- ${name}${action ? '' : ': skipped'}`);
      action?.({ workspace, repository: this.repository, artifact: join(this.folder, 'artifact') }, step.with ?? {});
      return;
    }
    console.log(`--- ${name}`);
    const command = this.replaced[step.run] ?? this.#resolve(step.run);
    const declared = Object.fromEntries(Object.entries(step.env).map(([key, value]) => [key, this.#resolve(String(value))]));
    const env = { ...process.env, GITHUB_OUTPUT: join(this.folder, 'output'), ...declared, ...this.env };
    const { status } = spawnSync('bash', ['-eo', 'pipefail', '-c', command], { cwd: workspace, env, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0 && !step['continue-on-error']) throw new Error(`'${name}' ended with ${status}: ${command}`);
  }

  #resolve(text) {
    return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression) => this.context[expression] ?? `<${expression}>`);
  }
}

/** Returns whether a program is installed. */
export function has(program) {
  return process.env.PATH.split(':').some((folder) => existsSync(join(folder, program)));
}
