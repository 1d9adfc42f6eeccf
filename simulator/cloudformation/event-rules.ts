import { randomUUID } from 'node:crypto';
import type { Aws, EventBridgeEvent } from '../aws';
import { MakeInput, targetInput } from './event-input';
import { eventPattern } from './event-pattern';
import { Functions } from './functions';
import { Permissions } from './permissions';
import { Resource, ResourceFailure } from './resource';
import { TemplateError } from './template';

/** An event that matched a rule but reached no function. */
export interface DroppedEvent {
  readonly event: EventBridgeEvent;
  readonly ruleArn: string;
  readonly reason: string;
}

interface Rule {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly matches: (event: EventBridgeEvent) => boolean;
  readonly isScheduled: boolean;
  readonly targets: ReadonlyArray<{ readonly functionArn: string; readonly makeInput: MakeInput }>;
}

/**
 * The AWS::Events::Rule resources of all stacks. They send events of the default bus to functions. "A rule can have both an
 * EventPattern and a ScheduleExpression, in which case the rule triggers on matching events as well as on a schedule":
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
export class EventRules {
  readonly dropped: DroppedEvent[] = [];
  private readonly rules = new Map<string, Rule>();
  private readonly unsubscribe: () => void;

  constructor(aws: Aws, private readonly functions: Functions, private readonly permissions: Permissions) {
    this.unsubscribe = aws.onEvent((event) => this.rules.forEach((rule) => {
      if (rule.matches(event)) this.apply(rule, event);
    }));
  }

  /** Triggers every scheduled rule once, whatever its pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
  triggerSchedules(): void {
    for (const rule of [...this.rules.values()].filter(({ isScheduled }) => isScheduled)) {
      const { account, arn, region } = rule;
      const time = new Date().toISOString().replace(/\.\d+/, '');
      this.apply(rule, { 'version': '0', 'id': randomUUID(), 'detail-type': 'Scheduled Event', 'source': 'aws.events', account, time, region, 'resources': [arn], 'detail': {} });
    }
  }

  put(resource: Resource): void {
    this.rules.set(resource.attributes.Arn as string, readRule(resource));
  }

  delete({ attributes }: Resource): void {
    this.rules.delete(attributes.Arn as string);
  }

  close(): void {
    this.unsubscribe();
  }

  private apply({ account, arn: ruleArn, targets }: Rule, event: EventBridgeEvent): void {
    for (const { functionArn, makeInput } of targets) {
      const drop = (reason: string) => void this.dropped.push({ event, ruleArn, reason });
      const lambda = this.functions.get(functionArn);
      if (!lambda) {
        drop(`function not found: ${functionArn}`);
      } else if (!this.permissions.allow(functionArn, { principal: 'events.amazonaws.com', sourceArn: ruleArn, sourceAccount: account })) {
        // A missing permission is not retried: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
        drop(`no permission allows the rule to invoke ${functionArn}`);
      } else {
        try {
          void lambda.deliver(makeInput(event, ruleArn));
        } catch (error) {
          drop(`cannot create the target's input: ${(error as Error).message}`);
        }
      }
    }
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
function readRule({ attributes, logicalId, properties, stack: { account, region } }: Resource): Rule {
  const {
    Description: _description, EventBusName = 'default', EventPattern, Name: _name, ScheduleExpression, State = 'ENABLED', Tags: _tags, Targets = [],
    ...unsupported
  } = properties;
  refuseProperties(unsupported, logicalId);
  if (EventBusName !== 'default') throw new TemplateError(`${logicalId}: unsupported event bus ${EventBusName}`);
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html (C); the text is a guess (I).
  if (JSON.stringify(EventPattern ?? {}).length > 2_048) {
    throw new ResourceFailure(`Event pattern is not valid. Reason: longer than 2048 characters (Service: EventBridge, Status Code: 400): ${logicalId}`);
  }
  const matches = EventPattern === undefined ? () => false : eventPattern(EventPattern);
  return {
    arn: attributes.Arn as string,
    account,
    region,
    matches: (event) => State !== 'DISABLED' && event.account === account && event.region === region && matches(event),
    isScheduled: State !== 'DISABLED' && ScheduleExpression !== undefined,
    targets: Targets.map((target: any) => {
      const { Arn, Id: _id, Input, InputPath, InputTransformer, RetryPolicy: _retryPolicy, DeadLetterConfig: _deadLetterConfig, ...more } = target;
      // The retry policy and its dead-letter queue apply to delivery to Lambda, which always succeeds here.
      refuseProperties(more, logicalId);
      if (!/^arn:[^:]+:lambda:/.test(Arn)) throw new TemplateError(`${logicalId}: unsupported target ${Arn}`);
      return { functionArn: Arn, makeInput: targetInput({ Input, InputPath, InputTransformer }) };
    }),
  };
}

function refuseProperties(unsupported: object, logicalId: string): void {
  const names = Object.keys(unsupported);
  if (names.length > 0) throw new TemplateError(`${logicalId}: unsupported properties of AWS::Events::Rule: ${names.join(', ')}`);
}
