export { CloudFormation } from './cloudformation';
export type { CloudFormationOptions, DeployOptions, Deployment, ResourceDescription, StackDescription } from './cloudformation';
export type { DroppedEvent } from './event-rules';
export type { Delivery, Repeats } from './event-queue';
export type { LambdaFunction } from './function';
export type { Exchange } from './resource';
export type { ResourceStatus, StackEvent, StackStatus } from './stack';
export type { Order } from './work';
