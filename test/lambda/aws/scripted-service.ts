import { Deadline } from '../../../lambda/deadline';
import { LoopbackServer } from '../../../simulator';

/** A service with replies that the simulator never sends. */
export class ScriptedService {
  deadline!: Deadline;
  private readonly server: LoopbackServer;
  private log!: jest.SpyInstance;

  /** Starts the service for the tests of one file, as the endpoint of all services. */
  constructor(reply: ConstructorParameters<typeof LoopbackServer>[0]) {
    this.server = new LoopbackServer(reply);
    beforeAll(async () => {
      await this.server.start();
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: this.server.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key',
      });
    });
    afterAll(async () => this.server.stop());
    beforeEach(() => {
      this.log = jest.spyOn(console, 'log').mockImplementation();
      this.deadline = new Deadline(30_000, 0);
    });
    afterEach(() => {
      this.log.mockRestore();
      this.deadline.end();
    });
  }

  /** The log lines of the current test. */
  get lines(): any[] {
    return this.log.mock.calls.map(([line]) => JSON.parse(line));
  }
}
