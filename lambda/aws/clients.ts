import { Service } from './service';

/** CodeBuild, in the function's own region. */
export const codeBuild = inRegion(() => new Service({ name: 'codebuild', target: 'CodeBuild_20161006', jsonVersion: '1.1' }, process.env.AWS_REGION!));

/** EventBridge, in the function's own region. */
export const eventBridge = inRegion(() => new Service({ name: 'events', target: 'AWSEvents', jsonVersion: '1.1' }, process.env.AWS_REGION!));

/** Parameter Store, in the function's own region. */
export const ssm = inRegion(() => new Service({ name: 'ssm', target: 'AmazonSSM', jsonVersion: '1.1' }, process.env.AWS_REGION!));

/** Secrets Manager, in the region of the secret. */
export const secretsManager = inRegion((region: string) => new Service({ name: 'secretsmanager', target: 'secretsmanager', jsonVersion: '1.1' }, region));

/** What `X-Amz-Target` begins with for the former and the present name of CodeConnections. */
const CONNECTIONS_TARGET: Readonly<Record<string, string>> = {
  'codestar-connections': 'CodeStar_connections_20191201',
  'codeconnections': 'CodeConnections_20231201',
};

/**
 * CodeConnections, in the region of the connection. The service answers under its former name for
 * connections that were made under it; both have one API.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export const codeConnections = inRegion((region: string, name: string) =>
  new Service({ name, target: CONNECTIONS_TARGET[name], jsonVersion: '1.0' }, region));

/** One for each set of arguments, made when it is first asked for. */
function inRegion<A extends unknown[]>(create: (...args: A) => Service): (...args: A) => Service {
  const services = new Map<string, Service>();
  return (...args) => {
    const key = JSON.stringify(args);
    const service = services.get(key) ?? create(...args);
    services.set(key, service);
    return service;
  };
}
