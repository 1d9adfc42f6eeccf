import type { Aws, SourceCredentials } from '../aws';
import { resolveSecrets } from './dynamic-references';
import { Declaration, Instance, Resource, ResourceFailure, StackLocation } from './resource';

/**
 * AWS's own AWS::CodeBuild::SourceCredential. It accepts pairs of server type and auth type that CodeBuild refuses.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-sourcecredential.html
 */
export class NativeSourceCredentials {
  constructor(private readonly aws: Aws) {}

  /** Imports without overwriting. The error's text was observed in real deployments (badmintoncryer/cdk-preflight, one-per-server-type). */
  create(wanted: Declaration): Instance {
    const { ServerType } = wanted.properties;
    if (this.in(wanted.stack).held(ServerType)) {
      // Nothing was created, so a rollback has nothing to delete (a guess).
      throw new ResourceFailure(
        `Failed to call ImportSourceCredentials, reason: Access token with server type ${ServerType} already exists. Delete its source credential and try again.`,
      );
    }
    return this.import(wanted);
  }

  /** Changes AuthType, Token and Username in place. Another server type is a replacement, which fails if that credential exists. */
  update(wanted: Declaration, current: Resource): Instance {
    // That it overwrites any existing credential is a guess.
    return wanted.properties.ServerType === current.properties.ServerType ? this.import(wanted) : this.create(wanted);
  }

  /** Deletes by ARN. All credentials of a server type have the same ARN, so this may delete one from elsewhere. A missing one is no failure (a guess). */
  delete({ physicalId, stack }: Resource): void {
    this.in(stack).remove(physicalId);
  }

  private import({ properties: { AuthType, ServerType, Token, Username }, stack }: Declaration): Instance {
    const [token, username] = [Token, Username].map((value) => value === undefined ? undefined : resolveSecrets(String(value), this.aws, stack));
    if (!token) {
      throw new ResourceFailure('Failed to call ImportSourceCredentials, reason: Token is required (Service: AWSCodeBuild; Status code: 400; Error Code: InvalidInputException)');
    }
    const arn = this.in(stack).put({ serverType: ServerType, authType: AuthType, token, username });
    // Ref returns the ARN. That the attribute Id is also the ARN is a guess.
    return { physicalId: arn, attributes: { Arn: arn, Id: arn } };
  }

  private in({ account, region }: StackLocation): SourceCredentials {
    return this.aws.region(account, region).sourceCredentials;
  }
}
