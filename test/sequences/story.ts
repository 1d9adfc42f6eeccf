import { describeConnection } from './connection-steps';
import type { Operation, Step } from './steps';
import type { Contents, Declared } from './templates';
import type { Call, Fault } from '../../simulator';

/** The text of what happened, one line per step. */
export class Story {
  readonly lines: string[] = [];
  private current: string[] = [];
  private hits: string[] = [];

  constructor(private readonly isVerbose: boolean) {}

  /** Adds a line. Returns a function that appends the result to it. */
  tell(line: string): (end: string) => void {
    const index = this.current.push(line) - 1;
    return (end) => { this.current[index] += end; };
  }

  /** Adds a line if the story is verbose. */
  detail(line: () => string): void {
    if (this.isVerbose) this.current.push(line());
  }

  hit(line: string): void {
    this.hits.push(line);
  }

  /** Returns whether a fault of this kind, or on this operation, took effect in this step. */
  wasHit(word: string): boolean {
    return this.hits.some((hit) => hit.includes(word));
  }

  endStep(prefix: string, state: string): void {
    this.lines.push(`${prefix}${this.current.join('\n   ')}`, ...this.hits.map((hit) => `   ! ${hit}`), `   => ${state}`);
    this.current = [];
    this.hits = [];
  }
}

/** Describes a deploy or a destroy, without its result. */
export function describeOperation(operation: Operation, { connections, credentials }: Contents): string {
  if (operation.kind === 'destroy') return `destroy ${operation.stack}`;
  const { failure, stack } = operation;
  const names = [...credentials.map(describeCredential), ...connections.map(describeConnection)].join('; ') || 'no credential';
  if (failure === undefined) return `deploy ${stack} with ${names}`;
  const ending = failure === 'last' ? 'then another resource fails' : `another resource fails after ${failure} ms`;
  return `deploy ${stack} with ${names}, ${ending}`;
}

function describeCredential({ authType, connectionArn, logicalId, number, retain, serverType, shouldOverwrite }: Declared): string {
  const source = connectionArn ? `connection ${connectionArn.slice(-3)}` : `${authType} ${number}`;
  return `${logicalId} (${serverType}, ${source}${shouldOverwrite ? '' : ', shouldOverwrite false'}${retain ? ', RETAIN' : ''})`;
}

export function describeSecretChange({ kind, number }: Extract<Step, { kind: 'rotate' | 'spoil' | 'repair' | 'hide' | 'show' }>): string {
  const changes = { rotate: 'rotated', spoil: 'loses its field', repair: 'repaired', hide: 'scheduled for deletion', show: 'restored' };
  return `secret ${number}: ${changes[kind]}`;
}

export function describeFault({ kind, milliseconds }: Fault): string {
  return ['late', 'frozen', 'stale'].includes(kind) ? `${kind} (${milliseconds} ms)` : kind;
}

export function describeCall({ attempt: { event, lambda, number }, operation }: Call): string {
  return `${operation.name} of ${describeEvent(event)} in ${lambda.stackName}'s function (try ${number + 1})`;
}

/** Describes a request of CloudFormation or an event of EventBridge. */
export function describeEvent(event: any): string {
  if (!event.RequestId) {
    const { detail, resources } = event;
    return `the event '${event['detail-type']}' about ${detail?.serverType ?? detail?.name ?? resources[0]}`;
  }
  const { LogicalResourceId, PhysicalResourceId, RequestId, RequestType, ResourceProperties, StackId } = event;
  const name = LogicalResourceId.replace(/Resource.*$|[0-9A-F]{8}$/, '');
  const about = ResourceProperties.ServerType ?? ResourceProperties.ConnectionName;
  const ids = [RequestId, PhysicalResourceId].filter((id) => id !== undefined).map(shortId);
  return `${RequestType} of ${StackId.split('/')[1]}/${name} (${[about, ...ids].join(', ')})`;
}

/** Removes the constant part of a request id. */
function shortId(id: string): string {
  return id.replace(/([0-9a-f]{8})-0000-4000-8000-0+(\d+)/, '#$2');
}
