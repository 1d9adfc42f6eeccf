import { CfnDeletionPolicy, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { ServerType } from './server-type';
import { SharedState } from './shared-state';

interface CredentialOfServerType extends IConstruct {
  readonly serverType: ServerType;
}

/**
 * CodeBuild has room for one credential of each server type per account and region: says what is
 * wrong with this one.
 */
export function oneOfEachServerType(credentials: CredentialOfServerType): string[] {
  return [...sameServerType(credentials), ...nativeOfSameServerType(credentials)];
}

/** Of each app: its credentials by place and server type, filled while the tree is validated. */
const seen = new SharedState<Map<string, CredentialOfServerType>>('credentials', 1);

function sameServerType(credentials: CredentialOfServerType): string[] {
  const root = credentials.node.root;
  const inApp = seen.get(root) ?? new Map<string, CredentialOfServerType>();
  seen.set(root, inApp);

  const { place, text } = placeOf(credentials);
  const key = `${place}/${credentials.serverType}`;
  const first = inApp.get(key);
  if (first === undefined || first === credentials || !isInTree(first)) {
    inApp.set(key, credentials);
    return [];
  }
  return [`'${first.node.path}' and '${credentials.node.path}' both give CodeBuild a ${credentials.serverType} credential in ${text}, which has room for one. Remove one of them`];
}

/** Apps meet in one account and region without knowing; what synthesis can know is checked here. */
function placeOf(construct: IConstruct): { place: string; text: string } {
  const stack = outermostStack(construct);
  if (isDeployedByOthers(stack)) return { place: stack.node.addr, text: `stack '${stack.stackName}'` };
  return Token.isUnresolved(stack.account) || Token.isUnresolved(stack.region)
    ? { place: stack.node.addr, text: `stack '${stack.stackName}'` }
    : { place: `${stack.account}/${stack.region}`, text: `account ${stack.account}, region ${stack.region}` };
}

function nativeOfSameServerType(credentials: CredentialOfServerType): string[] {
  const { place } = placeOf(credentials);
  return credentials.node.root.node.findAll()
    .filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct)
      && construct.cfnResourceType === 'AWS::CodeBuild::SourceCredential'
      && placeOf(construct).place === place
      && nativeServerType(construct) === credentials.serverType
      && !isRetained(construct))
    .map((native) => `'${native.node.path}' is a native AWS::CodeBuild::SourceCredential for ${credentials.serverType} too. Both stand for the same credential, so that CloudFormation would delete this one with that one. Migrate in two deploys: first deploy with RemovalPolicy.RETAIN on '${native.node.path}', then remove it and add '${credentials.node.path}'`);
}

/** Service Catalog and StackSets deploy such a template wherever they are told to, not where its env says. */
function isDeployedByOthers(stack: Stack): boolean {
  return /^(ProductStack|StackSetStack)Synthesizer$/.test(stack.synthesizer.constructor.name) || '_getParentStack' in stack;
}

/** What a CfnResource is rendered with, whether it is of its own class or raw. */
interface Rendered {
  readonly serverType?: string;
  readonly _cfnProperties?: { readonly ServerType?: unknown };
  readonly rawOverrides?: { readonly DeletionPolicy?: unknown; readonly Properties?: { readonly ServerType?: unknown } };
}

function nativeServerType(native: CfnResource): unknown {
  const { serverType, _cfnProperties, rawOverrides } = native as unknown as Rendered;
  return native.stack.resolve(rawOverrides?.Properties?.ServerType ?? serverType ?? _cfnProperties?.ServerType);
}

function isRetained(native: CfnResource): boolean {
  return ((native as unknown as Rendered).rawOverrides?.DeletionPolicy ?? native.cfnOptions.deletionPolicy) === CfnDeletionPolicy.RETAIN;
}

function outermostStack(construct: IConstruct): Stack {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}

function isInTree(construct: IConstruct): boolean {
  const parent = construct.node.scope;
  return parent === undefined || (parent.node.tryFindChild(construct.node.id) === construct && isInTree(parent));
}
