import { Answers } from './answers';
import { Circumstances } from './circumstances';
import { ConnectionModel } from './connection-model';
import { Label, Labels, NOTHING } from './labels';
import { Model, Owner, Problem } from './model';
import { Permissions } from './permissions';
import { isMarkedForDeletion, liveOwnerIds, recordedUsers } from './recorded';
import { STACKS } from './steps';
import { describeCall, describeEvent, describeFault, Story } from './story';
import { SERVER_TYPES, ServerType } from './templates';
import { Attempt, Call, Fault, LifecycleEvent, Observer, World } from '../../simulator';
import { broken } from '../model/guarantees';

/**
 * A limit that no request or event reaches, however many stacks there are (G5). Further pages of a list and throttled
 * calls do not count. Retries after other errors do.
 */
const MOST_CALLS = 60;

/** Compares what happens with the models: call by call, and once nothing is running. */
export class Checks implements Observer {
  readonly violations: string[] = [];
  /** Number of faults that affected a call or an event, by kind. */
  readonly faults: Record<string, number> = {};
  /** Number of documented residuals, by name. */
  readonly residuals: Record<string, number> = {};
  readonly model: Model;
  readonly connections: ConnectionModel;
  readonly permissions: Permissions;
  requests = 0;
  mostCalls = 0;
  /** Circumstances of the current step. */
  circumstances = new Circumstances();
  private readonly answers: Answers;
  /** The last write of a record of each owner. */
  private readonly writes = new Map<string, { readonly roleName: string; readonly at: number }>();
  /** The last import of each run of a function. */
  private readonly imports = new WeakMap<Attempt, { readonly serverType: ServerType; readonly label: Label; readonly at: number }>();

  constructor(private readonly world: World, private readonly labels: Labels, private readonly story: Story) {
    const { clock, region } = world;
    this.answers = new Answers(world, story);
    this.permissions = new Permissions(() => clock.now());
    this.model = new Model(labels, (serverType) => region.sourceCredentials.held(serverType));
    this.connections = new ConnectionModel({
      connections: region.connections,
      countResidual: (residual) => this.countResidual(residual),
      recordedUsers: () => recordedUsers(region),
      permissions: this.permissions,
      now: () => clock.now(),
      isHeld: (arn) => region.sourceCredentials.list().some(({ resource }) => resource === arn),
      isMarked: (arn) => isMarkedForDeletion(region, arn),
      mayHaveOwner: (arn) => this.owners.some(({ sources }) => sources.some(({ id }) => id === arn)),
      // The first source is the deployed one. Any others belong to an Update that is still running.
      credentials: () => this.owners.filter(({ isUncertain, sources: [{ authType }] }) => !isUncertain && authType === 'CODECONNECTIONS')
        .map(({ hasRecord, logicalId, sources: [{ id }], stackId }) => ({ name: `${stackId.split('/')[1]}/${logicalId}`, arn: id, hasRecord })),
    });
  }

  private get owners(): Owner[] {
    return SERVER_TYPES.flatMap((serverType) => this.model.owners(serverType));
  }

  beginStep(): void {
    this.circumstances = new Circumstances();
  }

  /** Returns what is wrong in CodeBuild once nothing is running. Counts documented residuals instead of returning them. */
  problems(isAfterDailyCheck: boolean): Problem[] {
    const { hasFailures } = this.circumstances;
    const problems = SERVER_TYPES.flatMap((serverType) => this.model.problem(serverType, { isAfterDailyCheck, hasFailures }) ?? []);
    problems.forEach(({ residual }) => residual && this.count(this.residuals, residual));
    return problems.filter(({ residual }) => residual === undefined);
  }

  /** Checks everything but CodeBuild once nothing is running. */
  finishStep(): void {
    const { region } = this.world;
    const stuck = STACKS.filter((stack) => this.world.status(stack)?.endsWith('_FAILED')).map((stack) => this.world.stackId(stack));
    SERVER_TYPES.forEach((serverType) => {
      this.model.finishStep(serverType, this.circumstances.hasCopies);
      this.checkRecords(serverType);
    });
    for (const name of region.parameters.names()) this.searchSecrets(name, region.parameters.get(name)!.value);
    this.violations.push(...this.connections.problems((stackId) => stuck.includes(stackId)));
  }

