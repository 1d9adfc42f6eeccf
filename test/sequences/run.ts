import { ConnectionModel } from './connection-model';
import { ConnectionEdit, describeConnection, isConnectionEdit, withConnectionEdit } from './connection-steps';
import { LifecycleEvent } from './custom-resources';
import { Attempt } from './functions';
import { Model, NOTHING } from './model';
import { Call, Fault } from './network';
import { BUNDLE } from './process-sandbox';
import { Deploy, Destroy, Edit, Operation, Sequence, StackName, STACKS, Step } from './steps';
import { connectionArn, Contents, Declared, NUMBERS, possible, secretName, SERVER_TYPES, ServerType } from './templates';
import { Observer, World } from './world';

export interface Outcome {
  /** What is wrong, if anything. */
  readonly violations: string[];
  /** What happened, a line a step; the last ones tell what is wrong. */
  readonly story: string[];
  readonly steps: number;
  readonly requests: number;
  /** By kind, those that hit something. */
  readonly faults: Record<string, number>;
  /** Ends that are documented to be possible, by kind. */
  readonly residuals: Record<string, number>;
}

/** Carries a sequence out, and holds what happens against the model after every step. */
export async function run(sequence: Sequence, { bundle = BUNDLE, verbose = false } = {}): Promise<Outcome> {
  const player = new Player(sequence, bundle, verbose);
  return player.play();
}

class Player implements Observer {
  private readonly world: World;
  private readonly model = new Model();
  private readonly connections: ConnectionModel;
  private readonly apps = new Map<StackName, Contents>();
  private readonly labels = new Map<string, string>();
  private readonly versions = new Map<number, number>();
  private readonly violations: string[] = [];
  private readonly story: string[] = [];
  private readonly faults: Record<string, number> = {};
  private readonly residuals: Record<string, number> = {};
  private readonly current = new Map<number, string | undefined>();
  private readonly hidden = new Set<number>();
  private readonly deaths = new Map<string, number>();
  private readonly newest = new Map<string, number>();
  private readonly tokens: string[] = [];
  /** The stacks in which a request has succeeded in this step. */
  private readonly updated = new Set<string>();
  private lines: string[] = [];
  private hits: string[] = [];
  private requests = 0;
  private hands = 0;
  /** Of the import that is being carried out. */
  private isShownAsBefore = false;
  private isFaultless = true;
  private wasRotatedMeanwhile = false;
  /** The secrets whose changes a stack's rule has heard of all through this step. */
  private readonly heard = new Map<StackName, ReadonlySet<number>>();
  /** The server types whose owner none of Lambda's attempts has brought back. */
  private readonly notBroughtBack = new Set<ServerType>();
  private werePermanentlyGood = true;
  /** After which what is there is nobody's, and may not be overwritten on the way back either. */
  private claimDeletedAt = 0;

  constructor(private readonly sequence: Sequence, bundle: string, private readonly verbose: boolean) {
    const { order, propagationMs, seed } = sequence;
    this.world = new World({ bundle, order, propagationMs, seed });
    this.world.observer = this;
    this.connections = new ConnectionModel(this.world.region.connections);
    for (const number of NUMBERS) {
      this.labels.set(this.world.region.secrets.get(secretName(number)).arn, `ARN of secret ${number}`);
      SERVER_TYPES.forEach((serverType) => this.labels.set(connectionArn(serverType, number), `connection ${number}`));
      this.rotate(number);
    }
  }

  async play(): Promise<Outcome> {
    let steps = 0;
    try {
      for (const step of this.sequence.steps) {
        steps += 1;
        await this.step(step, steps);
        if (this.violations.length > 0) break;
      }
      if (this.violations.length === 0) await this.teardown();
    } catch (error) {
      this.violations.push(`the test itself failed: ${(error as Error).stack}`);
    }
    this.world.close();
    const { faults, requests, residuals, story, violations } = this;
    return { violations, story: [...story, ...violations.map((text) => `   VIOLATION: ${text}`)], steps, requests, faults, residuals };
  }

