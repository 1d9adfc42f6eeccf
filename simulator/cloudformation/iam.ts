import type { AuthorizationRequest, Principal } from '../aws';
import { Resource, ResourceFailure } from './resource';
import type { Clock } from '../time/clock';

/** The supported elements of a statement. Others are an error. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

interface Policy {
  readonly roles: readonly string[];
  readonly isInline: boolean;
  readonly statements: ReadonlyArray<{ readonly statement: Statement; readonly effectiveAt: number }>;
}

interface Role {
  readonly managedPolicies: readonly string[];
  readonly boundary?: string;
}

/** A decision about a role's request, with the statements of its policies, without those of its boundary. */
export interface Decision {
  readonly roleName: string;
  readonly statements: readonly Statement[];
  readonly request: AuthorizationRequest;
  readonly isAllowed: boolean;
}

/** The length of a document without its statements. */
const DOCUMENT_FRAME = '{"Version":"2012-10-17","Statement":}'.length;

/** AWS managed policies that CDK attaches. They allow nothing that the simulator supports. */
const AWS_MANAGED_POLICY = /:policy\/service-role\/AWSLambda(BasicExecution|VPCAccessExecution)Role$/;

/**
 * The current policies of all deployed stacks.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export class Iam {
  private readonly roles = new Map<string, Role>();
  private readonly policies = new Map<string, Policy>();

  /** Called with every decision, for example to compare it with another implementation. */
  onDecision?: (decision: Decision) => void;

  /** IAM is eventually consistent: new statements become effective after `propagationMs`. */
  constructor(private readonly clock: Pick<Clock, 'now'>, private readonly propagationMs = 0) {}

  put({ type, physicalId, properties, attributes }: Resource): void {
    switch (type) {
      case 'AWS::IAM::Role':
        this.putRole(physicalId, properties);
        break;
      case 'AWS::IAM::Policy':
        this.putPolicy(physicalId, properties.Roles ?? [], [properties.PolicyDocument]);
        break;
      case 'AWS::IAM::ManagedPolicy':
        this.putPolicy(attributes.PolicyArn as string, properties.Roles ?? [], [properties.PolicyDocument], false);
        break;
    }
  }

  /** Adds or replaces a role, with the properties of an AWS::IAM::Role. */
  putRole(name: string, { ManagedPolicyArns = [], PermissionsBoundary, Policies = [] }: Record<string, any>): void {
    this.roles.set(name, { managedPolicies: ManagedPolicyArns, boundary: PermissionsBoundary });
    this.putPolicy(name, [name], Policies.map((policy: any) => policy.PolicyDocument));
  }

  delete({ physicalId }: Resource): void {
    this.roles.delete(physicalId);
    this.policies.delete(physicalId);
  }

  principal(account: string, roleArn: string): Principal {
    const roleName = roleArn.split('/').pop()!;
    return { account, arn: roleArn, isAllowed: (request) => this.isAllowed(roleName, request) };
  }

  private isAllowed(roleName: string, request: AuthorizationRequest): boolean {
    const role = this.roles.get(roleName) ?? { managedPolicies: [] };
    const unknown = role.managedPolicies.filter((arn) => !this.policies.has(arn) && !AWS_MANAGED_POLICY.test(arn));
    if (unknown.length > 0) throw new Error(`managed policies with unknown content: ${unknown.join(', ')}`);

    const attached = [...this.policies].filter(([id, { roles }]) => roles.includes(roleName) || role.managedPolicies.includes(id));
    // A boundary that no template defines has unknown content. It counts as allowing everything.
    const boundary = this.policies.get(role.boundary ?? '');
    const statements = attached.flatMap(([, policy]) => this.effective(policy));
    const isAllowed = allows(statements, request) && (!boundary || allows(this.effective(boundary), request));
    this.onDecision?.({ roleName, statements, request, isAllowed });
    return isAllowed;
  }

  private effective({ statements }: Policy): Statement[] {
    return statements.filter(({ effectiveAt }) => effectiveAt <= this.clock.now()).map(({ statement }) => statement);
  }

  /**
   * Checks that all inline policies of a role have at most 10,240 characters without white space (C); text: (I):
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  private checkInlineSize(role: string, id: string, former: Policy | undefined): void {
    const inline = [...this.policies].filter(([, policy]) => policy.isInline && policy.roles.includes(role));
    const sizes = inline.map(([, { statements }]) => DOCUMENT_FRAME + JSON.stringify(statements.map(({ statement }) => statement)).length);
    const size = sizes.reduce((sum, one) => sum + one, 0);
    if (size <= 10_240) return;
    if (former) this.policies.set(id, former);
    else this.policies.delete(id);
    throw new ResourceFailure(`Maximum policy size of 10240 bytes exceeded for role ${role} (Service: Iam, Status Code: 409)`);
  }

  /**
   * Checks that a managed policy has at most 6,144 characters. A role has at most ten, unless the quota is raised (C); texts: (I):
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  private checkManagedSize(id: string, statements: Statement[]): void {
    if (DOCUMENT_FRAME + JSON.stringify(statements).length <= 6_144) return;
    throw new ResourceFailure(`Cannot exceed quota for PolicySize: 6144 (Service: Iam, Status Code: 409): ${id}`);
  }

  private checkManagedCount(role: string): void {
    const managedPolicies = this.roles.get(role)?.managedPolicies ?? [];
    const attached = [...this.policies].filter(([id, { isInline, roles }]) => !isInline && (roles.includes(role) || managedPolicies.includes(id)));
    if (attached.length > 10) throw new ResourceFailure(`Cannot exceed quota for PoliciesPerRole: 10 (Service: Iam, Status Code: 409): ${role}`);
  }

  private putPolicy(id: string, roles: string[], documents: Array<{ Statement: Statement | Statement[] }>, isInline = true): void {
    const former = this.policies.get(id);
    if (!isInline) this.checkManagedSize(id, documents.flatMap((document) => document.Statement));
    const statements = documents.flatMap((document) => document.Statement).map((statement) => {
      const same = former?.statements.find((one) => JSON.stringify(one.statement) === JSON.stringify(statement));
      return same ?? { statement, effectiveAt: this.clock.now() + this.propagationMs };
    });
    this.policies.set(id, { roles, statements, isInline });
    if (isInline) roles.forEach((role) => this.checkInlineSize(role, id, former));
    else roles.forEach((role) => this.checkManagedCount(role));
  }
}

/** Returns whether a statement allows the request and none denies it. */
function allows(statements: Statement[], request: AuthorizationRequest): boolean {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function applies(statement: Statement, { action, resource, context }: AuthorizationRequest): boolean {
  const { Sid: _sid, Effect: _effect, Action, Resource: resources, Condition = {}, ...unsupported } = statement;
  if (Object.keys(unsupported).length > 0) throw new Error(`unsupported policy elements: ${Object.keys(unsupported).join(', ')}`);
  return [Action].flat().some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()))
    && [resources].flat().some((pattern) => matches(pattern, resource))
    && Object.entries(Condition).every(([operator, keys]) => Object.entries(keys)
      .every(([key, values]) => conditionHolds(operator, [values].flat().map(String), contextValue(context, key))));
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * If the key is missing, `ForAllValues` is true and `ForAnyValue` is false: …/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function conditionHolds(operator: string, wanted: string[], actual: string | readonly string[] | undefined): boolean {
  if (operator === 'Null') return wanted.includes(String(actual === undefined));
  const [, set, name, ifExists] = /^(ForAnyValue:|ForAllValues:)?(StringEquals|StringNotEquals|StringLike|Bool)(IfExists)?$/.exec(operator) ?? [];
  if (name === undefined) throw new Error(`unsupported condition operator ${operator}`);
  if (set === 'ForAllValues:') return [actual ?? []].flat().every((value) => holds(name, wanted, value));
  // A negated operator is true if the key is missing.
  if (actual === undefined) return ifExists !== undefined || name === 'StringNotEquals';
  if (set === undefined && typeof actual !== 'string') throw new Error(`${operator} for a key with several values`);
  return [actual].flat().some((value) => holds(name, wanted, value));
}

function holds(name: string, wanted: string[], actual: string): boolean {
  switch (name) {
    case 'StringNotEquals': return !wanted.includes(actual);
    case 'StringLike': return wanted.some((pattern) => matches(pattern, actual));
    case 'Bool': return wanted.some((value) => value.toLowerCase() === actual.toLowerCase());
    default: return wanted.includes(actual);
  }
}

/** Returns the value of a condition key. Its name is not case-sensitive. */
function contextValue(context: AuthorizationRequest['context'], key: string): string | readonly string[] | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/** Returns whether a value matches: `*` stands for any characters, `?` for one. */
export function matches(pattern: string, value: string): boolean {
  let expression = expressions.get(pattern);
  if (!expression) {
    expression = expressionOf(pattern);
    expressions.set(pattern, expression);
  }
  return expression.test(value);
}

/** A cache: every call matches the same few patterns. */
const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  if (pattern.includes('${')) throw new Error(`policy variables are not supported: ${pattern}`);
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${expression}$`, 's');
}
