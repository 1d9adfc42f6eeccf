import type { EventBridgeEvent } from '../aws';
import { TemplateError } from './template';

/** The part of an AWS::Events::Rule target that determines the function's input. */
export interface TargetInput {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Record<string, string>; readonly InputTemplate: string };
}

/** Creates a function's input from an event. */
export type MakeInput = (event: EventBridgeEvent, ruleArn: string) => unknown;

/** Compiles a target's input: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-events-rule-target.html */
export function targetInput({ Input, InputPath, InputTransformer }: TargetInput): MakeInput {
  if ([Input, InputPath, InputTransformer].filter((input) => input !== undefined).length > 1) {
    throw new TemplateError('Only one of Input, InputPath, or InputTransformer must be provided for a target.');
  }
  if (Input !== undefined) {
    const constant = JSON.parse(Input);
    return () => constant;
  }
  if (InputPath !== undefined) return valueAt(InputPath);
  return InputTransformer === undefined ? (event) => event : transformer(InputTransformer);
}

/**
 * Compiles an input transformer. Within quotes it replaces a placeholder by the plain text, elsewhere by the value as
 * JSON. It removes a placeholder whose path has no value. If the result is not valid JSON, the event is lost (a guess).
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function transformer({ InputPathsMap = {}, InputTemplate }: NonNullable<TargetInput['InputTransformer']>): MakeInput {
  const paths = Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(path)]));
  for (const [, name] of InputTemplate.matchAll(/<([^<>]+)>/g)) {
    if (!(name in paths) && !PREDEFINED[name]) throw new TemplateError(`Invalid InputTemplate for target: <${name}> is not in InputPathsMap`);
  }
  return (event, ruleArn) => {
    let quoted = false;
    const text = InputTemplate.replace(/\\.|"|<([^<>]+)>/gs, (token, name?: string) => {
      if (token === '"') quoted = !quoted;
      if (name === undefined) return token;
      const value = PREDEFINED[name] ? PREDEFINED[name](event, ruleArn) : paths[name](event, ruleArn);
      if (value === undefined) return '';
      return quoted ? typeof value === 'string' ? value : JSON.stringify(value).replace(/"/g, '') : JSON.stringify(value);
    });
    return JSON.parse(text);
  };
}

const PREDEFINED: Record<string, MakeInput> = {
  'aws.events.event': ({ detail: _detail, ...event }) => event,
  'aws.events.event.json': (event) => event,
  'aws.events.event.ingestion-time': ({ time }) => time,
  'aws.events.rule-arn': (_, ruleArn) => ruleArn,
  'aws.events.rule-name': (_, ruleArn) => ruleArn.split('/').pop(),
};

/** Compiles a path such as `$`, `$.detail.name` or `$.resources[0]`. */
function valueAt(path: string): MakeInput {
  if (!/^\$(\.[\w/-]+|\[\d+\])*$/.test(path)) throw new TemplateError(`unsupported JSON path ${path}`);
  const steps = path.match(/[\w/-]+/g) ?? [];
  return (event) => steps.reduce<any>((value, step) => value?.[step], event);
}