  private async step(step: Step, number: number): Promise<void> {
    const { clock, network } = this.world;
    this.lines = [];
    this.hits = [];
    this.isFaultless = true;
    this.wasRotatedMeanwhile = false;
    this.heard.clear();
    STACKS.forEach((stack) => this.heard.set(stack, secretsOf(this.apps.get(stack) ?? EMPTY)));
    this.updated.clear();
    this.notBroughtBack.clear();
    this.werePermanentlyGood = this.areSecretsGood();
    network.arm(step.faults ?? []);
    this.world.twiceAfterMs = step.twiceAfterMs;
    await clock.run((async () => {
      await this.act(step);
      if (!await this.world.idle()) this.violations.push('the functions find no end');
    })());
    network.arm([]);
    this.world.twiceAfterMs = undefined;
    this.werePermanentlyGood &&= this.areSecretsGood();
    this.tell(`${number}. `);
    this.check();
  }

  private tell(prefix: string): void {
    const held = SERVER_TYPES.map((serverType) => [serverType, this.held(serverType)]).filter(([, label]) => label !== NOTHING);
    const statuses = STACKS.filter((stack) => this.world.status(stack)).map((stack) => `${stack} ${this.world.status(stack)}`);
    this.story.push(`${prefix}${this.lines.join('\n   ')}`);
    this.hits.forEach((hit) => this.story.push(`   ! ${hit}`));
    this.story.push(`   => ${held.map(([serverType, label]) => `${serverType}: ${label}`).join(', ') || 'CodeBuild holds nothing'} (${statuses.join(', ')})`);
  }

  private async act(step: Step): Promise<void> {
    const { clock, region } = this.world;
    switch (step.kind) {
      case 'deploy':
      case 'destroy':
        return this.operate(step);
      case 'together': {
        const [one, other] = step.operations;
        if (one.stack === other.stack) {
          await this.operate(one);
          // Nobody is as fast as to deploy a stack once more within a second, which is all that a request's date tells.
          await clock.sleep(1_000);
          return this.operate(other);
        }
        this.lines.push(`at once, the second ${step.apartMs} ms later:`);
        await Promise.all([this.operate(one), clock.sleep(step.apartMs + 1).then(async () => this.operate(other))]);
        return;
      }
      case 'move': {
        const app = (this.apps.get(step.from) ?? EMPTY).credentials;
        const moved = app[step.nth % app.length];
        if (!moved || step.from === step.to) return void this.lines.push('nothing to move');
        const arrive = async () => this.operate({ kind: 'deploy', stack: step.to, edits: [{ kind: 'put', ...moved }] });
        const depart = async () => this.operate({ kind: 'deploy', stack: step.from, edits: [{ kind: 'remove', nth: app.indexOf(moved) }] });
        this.lines.push(`${moved.logicalId} moves from ${step.from} to ${step.to}:`);
        if (step.order === 0) await Promise.all([arrive(), clock.sleep(step.apartMs + 1).then(depart)]);
        else for (const go of step.order > 0 ? [arrive, depart] : [depart, arrive]) await go();
        return;
      }
      case 'rotate': case 'spoil': case 'mend': case 'hide': case 'show': {
        const change = () => {
          this.lines.push(`secret ${step.number}: ${SECRET_CHANGES[step.kind]}`);
          this.changeSecret(step.kind, step.number);
        };
        if (!step.during) return change();
        this.wasRotatedMeanwhile = true;
        const others = step.besides && step.besides.stack !== step.during.stack ? [this.operate(step.besides)] : [];
        await Promise.all([this.operate(step.during), ...others, clock.sleep(step.afterMs + 1).then(change)]);
        return;
      }
      case 'importByHand': {
        this.hands += 1;
        const label = `by hand ${this.hands}`;
        const token = `handmade-token-${this.hands}`;
        this.labels.set(token, label);
        region.sourceCredentials.importByHand({ serverType: step.serverType, authType: step.authType, token });
        this.lines.push(`somebody imports a ${step.serverType} token by hand (${step.authType})`);
        this.model.importedByHand(step.serverType, {
          label,
          isIndistinguishable: this.looksLikeOurs(step.serverType, step.authType),
        });
        return;
      }
      case 'deleteByHand':
        if (this.held(step.serverType) === NOTHING) return void this.lines.push('nothing to delete by hand');
        region.sourceCredentials.deleteByHand(step.serverType);
        this.lines.push(`somebody deletes the ${step.serverType} credential by hand`);
        return this.model.deletedByHand(step.serverType);
      case 'deleteClaim': {
        const name = claimName(step.serverType);
        if (!region.parameters.get(name)) return void this.lines.push('no claim to delete by hand');
        region.parameters.deleteByHand(name);
        this.lines.push(`somebody deletes the claim on ${step.serverType} by hand`);
        this.claimDeletedAt = clock.now();
        return this.model.claimDeletedByHand(step.serverType);
      }
      case 'makeConnection': {
        const { kind: _kind, name, provider, status } = step;
        this.connections.madeByHand(region.connections.create({ name, providerType: provider, status }));
        return void this.lines.push(`somebody makes a connection '${name}' to ${provider}, ${status}`);
      }
      case 'handshake': case 'deleteConnection': {
        const { all } = this.connections;
        const chosen = all[step.nth % all.length];
        if (!chosen) return void this.lines.push('there is no connection');
        const { arn, name, providerType } = chosen;
        this.lines.push(`connection '${name}' to ${providerType} (${arn.slice(-3)}): ${step.kind === 'handshake' ? `its handshake ends in ${step.status}` : 'somebody deletes it'}`);
        return step.kind === 'handshake' ? region.connections.setStatus(arn, step.status) : this.connections.deleteByHand(arn);
      }
      case 'redeliver': {
        const sent = this.world.sent.at(-1 - step.back);
        const isTooOld = sent && clock.now() - sent.at > sent.lambda.asynchronous.maximumEventAgeSeconds * 1_000;
        // Documented: what the claim has told is forgotten with it, and would be carried out once more.
        const isForgotten = sent && sent.at < this.claimDeletedAt;
        if (!sent || sent.lambda.isDeleted || isTooOld || isForgotten) return void this.lines.push('nothing to deliver again');
        this.lines.push(`Lambda delivers once more: ${this.name(sent.request)}`);
        return sent.lambda.deliver(sent.request);
      }
      case 'wait':
        this.lines.push(`${step.milliseconds / 1000} seconds pass`);
        return clock.sleep(step.milliseconds);
    }
  }

