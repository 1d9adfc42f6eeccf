import { matches } from './iam';
import { Resource } from './resource';

/** A service that invokes a function, and its source. */
export interface Invoker {
  readonly principal: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/**
 * The AWS::Lambda::Permission resources of all stacks.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html
 */
export class Permissions {
  private readonly permissions = new Map<string, Resource>();

  put(resource: Resource): void {
    this.permissions.set(resource.physicalId, resource);
  }

  delete({ physicalId }: Resource): void {
    this.permissions.delete(physicalId);
  }

  allow(functionArn: string, { principal, sourceAccount, sourceArn }: Invoker): boolean {
    return [...this.permissions.values()].some(({ properties: { Action, FunctionName, Principal, SourceAccount, SourceArn } }) =>
      (FunctionName === functionArn || functionArn.endsWith(`:function:${FunctionName}`))
      && matches(Action, 'lambda:InvokeFunction')
      && Principal === principal
      && (SourceAccount === undefined || String(SourceAccount) === sourceAccount)
      // Lambda compares it with ArnLike.
      && (SourceArn === undefined || matches(SourceArn, sourceArn)));
  }
}
