import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT } from './contenders';
import type { Exchange } from './exchange';
import { awsCustomResource, importCalls, importEvent } from './import-by-aws-custom-resource';
import { eventFile, expectSuccess, verifyImport, RecordedEvent, recordEvents } from './recorded-event';
import { Replay } from './replay';
import { ColdRun, program, Program, runCold } from '../processes/cold-process';
import type { CpuQuota } from '../processes/cpu-quota';

/** Runs contenders on recorded events. A server in a separate process sends the recorded replies. */
export class Contest {
  static async start(folder: string): Promise<Contest> {
    const events = await recordEvents(BUILT, join(folder, 'recording'));
    const contest = new Contest(folder, events, await Replay.start());
    await contest.verifyContenders();
    return contest;
  }

  private constructor(private readonly folder: string, readonly events: readonly RecordedEvent[], private readonly replay: Replay) {}

  get create(): RecordedEvent {
    return this.events[0];
  }

  /** Returns a run of Node.js alone that makes the same calls. */
  bare(recorded: RecordedEvent, quota?: CpuQuota): () => Promise<ColdRun> {
    const calls = this.write(`bare-${recorded.name}`, JSON.stringify(recorded.stages));
    return this.run({ args: [program('bare'), calls] }, recorded.stages.flat(), quota);
  }

  /** Returns a run of a bundle of the handler. */
  handler(bundle: string, recorded: RecordedEvent, quota?: CpuQuota): () => Promise<ColdRun> {
    const event = this.write(recorded.name, eventFile(recorded.event, this.replay.endpoint));
    return this.run({ args: [program('handle'), bundle, event] }, recorded.stages.flat(), quota);
  }

  /** Returns a run of aws-cdk-lib's handler, which only imports the credential. */
  awsCustomResource(quota?: CpuQuota): () => Promise<ColdRun> {
    const event = this.write('import', eventFile(importEvent(this.create), this.replay.endpoint));
    return this.run(awsCustomResource(event), importCalls(this.create), quota);
  }

  stop(): void {
    this.replay.stop();
  }

  /** Checks that AWS would accept the requests: the simulator verifies signatures and bodies. */
  private async verifyContenders(): Promise<void> {
    await verifyImport(async (_, env) => {
      // Only the calls to services: the recorded answer URL is no longer valid.
      const calls = this.create.stages.map((stage) => stage.filter(({ target }) => target !== undefined));
      await runCold({ args: [program('bare'), this.write('proof-bare', JSON.stringify(calls))], env });
    });
    await verifyImport(async (aws, env) => {
      const answerUrl = aws.answerUrl();
      const event = { ...importEvent(this.create), ResponseURL: answerUrl.url };
      await runCold({ ...awsCustomResource(this.write('proof-import', eventFile(event))), env });
      await expectSuccess(answerUrl);
    });
  }

  private run({ args, env }: Program, calls: readonly Exchange[], quota?: CpuQuota): () => Promise<ColdRun> {
    const target = { args, env: { ...env, AWS_ENDPOINT_URL: this.replay.endpoint } };
    return async () => this.replay.during(calls, async () => runCold(target, quota));
  }

  private write(name: string, text: string): string {
    const file = join(this.folder, `${name}.json`);
    writeFileSync(file, text);
    return file;
  }
}