  private async operate(operation: Operation): Promise<void> {
    const { stack } = operation;
    const before = this.world.status(stack);
    if (operation.kind === 'destroy') {
      if (!before) return void this.lines.push(`${stack}: nothing to destroy`);
      const line = this.lines.push(`destroy ${stack}`) - 1;
      this.heard.delete(stack);
      await this.world.destroy(stack);
      this.lines[line] += ` -> ${this.world.status(stack) ?? 'DELETE_COMPLETE'}`;
      if (!this.world.status(stack)) this.apps.delete(stack);
      else if (this.isFaultless && this.werePermanentlyGood && this.areSecretsGood() && (this.claimDeletedAt === 0 || before !== 'UPDATE_ROLLBACK_FAILED')) this.violations.push(`${stack} cannot be destroyed`);
      return;
    }
    await this.deploy(operation, before);
  }

  private async deploy({ edits, failure, stack }: Deploy, before: string | undefined): Promise<void> {
    const former = this.apps.get(stack) ?? EMPTY;
    const app = edits.reduce(edited, former);
    const { connections, credentials } = app;
    if (isEmpty(app) && isEmpty(former)) return void this.lines.push(`${stack}: nothing to deploy`);
    const names = [...credentials.map(describe), ...connections.map(describeConnection)].join('; ') || 'no credential';
    const line = this.lines.push(`deploy ${stack} with ${names}${failure === undefined ? '' : failure === 'last' ? ', then another resource fails' : `, another resource fails after ${failure} ms`}`) - 1;
    const isFree = credentials.every(({ shouldOverwrite }) => shouldOverwrite) && !this.connections.areAmbiguous;
    const stuck = before?.endsWith('_FAILED');
    const secrets = secretsOf(app);
    this.heard.set(stack, new Set([...this.heard.get(stack) ?? []].filter((number) => secrets.has(number))));
    await this.world.deploy(stack, app, failure);
    const status = this.world.status(stack);
    this.lines[line] += ` -> ${status ?? 'DELETE_COMPLETE'}`;
    if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') {
      this.apps.set(stack, app);
      if (stuck) this.apps.set(stack, former);
      return;
    }
    if (!status || status === 'ROLLBACK_COMPLETE') this.apps.delete(stack);
    const isGood = this.isFaultless && this.werePermanentlyGood && this.areSecretsGood() && (isFree || this.claimDeletedAt === 0);
    if (isGood && status?.endsWith('_FAILED')) this.violations.push(`${stack} is stuck in ${status}`);
    // What nothing has changed yet can be taken back whatever has become of its secret, which the claim tells.
    else if (this.isFaultless && !stuck && status === 'UPDATE_ROLLBACK_FAILED' && !this.updated.has(stack) && this.claimDeletedAt === 0) this.violations.push(`${stack} is stuck in ${status}, though nothing was changed`);
    if (isGood && failure === undefined && isFree && !stuck && credentials.every(isFit)) this.violations.push(`${stack} could not be deployed, for no reason`);
  }

  /** Everything goes, with nothing in the way. */
  private async teardown(): Promise<void> {
    const { clock } = this.world;
    for (const number of NUMBERS) {
      this.changeSecret('show', number);
      if (this.current.get(number) === undefined) this.changeSecret('mend', number);
    }
    this.isFaultless = true;
    this.wasRotatedMeanwhile = false;
    this.werePermanentlyGood = true;
    for (const stack of STACKS) {
      if (!this.world.status(stack)) continue;
      this.lines = [];
      this.hits = [];
      await clock.run((async () => {
        await this.operate({ kind: 'destroy', stack } satisfies Destroy);
        if (!await this.world.idle()) this.violations.push('the functions find no end');
      })());
      this.tell('end. ');
      this.check();
      if (this.violations.length > 0) return;
    }
  }

  private check(): void {
    const { clock, region } = this.world;
    const isStuck = STACKS.some((stack) => this.world.status(stack)?.endsWith('_FAILED'));
    const ghosts = this.model.ghosts(({ stackId }) => STACKS.some((stack) => this.world.stackId(stack) === stackId));
    if (ghosts > 0 && !isStuck) this.count(this.residuals, 'clean-up given up');
    for (const serverType of SERVER_TYPES) {
      const held = this.held(serverType);
      const expected = this.model.expected(serverType, clock.now());
      if (!expected.has(held)) {
        const top = this.model.owners(serverType).at(-1);
        if (isStuck) this.count(this.residuals, 'stack stuck');
        else if (ghosts > 0) this.count(this.residuals, 'ghost in force');
        // The owner below cannot be brought back as long as its secret is bad.
        // Documented: it is in the dead-letter queue and the metric of errors.
        else if (this.notBroughtBack.has(serverType)) this.count(this.residuals, 'not brought back');
        else if (top && this.isBad(top.number) && top.authType !== 'CODECONNECTIONS') this.count(this.residuals, 'secret bad');
        else this.violations.push(`CodeBuild holds ${held} for ${serverType}, expected ${[...expected].join(' or ')}`);
        this.model.accept(serverType, held);
      } else if (this.model.isOutdated(serverType, held)) {
        const { number, stackId } = this.model.owners(serverType).at(-1)!;
        const isHeard = this.heard.get(stackId.split('/')[1] as StackName)?.has(number);
        // A rule that is made or changed after the credential does not hear of what happens meanwhile.
        if (this.wasRotatedMeanwhile && !isHeard) this.count(this.residuals, 'rotated while deployed');
        else if (this.isFaultless && !this.isBad(number) && this.werePermanentlyGood) this.violations.push(`CodeBuild holds ${held} for ${serverType}, and its secret has ${this.model.newest(serverType)} by now`);
        else this.count(this.residuals, 'outdated');
        this.model.accept(serverType, held);
      }
      this.model.seen(serverType, held, isStuck);
      for (const { value } of region.parameters.history(claimName(serverType))) this.searchSecrets('the claim', value);
    }
    const stuck = STACKS.filter((stack) => this.world.status(stack)?.endsWith('_FAILED')).map((stack) => this.world.stackId(stack));
    this.violations.push(...this.connections.problems((stackId) => stuck.includes(stackId)));
  }

  requested(request: LifecycleEvent): void {
    if (isAboutConnection(request)) this.connections.requested(request);
    else this.model.requested(request, this.world.clock.now());
    this.note(this.name(request));
  }

  exchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCalledOff: boolean): void {
    this.requests += 1;
    if (request.RequestType !== 'Delete' && answer?.Status === 'SUCCESS') this.updated.add(request.StackId.split('/')[1]);
    const problem = isAboutConnection(request)
      ? this.connections.answered(request, answer)
      : this.model.answered(request, answer, this.world.clock.now());
    if (problem) this.violations.push(`${this.name(request)} ${problem}`);
    this.note(`${this.name(request)} -> ${answer ? `${answer.Status} ${answer.Reason ?? ''}` : isCalledOff ? 'called off' : 'no answer'}`);
    const deaths = this.deaths.get(request.RequestId) ?? 0;
    if (!answer && !isCalledOff && deaths < 3) this.violations.push(`${this.name(request)} was never answered, after ${deaths} deaths`);
  }

  attempt({ answered, end, event, lambda, ...attempt }: Attempt): void {
    const { RequestId } = event;
    if (!RequestId) return;
    if (end === 'killed') this.deaths.set(RequestId, (this.deaths.get(RequestId) ?? 0) + 1);
    if (end === 'timed out') this.violations.push(`${this.name(event)}: the function did not end in time`);
    if (end === 'threw' && !this.hits.some((hit) => hit.includes('PutAnswer'))) this.violations.push(`${this.name(event)}: the function threw`);
    if (end === 'returned' && answered !== 1 && !this.hits.some((hit) => hit.includes('PutAnswer'))) {
      this.violations.push(`${this.name(event)} was answered ${answered} times in one run of ${lambda.stackName}'s function (try ${attempt.number + 1})`);
    }
  }

  givenUp({ event }: Attempt): void {
    if (event.RequestId) return;
    this.count(this.residuals, 'bringing back given up');
    const serverType = SERVER_TYPES.find((candidate) => claimName(candidate) === event.detail.name);
    if (serverType) this.notBroughtBack.add(serverType);
  }

  log(line: string): void {
    this.searchSecrets('the log', line);
    if (line.includes('/cloudformation-answer/')) this.violations.push(`the log holds the answer's address: ${line}`);
    const { milliseconds: _milliseconds, message, ...fields } = JSON.parse(line);
    this.note(`   log: ${message} ${JSON.stringify(fields)}`);
  }

  apply(call: Call): void {
    const { attempt, operation: { input, name } } = call;
    const { sourceCredentials } = this.world.region;
    if (name === 'ImportSourceCredentials') this.isShownAsBefore = sourceCredentials.held(input.serverType)?.authType === input.authType;
    const problem = this.connections.apply(call);
    if (problem) this.violations.push(`${this.name(attempt.event)} ${problem}`);
    if (name === 'DeleteSourceCredentials') {
      const serverType = sourceCredentials.list().find(({ arn }) => arn === input.arn)?.serverType as ServerType | undefined;
      const byHand = serverType && this.model.byHand(serverType);
      if (byHand && !byHand.isIndistinguishable && this.held(serverType) === byHand.label) this.violations.push(`${this.name(attempt.event)} deletes what somebody imported by hand`);
    }
    if (name === 'ImportSourceCredentials') {
      const { serverType, shouldOverwrite, token } = input;
      const { RequestType, ResourceProperties } = attempt.event;
      const held = this.held(serverType);
      if (RequestType === 'Create' && ResourceProperties.ShouldOverwrite === 'false' && shouldOverwrite && held === this.model.byHand(serverType)?.label && this.model.owners(serverType).length === 0) {
        this.violations.push(`${this.name(attempt.event)} overwrites what somebody imported by hand`);
      }
      const label = this.labels.get(token);
      const [, source, version] = /^(secret \d) v(\d+)$/.exec(label ?? '') ?? [];
      if (source) {
        const newest = this.newest.get(`${serverType} ${source}`) ?? 0;
        if (Number(version) < newest) this.violations.push(`${this.name(attempt.event)} imports ${label} after v${newest}`);
        this.newest.set(`${serverType} ${source}`, Math.max(newest, Number(version)));
      }
    }
  }

  applied(call: Call): void {
    const { attempt, operation: { input, name } } = call;
    this.connections.applied(call);
    if (this.verbose) this.note(`   ${this.world.clock.now() % 10_000_000} ${attempt.lambda.stackName}: ${name} ${input?.Value ?? JSON.stringify(input) ?? ''}`);
    if (name === 'PutAnswer') {
      attempt.answered += 1;
      this.checkAnswer(attempt);
    }
    if (name === 'ImportSourceCredentials') {
      const { RequestId, RequestType } = attempt.event;
      const imported = { label: this.labels.get(input.token)!, isShownAsBefore: this.isShownAsBefore };
      this.model.imported(input.serverType, imported, RequestType === 'Create' || RequestType === 'Update' ? RequestId : undefined, this.world.clock.now());
    }
  }

  fault({ kind, milliseconds }: Fault, { attempt, operation }: Call): void {
    this.isFaultless = false;
    this.count(this.faults, kind);
    this.hits.push(`${kind}${kind === 'late' ? ` (${milliseconds} ms)` : ''} hits ${operation.name} of ${this.name(attempt.event)} in ${attempt.lambda.stackName}'s function (try ${attempt.number + 1})`);
  }

  private checkAnswer({ endsAt, event }: Attempt): void {
    const sent = this.world.sent.find(({ request }) => request.RequestId === event.RequestId)!;
    const { body, raw, refused } = sent.answerUrl.answers.at(-1)!;
    if (refused) this.violations.push(`${this.name(event)}: ${refused}`);
    if (body && (body.StackId !== event.StackId || body.LogicalResourceId !== event.LogicalResourceId || body.RequestId !== event.RequestId)) this.violations.push(`${this.name(event)} is answered with other ids`);
    if (this.world.clock.now() > endsAt) this.violations.push(`${this.name(event)} is answered too late`);
    this.searchSecrets('the answer', raw.toString());
  }

  private searchSecrets(where: string, text: string): void {
    for (const token of this.tokens) if (text.includes(token)) this.violations.push(`${where} holds a secret: ${text}`);
  }

  private changeSecret(kind: 'rotate' | 'spoil' | 'mend' | 'hide' | 'show', number: number): void {
    const { secrets } = this.world.region;
    const name = secretName(number);
    // A secret that is scheduled for deletion takes no value.
    if (kind !== 'hide' && this.hidden.delete(number)) secrets.restore(name);
    switch (kind) {
      case 'hide': this.hidden.add(number); secrets.scheduleDeletion(name); break;
      case 'show': break;
      case 'spoil':
        secrets.put(name, JSON.stringify({ nothing: 'of use' }));
        this.current.set(number, undefined);
        this.model.secretChanged(number, undefined, this.world.clock.now());
        break;
      default: this.rotate(number);
    }
    if (this.isBad(number)) this.werePermanentlyGood = false;
  }

  private rotate(number: number): void {
    const version = (this.versions.get(number) ?? 0) + 1;
    this.versions.set(number, version);
    const token = `confidential-${number}-${version}-value`;
    const label = `secret ${number} v${version}`;
    this.tokens.push(token);
    this.labels.set(token, label);
    this.current.set(number, label);
    this.world.region.secrets.put(secretName(number), JSON.stringify({
      token, username: 'ci@example.com', password: token, ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN', Token: token,
    }));
    this.model.secretChanged(number, label, this.world.clock.now());
  }

  private isBad(number: number): boolean {
    return this.hidden.has(number) || this.current.get(number) === undefined;
  }

  private areSecretsGood(): boolean {
    return NUMBERS.every((number) => !this.isBad(number));
  }

  /** Whether CodeBuild shows it just as what the library imported last, or as an attempt that died may have. */
  private looksLikeOurs(serverType: ServerType, authType: string): boolean {
    const { force, pending } = JSON.parse(this.world.region.parameters.get(claimName(serverType))?.value ?? '{}');
    return [force, ...pending?.tried ?? []].some((shown?: { authType: string }) => shown?.authType === authType);
  }

  private held(serverType: ServerType): string {
    const token = this.world.region.sourceCredentials.held(serverType)?.token;
    return token === undefined ? NOTHING : this.labels.get(token) ?? `something unknown (${token})`;
  }

  private name(event: any): string {
    if (!event.RequestId) return `the event about ${event.detail?.name?.split('/').pop()}`;
    const { LogicalResourceId, PhysicalResourceId, RequestId, RequestType, ResourceProperties, StackId } = event;
    return `${RequestType} of ${StackId.split('/')[1]}/${LogicalResourceId.replace(/Resource.*$|[0-9A-F]{8}$/, '')} (${ResourceProperties.ServerType ?? ResourceProperties.ConnectionName}, ${RequestId}${PhysicalResourceId ? `, ${PhysicalResourceId}` : ''})`;
  }

  private note(line: string): void {
    if (this.verbose) this.lines.push(line);
  }

  private count(counts: Record<string, number>, kind: string): void {
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
}

