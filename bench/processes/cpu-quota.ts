import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lambda gives a function a share of the processor that grows with its memory: at this size, one. */
const MEBIBYTES_PER_PROCESSOR = 1_769;

/** Lambda shares out its processors in steps of this length, as functions see it from within. */
const PERIOD_MICROSECONDS = 20_000;

const ROOT = '/sys/fs/cgroup';

/** A control group whose processes get the processor time of a Lambda function with so much memory. */
export class CpuQuota {
  /** Undefined on a machine that lets us make none. */
  static create(mebibytes: number): CpuQuota | undefined {
    const quota = Math.round(PERIOD_MICROSECONDS * mebibytes / MEBIBYTES_PER_PROCESSOR);
    const isUnified = existsSync(join(ROOT, 'cgroup.controllers'));
    const folder = join(ROOT, isUnified ? '' : 'cpu', `bench-${process.pid}-${mebibytes}`);
    try {
      mkdirSync(folder);
      if (isUnified) {
        writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD_MICROSECONDS}`);
      } else {
        writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_MICROSECONDS));
        writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota));
      }
      return new CpuQuota(folder);
    } catch {
      if (existsSync(folder)) rmdirSync(folder);
      return undefined;
    }
  }

  private constructor(private readonly folder: string) {}

  /** Begins a command line that is to run in the group. */
  get enter(): readonly string[] {
    return ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(this.folder, 'cgroup.procs')];
  }

  /** How often a process of the group had to wait for its next share: none means that there is no quota in force. */
  get throttled(): number {
    return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(join(this.folder, 'cpu.stat'), 'utf8'))?.[1]);
  }

  remove(): void {
    rmdirSync(this.folder);
  }
}
