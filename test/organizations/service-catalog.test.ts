import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as servicecatalog from 'aws-cdk-lib/aws-servicecatalog';
import { Construct } from 'constructs';
import { addCredentials, codeOf } from './credentials';

class CredentialsProduct extends servicecatalog.ProductStack {
  constructor(scope: Construct, id: string, props?: servicecatalog.ProductStackProps) {
    super(scope, id, props);
    addCredentials(this);
  }
}

function offer(props?: (stack: Stack) => servicecatalog.ProductStackProps) {
  const app = new App();
  const portfolio = new Stack(app, 'Portfolio', { env: { account: '111111111111', region: 'eu-west-1' } });
  const product = new CredentialsProduct(portfolio, 'Credentials', props?.(portfolio));
  new servicecatalog.CloudFormationProduct(portfolio, 'Product', {
    productName: 'Source credentials',
    owner: 'Platform team',
    productVersions: [{ cloudFormationTemplate: servicecatalog.CloudFormationTemplate.fromProductStack(product) }],
  });
  return { app, portfolio, product };
}

test('a product of Service Catalog uses the handler in its asset bucket', () => {
  const { app, portfolio, product } = offer((stack) => ({ assetBucket: new s3.Bucket(stack, 'Assets', { bucketName: 'products-assets' }) }));
  const assembly = app.synth();
  Template.fromStack(portfolio).resourceCountIs('Custom::CDKBucketDeployment', 1);
  const template = JSON.parse(readFileSync(join(assembly.directory, product.templateFile), 'utf8'));
  expect(codeOf(Template.fromJSON(template)).S3Bucket).toBe('products-assets');
});

test('a product without an asset bucket fails with a clear message', () => {
  expect(() => offer()).toThrow('An Asset Bucket must be provided to use Assets');
});