  /** Returns the removed owners whose record should not exist. Counts the documented exception as a residual. */
  leftRecords(ownerIds: readonly string[]): string[] {
    return ownerIds.filter((ownerId) => {
      const { at, roleName } = this.writes.get(ownerId)!;
      // Documented: the Create may write its record while its Delete ends, and cannot delete it afterwards.
      if (!this.permissions.areRevokedSince(roleName, at)) return true;
      this.countResidual('a record of a Create whose permissions are gone');
      return false;
    });
  }

  /** Counts a documented residual. */
  countResidual(residual: string): void {
    this.count(this.residuals, residual);
  }

  requested(request: LifecycleEvent): void {
    if (isAboutConnection(request)) this.connections.requested(request);
    else this.model.requested(request, this.world.clock.now());
    this.story.detail(() => describeEvent(request));
  }

  exchange(request: LifecycleEvent, answer: Record<string, any> | undefined, isCancelled: boolean): void {
    this.requests += 1;
    if (request.RequestType !== 'Delete' && answer?.Status === 'SUCCESS') this.circumstances.addChange(request.StackId.split('/')[1]);
    if (isCancelled) this.circumstances.addCancelled(request.RequestId);
    this.addProblem(request, isAboutConnection(request)
      ? this.connections.answered(request, answer)
      : this.model.answered(request, answer, this.circumstances));
    if (!answer && !isCancelled) this.addProblem(request, this.answers.missingProblem(request));
    const end = answer ? `${answer.Status} ${answer.PhysicalResourceId} ${answer.Reason ?? ''}` : isCancelled ? 'cancelled' : 'no answer';
    this.story.detail(() => `${describeEvent(request)} -> ${end}`);
  }

  attempt(attempt: Attempt): void {
    const { calls, event, lambda } = attempt;
    this.mostCalls = Math.max(this.mostCalls, calls);
    if (calls > MOST_CALLS) this.violations.push(broken('G5', `${describeEvent(event)} took ${calls} calls`));
    if (!event.RequestId && this.isIgnored(event, lambda)) this.circumstances.isIgnored = true;
    this.checkImportLeft(attempt);
    if (event.RequestId) this.addProblem(event, this.answers.endProblem(attempt));
  }

  givenUp({ event }: Attempt): void {
    if (event.RequestId) return;
    this.circumstances.isGivenUp = true;
    this.count(this.residuals, 'an event that was given up');
  }

  log(line: string): void {
    this.searchSecrets('the log', line);
    if (line.includes('/cloudformation-answer/')) this.violations.push(`the log holds the answer's address: ${line}`);
    const { level: _level, message, ...fields } = JSON.parse(line);
    this.story.detail(() => `   log: ${message} ${JSON.stringify(fields)}`);
  }

  apply(call: Call): void {
    const { attempt: { event }, operation: { input, name } } = call;
    this.addProblem(event, this.connections.apply(call));
    if (name === 'DeleteSourceCredentials') this.checkDeletion(event, input.arn);
    if (name === 'ImportSourceCredentials') this.checkImport(event, input);
  }

  applied(call: Call): void {
    const { attempt, operation: { input, name } } = call;
    this.connections.applied(call);
    const time = (this.world.clock.now() / 1_000 % 100_000).toFixed(2);
    const content = input?.Value ?? JSON.stringify(input) ?? '';
    this.story.detail(() => `   ${time} ${attempt.lambda.stackName}: ${name} ${input?.Name ?? ''} ${content}`);
    if (name === 'PutParameter' && attempt.event.RequestType === 'Update') this.circumstances.addRecord(attempt.lambda.stackName, attempt.event.RequestId);
    const [, ownerId] = name === 'PutParameter' ? /\/owners\/([^/]+)\//.exec(input.Name) ?? [] : [];
    if (ownerId) this.writes.set(ownerId, { roleName: attempt.lambda.roleName, at: this.world.clock.now() });
    if (name === 'ImportSourceCredentials') this.imported(attempt, input.serverType);
    if (name === 'DeleteSourceCredentials') this.model.deletedCredential(serverTypeOf(input.arn));
    if (name !== 'PutAnswer') return;
    attempt.answered += 1;
    this.addProblem(attempt.event, this.answers.answerProblem(attempt));
    this.searchSecrets('the answer', this.answers.lastAnswer(attempt.event).raw.toString());
  }

  fault(fault: Fault, call?: Call): void {
    this.circumstances.isFaultless = false;
    this.count(this.faults, fault.kind);
    this.story.hit(`${describeFault(fault)} hits ${call ? describeCall(call) : 'an event'}`);
  }

