import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './folders';
import { Processes } from './processes';
import { SetupError } from './setup-error';

/** The oldest Python version that the requirements support. */
const OLDEST = [3, 10];

/** Programs installed in a Python virtual environment. */
export class PythonTools {
  /** Installs the listed packages into the folder, unless they are already installed. Throws if that fails. */
  static async install(processes: Processes, requirements: string, folder: string): Promise<PythonTools> {
    const tools = new PythonTools(folder);
    const wanted = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex');
    const mark = path.join(tools.folder, 'requirements.sha256');
    if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === wanted) return tools;

    fs.rmSync(tools.folder, { recursive: true, force: true });
    // pip needs this process's environment, which may configure a package index or proxy.
    const options = { env: process.env, log: 'python.log' };
    const python = await findPython(processes, options);
    const made = await processes.run({ file: python, args: ['-m', 'venv', tools.folder], ...options });
    if (made.status !== 0) {
      throw new SetupError(`${python} could not create a virtual environment: ${lastLine(made.output)}. Install its venv module (on Debian and Ubuntu: python3-venv)`);
    }
    const installed = await processes.run({
      file: tools.path('python'),
      args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '--require-hashes', '-r', requirements],
      ...options,
    });
    if (installed.status !== 0) {
      throw new SetupError(`pip could not install ${path.relative(ROOT, requirements)}: ${lastLine(installed.output)}. Check the connection to the Python package index. pip's complete output is in ${path.join(processes.logs, 'python.log')}`);
    }
    fs.writeFileSync(mark, wanted);
    return tools;
  }

  private constructor(private readonly folder: string) {}

  /** Returns the path of an installed program. */
  path(program: string): string {
    return path.join(this.folder, 'bin', program);
  }
}

async function findPython(processes: Processes, options: { env: NodeJS.ProcessEnv; log: string }): Promise<string> {
  const [major, minor] = OLDEST;
  const args = ['-c', `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`];
  const { status } = await processes.run({ file: 'python3', args, ...options }).catch(() => ({ status: null }));
  if (status === 0) return 'python3';
  throw new SetupError(`the tests need Python ${major}.${minor} or newer as python3 on PATH, but found ${status === null ? 'none' : 'an older version'}. Install it`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
