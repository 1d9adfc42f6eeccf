/* The only file that other folders may import. README.md describes the folders. */

// AWS's services over HTTP.
export type { AccessKey, KnownAccessKeys } from './aws/access-keys';
export type { AnswerBody, AnswerUrl } from './aws/answer-url';
export { Api } from './aws/api';
export type { AuthorizationRequest, Principal } from './aws/authorization';
export { Aws } from './aws/aws';
export { codeBuild } from './aws/codebuild';
export { codeConnections, codeStarConnections } from './aws/codeconnections';
export type { Connection, Connections, ConnectionStatus, CreateConnectionOptions, ProviderType } from './aws/connections';
export type { EventBridgeEvent } from './aws/event-bus';
export { Faults } from './aws/faults';
export type { MetricPoint } from './aws/metrics';
export type { RecordedRequest } from './aws/recorded-request';
export { type Region, Regions } from './aws/region';
export type { CreateSecretOptions } from './aws/secrets';
export { LoopbackServer, type Reply } from './aws/server';
export { ServiceError } from './aws/service-error';
export type { HeldCredential } from './aws/source-credentials';

// CloudFormation, and the functions, rules and policies of its stacks.
export type { Alarm, AlarmState } from './cloudformation/alarms';
export { CloudFormation, type CloudFormationOptions, type DeployOptions, type Deployment } from './cloudformation/cloudformation';
export { ExecutionEnvironment } from './cloudformation/execution-environment';
export type { LambdaFunction } from './cloudformation/function';
export { type Decision, Iam, type Statement } from './cloudformation/iam';
export type { StackEvent, StackStatus } from './cloudformation/stack';
export type { ResourceDefinition, Template } from './cloudformation/template';
export type { Order } from './cloudformation/work';

// The clocks.
export { RealClock } from './time/clock';
export { JumpingClock } from './time/jumping-clock';

// The source providers over TLS.
export type { BitbucketToken } from './providers/bitbucket';
export type { GitHubToken } from './providers/github';
export { type Delivery, SourceProviders } from './providers/source-providers';

// The same simulation without HTTP and processes, on a virtual clock.
export type { LifecycleEvent } from './in-process/custom-resources';
export type { Attempt } from './in-process/functions';
export { CALL_FAULTS, CONNECTION_OPERATIONS, LOST, OPERATIONS, STALE, type Call, type Fault } from './in-process/network';
export { BUNDLE } from './in-process/process-sandbox';
export { randomFrom } from './in-process/random';
export { World, type Observer, type WorldOptions } from './in-process/world';
