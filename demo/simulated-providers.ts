import type { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SourceCredentialsProvider } from 'cdk-codebuild-source-credentials';

/** Context key of the environment variables that connect a function to the simulated source providers. */
export const ENVIRONMENT = 'environment';

/** Connects the stack's function to the simulated source providers, as through a company's proxy. */
export function useSimulatedProviders(stack: Stack): void {
  const handler = SourceCredentialsProvider.getOrCreate(stack).node.findChild('Function') as lambda.Function;
  for (const [name, value] of Object.entries<string>(stack.node.tryGetContext(ENVIRONMENT))) handler.addEnvironment(name, value);
}
