import { Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface CentralSecretStackProps extends StackProps {
  readonly organizationId: string;
}

/** The token for the whole organization, in the shared account. */
export class CentralSecretStack extends Stack {
  constructor(scope: Construct, id: string, props: CentralSecretStackProps) {
    super(scope, id, props);

    const ofTheOrganization = { StringEquals: { 'aws:PrincipalOrgID': props.organizationId } };

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    key.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'ReadTheTokenThroughSecretsManager',
      principals: [new iam.AnyPrincipal()],
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: {
        StringEquals: { ...ofTheOrganization.StringEquals, 'kms:ViaService': `secretsmanager.${this.region}.amazonaws.com` },
      },
    }));

    const secret = new secretsmanager.Secret(this, 'Token', { secretName: 'ci/github', encryptionKey: key });
    secret.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'ReadTheToken',
      principals: [new iam.AnyPrincipal()],
      actions: ['secretsmanager:GetSecretValue'],
      resources: ['*'],
      conditions: ofTheOrganization,
    }));
  }
}
