import { DeleteParameterCommand, GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { callAws, errorName, errorText } from './call';
import { clientConfig, clients } from './client';
import type { Deadline } from '../deadline';
import { Failure } from '../failure';

/** The client in the function's region. */
const ssm = clients(() => new SSMClient(clientConfig(process.env.AWS_REGION!)));

/** A parameter below a path. */
export interface Parameter {
  /** The name relative to the path. */
  readonly name: string;
  readonly value: string;
  /** By Parameter Store's clock, in milliseconds. */
  readonly modifiedAt: number;
}

/**
 * Lists all parameters below a path. The list may lack what was written within the last second, and its pages may show
 * different points in time.
 */
export async function listParameters(path: string, deadline: Deadline): Promise<Parameter[]> {
  const found: Parameter[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const command = new GetParametersByPathCommand({ Path: path, Recursive: true, MaxResults: 10, NextToken });
      const page = await callAws(deadline, (options) => ssm().send(command, options));
      for (const { Name, Value, LastModifiedDate } of page.Parameters ?? []) {
        found.push({ name: Name!.slice(path.length + 1), value: Value!, modifiedAt: LastModifiedDate!.getTime() });
      }
      NextToken = page.NextToken;
    } while (NextToken);
  } catch (error) {
    throw failure(`list the parameters below ${path}`, error);
  }
  return found;
}

export async function putParameter(name: string, value: string, deadline: Deadline): Promise<void> {
  // Set explicitly: an account's default may be the advanced tier, which is not free.
  const command = new PutParameterCommand({ Name: name, Value: value, Type: 'String', Tier: 'Standard', Overwrite: true });
  try {
    await callAws(deadline, (options) => ssm().send(command, options));
  } catch (error) {
    throw failure(`write ${name}`, error);
  }
}

export async function deleteParameter(name: string, deadline: Deadline): Promise<void> {
  try {
    await callAws(deadline, (options) => ssm().send(new DeleteParameterCommand({ Name: name }), options));
  } catch (error) {
    if (errorName(error) !== 'ParameterNotFound') throw failure(`delete ${name}`, error);
  }
}

function failure(what: string, error: unknown): Failure {
  return new Failure(`Parameter Store in ${process.env.AWS_REGION} did not ${what}: ${errorText(error)}`, { cause: error });
}
