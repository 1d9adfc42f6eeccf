import { ACCOUNT, REGION } from './account';
import type { AuthorizationRequest } from '../../simulator';

/*
 * Requests that AWS's services make with the roles' permissions, according to their documentation. The simulator
 * does not make these requests.
 */

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const request = (action: string, resource: string, context: AuthorizationRequest['context'] = {}): AuthorizationRequest => ({ action, resource, context });

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
export function logging(logGroupName: string): AuthorizationRequest[] {
  const stream = arn('logs', `log-group:${logGroupName}:log-stream:2026/11/26/[$LATEST]0123456789abcdef0123456789abcdef`);
  return [request('logs:CreateLogStream', stream), request('logs:PutLogEvents', stream)];
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
export function sending(queueName: string, keyArn: string): AuthorizationRequest[] {
  const context = { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` };
  return [request('sqs:SendMessage', arn('sqs', queueName)), request('kms:GenerateDataKey', keyArn, context), request('kms:Decrypt', keyArn, context)];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html */
export function readingVariables(keyArn: string): AuthorizationRequest[] {
  return [request('kms:Decrypt', keyArn, { 'kms:ViaService': `lambda.${REGION}.amazonaws.com` })];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
export const TRACING: readonly AuthorizationRequest[] = [request('xray:PutTraceSegments', '*'), request('xray:PutTelemetryRecords', '*')];

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
export const NETWORK: readonly AuthorizationRequest[] = [
  request('ec2:CreateNetworkInterface', arn('ec2', 'network-interface/eni-1')),
  request('ec2:CreateNetworkInterface', arn('ec2', 'security-group/sg-1')),
  request('ec2:CreateNetworkInterface', arn('ec2', 'subnet/subnet-1')),
  request('ec2:DeleteNetworkInterface', arn('ec2', 'network-interface/eni-1')),
  request('ec2:AssignPrivateIpAddresses', arn('ec2', 'network-interface/eni-1')),
  request('ec2:UnassignPrivateIpAddresses', arn('ec2', 'network-interface/eni-1')),
  request('ec2:DescribeNetworkInterfaces', '*'),
  request('ec2:DescribeSubnets', '*'),
];

/** It is a guess that CodeBuild checks this permission when a connection is imported. */
export function passing(connectionArn: string): AuthorizationRequest[] {
  const service = connectionArn.split(':')[2];
  return [request(`${service}:PassConnection`, connectionArn, { [`${service}:PassedToService`]: 'codebuild.amazonaws.com' })];
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html */
export function using(connectionArn: string): AuthorizationRequest[] {
  const service = connectionArn.split(':')[2];
  return ['UseConnection', 'GetConnection', 'GetConnectionToken'].map((action) => request(`${service}:${action}`, connectionArn));
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/multiple-access-tokens.html */
export function reading(secretArn: string, keyArn: string): AuthorizationRequest[] {
  return [
    request('secretsmanager:GetSecretValue', secretArn, { 'secretsmanager:SecretId': secretArn }),
    request('kms:Decrypt', keyArn, { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com`, 'kms:EncryptionContext:SecretARN': secretArn }),
  ];
}

/** Tagging a connection of another stack as this stack's own, which would then allow deleting it. Must be denied. */
export function takingOver(connectionArn: string, tag: string, creator: string, otherCreator: string): AuthorizationRequest[] {
  return [request('codeconnections:TagResource', connectionArn, {
    [`aws:RequestTag/${tag}`]: creator, 'aws:TagKeys': [tag], [`aws:ResourceTag/${tag}`]: otherCreator,
  })];
}