function claimName(serverType: ServerType): string {
  return `/codebuild-source-credentials/${serverType}`;
}

function isAboutConnection({ ResourceProperties }: LifecycleEvent): boolean {
  return 'ConnectionName' in ResourceProperties;
}

const SECRET_CHANGES = { rotate: 'rotated', spoil: 'loses its field', mend: 'mended', hide: 'scheduled for deletion', show: 'restored' };

/** Whether the credential can be imported, given good secrets. */
function isFit({ authType, serverType }: Declared): boolean {
  return authType !== 'SECRETS_MANAGER' || serverType === 'GITHUB';
}

function describe({ authType, logicalId, number, retain, serverType, shouldOverwrite }: Declared): string {
  return `${logicalId} (${serverType}, ${authType} ${number}${shouldOverwrite ? '' : ', shouldOverwrite false'}${retain ? ', RETAIN' : ''})`;
}

const EMPTY: Contents = { credentials: [], connections: [] };

/** The secrets that a stack's rule is about. */
function secretsOf({ credentials }: Contents): ReadonlySet<number> {
  return new Set(credentials.filter(({ authType }) => authType === 'PERSONAL_ACCESS_TOKEN' || authType === 'BASIC_AUTH').map(({ number }) => number));
}

function isEmpty({ connections, credentials }: Contents): boolean {
  return connections.length === 0 && credentials.length === 0;
}

