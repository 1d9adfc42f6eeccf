import { createHash } from 'node:crypto';
import {
  GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand, IAMClient,
  ListAttachedRolePoliciesCommand, ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { FunctionConfiguration, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { AccessKey, RealClock, Iam, KnownAccessKeys, Principal } from '../../simulator';

/**
 * Finds the role and its current policies for an access key of one of ministack's functions. The simulated
 * services use them to enforce the same permissions as ministack does.
 */
export class FunctionSessions implements KnownAccessKeys {
  constructor(
    private readonly lambda: LambdaClient,
    private readonly iam: IAMClient,
    /** The root user, who has all permissions. */
    private readonly root: AccessKey,
  ) {}

  async find(accessKeyId: string): Promise<AccessKey | undefined> {
    if (accessKeyId === this.root.credentials.accessKeyId) return this.root;
    const { Functions = [] } = await this.lambda.send(new ListFunctionsCommand({}));
    for (const configuration of Functions) {
      const credentials = sessionOf(configuration);
      if (credentials.accessKeyId === accessKeyId) return { credentials, principal: await this.principal(configuration.Role!) };
    }
    return undefined;
  }

  private async principal(roleArn: string): Promise<Principal> {
    const RoleName = roleArn.split('/').pop()!;
    const { Role } = await this.iam.send(new GetRoleCommand({ RoleName }));
    const { AttachedPolicies = [] } = await this.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const { PolicyNames = [] } = await this.iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(PolicyNames.map(async (PolicyName) => this.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))));

    const account = roleArn.split(':')[4];
    const arns = AttachedPolicies.map(({ PolicyArn }) => PolicyArn!);
    const own = arns.filter((arn) => arn.split(':')[4] === account);
    const managed = await Promise.all(own.map(async (arn) => this.managedDocument(arn)));
    const iam = new Iam(new RealClock());
    iam.putRole(RoleName, {
      ManagedPolicyArns: arns.filter((arn) => !own.includes(arn)),
      PermissionsBoundary: Role!.PermissionsBoundary?.PermissionsBoundaryArn,
      Policies: [...policies.map(({ PolicyDocument }) => PolicyDocument!), ...managed]
        .map((document) => ({ PolicyDocument: JSON.parse(decodeURIComponent(document)) })),
    });
    return iam.principal(account, roleArn);
  }

  /** Returns the document of a customer-managed policy. */
  private async managedDocument(PolicyArn: string): Promise<string> {
    const { Policy } = await this.iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await this.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy!.DefaultVersionId }));
    return PolicyVersion!.Document!;
  }
}

/** Computes the session of a function as ministack does. ministack has no API that returns it. */
function sessionOf({ FunctionArn, Role }: FunctionConfiguration): AccessKey['credentials'] {
  const digest = sha256(`${FunctionArn}:${Role}`);
  return {
    accessKeyId: `ASIA${digest.slice(0, 16).toUpperCase()}`,
    secretAccessKey: sha256(`secret:${digest}`),
    sessionToken: sha256(`token:${digest}`),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
