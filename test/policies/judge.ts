import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { AuthorizationRequest, Statement } from '../../simulator';
import { ROOT } from '../e2e/folders';

const PROGRAM = path.join(__dirname, 'judge');
const LOCK = 'package-lock.json';
const FOLDER = path.join(ROOT, 'cdk.out', 'policies');

const MOST_BYTES = 2 ** 28;

/** Asks whether a role with these statements allows the request. */
export interface Question {
  readonly statements: readonly Statement[];
  readonly request: AuthorizationRequest;
}

export interface Verdict {
  /** `Invalid`: the action does not exist, the resource does not match it, or the policy is invalid. */
  readonly decision: 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied' | 'Invalid';
  readonly errors?: unknown;
  /** Condition keys of the request that AWS does not define for the action. */
  readonly unknownKeys?: readonly string[];
}

/** Actions and condition keys of a statement that AWS does not define. */
export interface Examination {
  readonly unknown: readonly string[];
}

/** Evaluates policies with iam-simulate, an independent implementation of IAM's rules, in a separate process. */
export class Judge {
  /** Installs iam-simulate, unless it is already installed. */
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
