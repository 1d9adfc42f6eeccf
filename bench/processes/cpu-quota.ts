import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lambda's CPU quota grows with the memory of a function: at this size, it is one CPU. */
const MEBIBYTES_PER_PROCESSOR = 1_769;

/** The period of Lambda's CPU quota, as observed in functions. */
const PERIOD_MICROSECONDS = 20_000;

const ROOT = '/sys/fs/cgroup';

/** A control group with the CPU quota of a Lambda function with this much memory. */
export class CpuQuota {
  /** Creates a control group. Returns undefined if the machine does not allow it. */
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

  /** The prefix of a command that runs in the group. */
  get enter(): readonly string[] {
    return ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(this.folder, 'cgroup.procs')];
  }

  /** How often a process of the group was throttled. 0 means that the quota has no effect. */
  get throttled(): number {
    return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(join(this.folder, 'cpu.stat'), 'utf8'))?.[1]);
  }

  remove(): void {
    rmdirSync(this.folder);
  }
}
