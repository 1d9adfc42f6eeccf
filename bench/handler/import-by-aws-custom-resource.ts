import { AWS_CUSTOM_RESOURCE } from './contenders';
import type { Exchange } from './exchange';
import type { RecordedEvent } from './recorded-event';
import { program, Program } from '../processes/cold-process';

/** Returns the requests of AwsCustomResource: only the import, with the token from the template, and the answer. */
export function importCalls({ stages }: RecordedEvent): Exchange[] {
  return stages.flat().filter(({ target }) => target === undefined || target.endsWith('.ImportSourceCredentials'));
}

/** Returns the Create that CloudFormation sends for an AwsCustomResource with such an import. */
export function importEvent(recorded: RecordedEvent): Record<string, unknown> {
  const exchange = recorded.stages.flat().find(({ target }) => target?.endsWith('.ImportSourceCredentials'))!;
  return {
    ...recorded.event,
    ResourceType: 'Custom::AWS',
    ResourceProperties: {
      InstallLatestAwsSdk: 'false',
      Create: JSON.stringify({
        service: 'CodeBuild',
        action: 'importSourceCredentials',
        parameters: JSON.parse(exchange.body),
        physicalResourceId: { id: 'GitHub' },
        logApiResponseData: false,
      }),
    },
  };
}

export function awsCustomResource(eventFile: string): Program {
  return { args: ['--require', program('answer-over-http'), program('handle'), AWS_CUSTOM_RESOURCE, eventFile] };
}