const DEFAULT: Declared = { logicalId: 'One', serverType: 'GITHUB', authType: 'PERSONAL_ACCESS_TOKEN', number: 1, shouldOverwrite: true, retain: false };

function edited({ connections, credentials }: Contents, edit: Edit): Contents {
  return isConnectionEdit(edit)
    ? { credentials, connections: withConnectionEdit(connections, edit) }
    : { credentials: withCredentialEdit(credentials, edit), connections };
}

/** Server type and logical id are each taken once in a stack. */
function withCredentialEdit(app: readonly Declared[], edit: Exclude<Edit, ConnectionEdit>): readonly Declared[] {
  const others = (declared: Declared, rest: readonly Declared[]) =>
    rest.filter(({ logicalId, serverType }) => logicalId !== declared.logicalId && serverType !== declared.serverType);
  if (edit.kind === 'put') {
    const { kind: _kind, ...declared } = edit;
    return possible(declared) ? [...others(declared, app), declared] : app;
  }
  const chosen = app[edit.nth % app.length];
  if (!chosen) return edit.kind === 'remove' ? app : [{ ...DEFAULT, ...'logicalId' in edit && { logicalId: edit.logicalId } }];
  const rest = app.filter((declared) => declared !== chosen);
  if (edit.kind === 'remove') return rest;
  const { kind: _kind, nth: _nth, ...changes } = edit;
  const declared = { ...chosen, ...changes };
  return possible(declared) ? [...others(declared, rest), declared] : app;
}