  private imported(attempt: Attempt, serverType: ServerType): void {
    this.circumstances.addChange(attempt.lambda.stackName);
    this.imports.set(attempt, { serverType, label: this.held(serverType), at: this.world.clock.now() });
    this.model.imported(serverType, attempt.event, this.circumstances);
  }

  /** Documented: a deployment has taken a server type that the event is about out of the function's environment, and is rolled back. */
  private isIgnored({ detail }: Attempt['event'], { stackName, variables }: Attempt['lambda']): boolean {
    const concerned = detail?.serverType ? [detail.serverType] : SERVER_TYPES.filter((serverType) => this.hasOwner(stackName, serverType));
    return concerned.some((serverType) => !variables.SERVER_TYPES.split(',').includes(serverType));
  }

  /** Documented: after an import, the stack's last Delete may end and take the permissions to check and undo with it. */
  private checkImportLeft(attempt: Attempt): void {
    const done = this.imports.get(attempt);
    if (!done || !this.permissions.areRevokedSince(attempt.lambda.roleName, done.at)) return;
    if (!this.hasOwner(attempt.lambda.stackName, done.serverType)) this.model.importLeft(done.serverType, done.label);
  }

  private hasOwner(stackName: string, serverType: ServerType): boolean {
    return this.model.owners(serverType).some(({ stackId }) => stackId.split('/')[1] === stackName);
  }

  private checkDeletion(event: LifecycleEvent, arn: string): void {
    const serverType = serverTypeOf(arn);
    if (!this.model.foreign(serverType)) return;
    if (this.model.looksLikeOurs(serverType)) this.countResidual('G3 of the same kind as ours');
    else this.violations.push(broken('G3', `${describeEvent(event)} deletes ${this.held(serverType)}, which no stack imported`));
  }

  private checkImport(event: LifecycleEvent, { serverType }: { serverType: ServerType }): void {
    const mustNotOverwrite = event.RequestType === 'Create' && event.ResourceProperties.ShouldOverwrite === 'false';
    if (!mustNotOverwrite || !this.model.foreign(serverType) || this.model.looksLikeOurs(serverType)) return;
    // If an owner exists, its credential overwrites this one anyway.
    if (this.model.owners(serverType).some(({ isUncertain }) => !isUncertain)) return;
    this.violations.push(broken('G3', `${describeEvent(event)} overwrites ${this.held(serverType)}, which no stack owns`));
  }

  /** Checks that the records name exactly the owners. */
  private checkRecords(serverType: ServerType): void {
    const recorded = new Set(liveOwnerIds(this.world.region, serverType));
    const owners = this.model.owners(serverType);
    for (const ownerId of recorded) {
      const isOwner = owners.some(({ requestId }) => requestId === ownerId) || this.model.isContradicted(serverType, ownerId);
      if (!isOwner) this.violations.push(broken('G6', `${ownerId} is recorded as an owner but is not one`));
    }
    for (const { hasRecord, isUncertain, logicalId, requestId } of owners) {
      const isMissing = hasRecord && !isUncertain && !recorded.has(requestId);
      if (isMissing) this.violations.push(broken('G6', `${logicalId} (${requestId}) is an owner but is not recorded as one`));
    }
  }

  private addProblem(event: LifecycleEvent, problem: string | undefined): void {
    if (problem !== undefined) this.violations.push(`${describeEvent(event)} ${problem}`);
  }

  private searchSecrets(where: string, text: string): void {
    for (const token of this.labels.confidential) if (text.includes(token)) this.violations.push(`${where} holds a secret: ${text}`);
  }

  held(serverType: ServerType): string {
    return this.labels.held(this.world.region.sourceCredentials.held(serverType));
  }

  /** Describes what CodeBuild holds and the status of each stack. */
  get state(): string {
    const held = SERVER_TYPES.map((serverType) => `${serverType}: ${this.held(serverType)}`).filter((text) => !text.endsWith(NOTHING));
    const statuses = STACKS.filter((stack) => this.world.status(stack)).map((stack) => `${stack} ${this.world.status(stack)}`);
    return `${held.join(', ') || 'CodeBuild holds nothing'} (${statuses.join(', ')})`;
  }

  private count(counts: Record<string, number>, kind: string): void {
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
}

/** Extracts the server type from a credential's ARN, which ends in `token/github`. */
function serverTypeOf(arn: string): ServerType {
  return arn.split('/')[1].toUpperCase() as ServerType;
}

function isAboutConnection({ ResourceProperties }: LifecycleEvent): boolean {
  return 'ConnectionName' in ResourceProperties;
}
