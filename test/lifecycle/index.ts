export { CloudFormation } from './cloudformation';
export type { CloudFormationOptions, DeployOptions, Deployment, ResourceDescription, StackDescription } from './cloudformation';
export type { LambdaFunction } from './function';
export type { Exchange } from './resource';
export type { ResourceStatus, StackEvent, StackStatus } from './stack';
