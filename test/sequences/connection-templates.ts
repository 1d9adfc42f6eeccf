import { App, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ResourceDefinition, Template } from '../../simulator';
import { Connection, ProviderType } from 'cdk-codebuild-source-credentials';

/** GitHub's connections share their records with GitHub's credentials; GitLab's have their own. */
export const PROVIDERS = ['GitHub', 'GitLab'] as const;
export type Provider = typeof PROVIDERS[number];

export const CONNECTION_IDS = ['Four', 'Five'] as const;
export type ConnectionId = typeof CONNECTION_IDS[number];

export const CONNECTION_NAMES = ['ci', 'other'] as const;
export type ConnectionName = typeof CONNECTION_NAMES[number];

/** A connection as an app declares it. */
export interface DeclaredConnection {
  readonly logicalId: ConnectionId;
  readonly provider: Provider;
  readonly name: ConnectionName;
  readonly adopts: boolean;
  readonly retain: boolean;
}

const synthesized = new Map<string, Template>();

/** Returns the resources that `cdk synth` writes for a stack with this connection. */
export function connectionPartOf({ adopts, logicalId, name, provider, retain }: DeclaredConnection): Record<string, ResourceDefinition> {
  const key = `${provider} ${retain}`;
  let template = synthesized.get(key);
  if (!template) {
    template = synthesize(provider, retain);
    synthesized.set(key, template);
  }
  const resources: Record<string, any> = JSON.parse(JSON.stringify(template.Resources).replace(/Placeholder/g, logicalId));
  for (const { Properties, Type } of Object.values(resources)) {
    if (Type.startsWith('Custom::')) Object.assign(Properties, { ConnectionName: name, AdoptExisting: String(adopts) });
  }
  return resources;
}

function synthesize(provider: Provider, retain: boolean): Template {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  new Connection(stack, 'Placeholder', {
    providerType: { GitHub: ProviderType.GITHUB, GitLab: ProviderType.GITLAB }[provider],
    connectionName: CONNECTION_NAMES[0],
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  // Metadata only makes the template larger.
  stack.node.findAll().forEach((construct) => CfnResource.isCfnResource(construct) && construct.addDeletionOverride('Metadata'));
  return app.synth().getStackByName('Stack').template;
}
