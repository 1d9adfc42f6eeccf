import { authorize, contextOf } from './authorization';
import * as model from './models/ssm.json';
import { Parameter, Parameters } from './parameters';
import { Regions } from './region';
import { Call, Service } from './service';
import { ServiceError } from './service-error';
import { validationException } from './validation';

interface GetParametersByPathInput {
  readonly Path: string;
  readonly Recursive?: boolean;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface PutParameterInput {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: string;
  readonly Overwrite?: boolean;
  readonly Tier?: string;
  readonly Description?: string;
}

/** The supported members. Others are an error. */
const GET_MEMBERS = ['Path', 'Recursive', 'MaxResults', 'NextToken'];
const PUT_MEMBERS = ['Name', 'Value', 'Type', 'Overwrite', 'Tier', 'Description'];

/** 4 KB (C). Counting bytes instead of characters is the stricter reading (I). */
const MAX_BYTES = 4096;

/** The maximum size of a page (C), and the default (I). */
const MAX_RESULTS = 10;

const NAME = /^(\/?[\w.-]+)(\/[\w.-]+)*$/;

/** Parameter Store's GetParametersByPath, PutParameter and DeleteParameter. */
export function parameterStore(regions: Regions): Service {
  const parametersOf = ({ principal, region }: Call) => regions.get(principal.account, region).parameters;

  return {
    model,
    invalidInput: validationException,
    operations: {
      GetParametersByPath(input: GetParametersByPathInput, call) {
        refuseUnsupported(input, GET_MEMBERS);
        const { MaxResults = MAX_RESULTS, NextToken, Path: path, Recursive: recursive = false } = input;
        const parameters = parametersOf(call);
        // The path's ARN, not those of the parameters below it (C).
        authorize(call.principal, { action: 'ssm:GetParametersByPath', resource: parameters.arn(path), context: {} });
        checkPath(path);
        const start = NextToken === undefined ? '' : readToken(NextToken);
        // "The number of items returned can be between zero and the value of MaxResults", with a token (C).
        if (call.disturbance === 'emptyPage') return { Parameters: [], NextToken: token(start) };
        // Each page shows the state at its request. So it may include writes since the previous page (I).
        const freshness = call.disturbance === 'stale' ? 'beforeLastWrite' : 'current';
        const rest = parameters.list({ path, recursive, freshness }).filter(({ position }) => position > start);
        const page = rest.slice(0, MaxResults);
        return {
          Parameters: page.map((parameter) => describe(parameter, parameters)),
          NextToken: page.length < rest.length ? token(page.at(-1)!.position) : undefined,
        };
      },

      PutParameter(input: PutParameterInput, call) {
        refuseUnsupported(input, PUT_MEMBERS);
        if ((input.Type ?? 'String') !== 'String' || (input.Tier ?? 'Standard') !== 'Standard') {
          throw new Error(`not simulated: ${input.Type}, ${input.Tier}`);
        }
        const { Description: description, Name: name, Value: value } = input;
        const parameters = parametersOf(call);
        authorize(call.principal, {
          action: 'ssm:PutParameter',
          resource: parameters.arn(name),
          context: contextOf({ 'ssm:Overwrite': input.Overwrite }), // (C) for the key, (I) that it is absent unless sent
        });
        checkName(name);
        // The check for an existing parameter is never stale (I).
        const existing = parameters.get(name);
        if (existing && !input.Overwrite) {
          throw new ServiceError( // (C)
            'ParameterAlreadyExists',
            'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
          );
        }
        if (!existing && input.Type === undefined) {
          throw new ServiceError('ValidationException', 'A parameter type is required when you create a parameter.'); // (C)
        }
        checkValue(value);
        if (parameters.isReserved(name)) {
          throw new ServiceError('TooManyUpdates', `The parameter ${name} was deleted less than 30 seconds ago.`); // (I), type and text
        }
        return { Version: parameters.put(name, value, description).version, Tier: 'Standard' };
      },

      DeleteParameter({ Name: name }: { readonly Name: string }, call) {
        const parameters = parametersOf(call);
        authorize(call.principal, { action: 'ssm:DeleteParameter', resource: parameters.arn(name), context: {} });
        // AWS returns no text. Clients show an empty one or `UnknownError` (C, for GetParameter).
        if (!parameters.delete(name)) throw new ServiceError('ParameterNotFound', '');
        return {};
      },
    },
  };
}

function refuseUnsupported(input: object, known: string[]): void {
  const others = Object.keys(input).filter((member) => !known.includes(member));
  if (others.length > 0) throw new Error(`not simulated: ${others.join(', ')}`);
}

function describe({ modified, name, value, version }: Parameter, parameters: Parameters) {
  // The date has milliseconds: `1530018761.888` in AWS's samples (C).
  return { Name: name, Type: 'String', Value: value, Version: version, LastModifiedDate: modified, ARN: parameters.arn(name), DataType: 'text' };
}

/** Returns a token with the position after which the next page starts. Callers cannot read it (I). */
function token(position: string): string {
  return Buffer.from(`after ${position}`).toString('base64');
}

function readToken(text: string): string {
  const [, position] = /^after ([0-9a-f]*)$/.exec(Buffer.from(text, 'base64').toString()) ?? [];
  if (position === undefined) throw new ServiceError('InvalidNextToken', 'The specified token is invalid.'); // (C), text: (I)
  return position;
}

/** "Hierarchies start with a forward slash" (C); the error is a guess (I). */
function checkPath(path: string): void {
  if (path === '/' || path.startsWith('/') && NAME.test(path.replace(/\/$/, ''))) return;
  throw new ServiceError(
    'ValidationException',
    'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
  );
}

function checkName(name: string): void {
  if (NAME.test(name) && !/^\/?(aws|ssm)/i.test(name)) return;
  throw new ServiceError( // (C)
    'ValidationException',
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol;' +
    ' each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  );
}

function checkValue(value: string): void {
  if (value === '') {
    throw new ServiceError( // (C)
      'ValidationException',
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw new ServiceError('ValidationException', 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'); // (C)
  }
  if (Buffer.byteLength(value) <= MAX_BYTES) return;
  throw new ServiceError( // (C)
    'ValidationException',
    'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to' +
    ' use the advanced-parameter tier. For more information, see' +
    ' https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
  );
}
