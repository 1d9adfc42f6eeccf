import { CfnDeletionPolicy, CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { ServerType } from './server-type';
import { SharedState } from './shared-state';

interface CredentialOfServerType extends IConstruct {
  readonly serverType: ServerType;
}

/**
 * Reports other credentials of the same server type for the same account and region: CodeBuild stores only one.
 */
export function validateSingleCredential(credentials: CredentialOfServerType): string[] {
  return [...sameServerType(credentials), ...nativeOfSameServerType(credentials)];
}

/** The credentials of each app by environment and server type. Filled while the tree is validated. */
const credentialsOfApp = new SharedState<Map<string, CredentialOfServerType>>('credentials', 1);

function sameServerType(credentials: CredentialOfServerType): string[] {
  const root = credentials.node.root;
  const inApp = credentialsOfApp.get(root) ?? new Map<string, CredentialOfServerType>();
  credentialsOfApp.set(root, inApp);

  const { environment, text } = environmentOf(credentials);
  const key = `${environment}/${credentials.serverType}`;
  const first = inApp.get(key);
  if (first === undefined || first === credentials || !isInTree(first)) {
    inApp.set(key, credentials);
    return [];
  }
  return [`'${first.node.path}' and '${credentials.node.path}' both import a ${credentials.serverType} credential in ${text}, where CodeBuild stores only one. Remove one of them`];
}

/** The account and region, or only the stack where these are not known at synthesis. */
function environmentOf(construct: IConstruct): { environment: string; text: string } {
  const stack = outermostStack(construct);
  if (isDeployedByOthers(stack) || Token.isUnresolved(stack.account) || Token.isUnresolved(stack.region)) {
    return { environment: stack.node.addr, text: `stack '${stack.stackName}'` };
  }
  return { environment: `${stack.account}/${stack.region}`, text: `account ${stack.account}, region ${stack.region}` };
}

interface Search {
  readonly natives: readonly CfnResource[];
  readonly validated: Set<IConstruct>;
}

/** The last search for each stage. CDK validates all constructs of a stage in one go. */
const searches = new WeakMap<IConstruct, Search>();

/** Searches the app once for all credentials of a stage: one search for each credential would take quadratic time. */
function nativesInApp(credentials: IConstruct): readonly CfnResource[] {
  const stage = Stage.of(credentials) ?? credentials.node.root;
  let search = searches.get(stage);
  // A second validation of the same credential belongs to a later synthesis.
  if (search === undefined || search.validated.has(credentials)) {
    const isNative = (construct: IConstruct): construct is CfnResource =>
      CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::CodeBuild::SourceCredential';
    search = { natives: credentials.node.root.node.findAll().filter(isNative), validated: new Set() };
    searches.set(stage, search);
  }
  search.validated.add(credentials);
  return search.natives;
}

function nativeOfSameServerType(credentials: CredentialOfServerType): string[] {
  const { environment } = environmentOf(credentials);
  return nativesInApp(credentials)
    .filter((native) => environmentOf(native).environment === environment
      && nativeServerType(native) === credentials.serverType
      && !isRetained(native))
    .map((native) => `'${native.node.path}' is a native AWS::CodeBuild::SourceCredential for ${credentials.serverType} too. Both manage the same credential, and CloudFormation would delete it together with the native resource. Migrate in two deployments: first deploy with RemovalPolicy.RETAIN on '${native.node.path}', then remove it and add '${credentials.node.path}'`);
}

/** Whether Service Catalog or StackSets deploys the template: not necessarily to the stack's env. */
function isDeployedByOthers(stack: Stack): boolean {
  return /^(ProductStack|StackSetStack)Synthesizer$/.test(stack.synthesizer.constructor.name) || '_getParentStack' in stack;
}

/** The parts of a CfnResource from which CDK renders the properties, of a typed or a raw resource. */
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
  const policy = (native as unknown as Rendered).rawOverrides?.DeletionPolicy ?? native.cfnOptions.deletionPolicy;
  return policy === CfnDeletionPolicy.RETAIN || policy === CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
}

function outermostStack(construct: IConstruct): Stack {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}

function isInTree(construct: IConstruct): boolean {
  const parent = construct.node.scope;
  return parent === undefined || (parent.node.tryFindChild(construct.node.id) === construct && isInTree(parent));
}
