import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { AuthorizationRequest, Statement } from '../../simulator';
import { ROOT } from '../e2e/folders';

const PROGRAM = path.join(__dirname, 'judge');
const LOCK = 'package-lock.json';
const FOLDER = path.join(ROOT, 'cdk.out', 'policies');

const MOST_BYTES = 2 ** 28;

/** Whether a role with these statements may do this. */
export interface Question {
  readonly statements: readonly Statement[];
  readonly request: AuthorizationRequest;
}

export interface Verdict {
  /** `Invalid`: no such action, no such resource for it, or no valid policy. */
  readonly decision: 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied' | 'Invalid';
  readonly errors?: unknown;
  /** Condition keys of the request that AWS does not have for the action. */
  readonly unknownKeys?: readonly string[];
}

/** What of a statement AWS does not know. */
export interface Examination {
  readonly unknown: readonly string[];
}

/** The rules of somebody else, as a program in a process of its own. */
export class Judge {
  /** Installs it, unless it is there. */
  static install(): Judge {
    const lock = fs.readFileSync(path.join(PROGRAM, LOCK));
    const mark = path.join(FOLDER, 'installed.json');
    if (fs.existsSync(mark) && fs.readFileSync(mark).equals(lock)) return new Judge();

    fs.mkdirSync(FOLDER, { recursive: true });
    for (const file of ['package.json', LOCK]) fs.copyFileSync(path.join(PROGRAM, file), path.join(FOLDER, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
    fs.writeFileSync(mark, lock);
    return new Judge();
  }

  decide(questions: readonly Question[]): Verdict[] {
    return this.ask(questions);
  }

  examine(statements: readonly Statement[]): Examination[] {
    return this.ask(statements.map((statement) => ({ statement })));
  }

  private ask(questions: readonly object[]): any {
    const output = execFileSync(process.execPath, [path.join(PROGRAM, 'judge.mjs'), FOLDER], {
      input: JSON.stringify(questions), maxBuffer: MOST_BYTES, stdio: ['pipe', 'pipe', 'inherit'],
    });
    return JSON.parse(output.toString());
  }
}
