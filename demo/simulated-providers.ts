import type { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/** Key of the context with the environment variables that lead a function to the simulated source providers. */
export const ENVIRONMENT = 'environment';

/** Has the stack's function ask the simulated source providers, as it would be sent through the proxy of a company. */
export function leadToSimulatedProviders(stack: Stack): void {
  const handler = SourceCredentialsProvider.getOrCreate(stack).node.findChild('Function') as lambda.Function;
  for (const [name, value] of Object.entries<string>(stack.node.tryGetContext(ENVIRONMENT))) handler.addEnvironment(name, value);
}
