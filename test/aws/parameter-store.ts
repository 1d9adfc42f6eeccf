import { parseArn } from './arn';
import { authorize, contextOf } from './authorization';
import * as model from './models/ssm.json';
import { ParameterTier, ParameterVersion, Parameters } from './parameters';
import { Regions } from './region';
import { Call, Service } from './service';
import { ServiceError } from './service-error';
import { validationException } from './validation';

interface PutParameterInput {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: string;
  readonly Overwrite?: boolean;
  readonly Tier?: ParameterTier | 'Intelligent-Tiering';
  readonly Description?: string;
}

/** The members of PutParameter whose effect is imitated here; another one is an error. */
const KNOWN_MEMBERS = ['Name', 'Value', 'Type', 'Overwrite', 'Tier', 'Description'];

/** 4 KB and 8 KB (C); that bytes are counted and not characters is the stricter reading of the two (I). */
const MAX_BYTES: Record<ParameterTier, number> = { Standard: 4096, Advanced: 8192 };

const NAME = /^(\/?[\w.-]+)(\/[\w.-]+)*$/;

/** Parameter Store's GetParameter and PutParameter. */
export function parameterStore(regions: Regions): Service {
  const parametersOf = ({ principal, region }: Call) => regions.get(principal.account, region).parameters;

  return {
    model,
    invalidInput: validationException,
    operations: {
      GetParameter({ Name }: { readonly Name: string }, call) {
        const parameters = parametersOf(call);
        const { name, selector } = splitName(Name, parameters);
        authorize(call.principal, { action: 'ssm:GetParameter', resource: parameters.arn(name), context: {} });
        const newest = parameters.get(name);
        // AWS gives no text, which clients show as an empty one or as `UnknownError` (C).
        if (!newest) throw new ServiceError('ParameterNotFound', '');
        const found = selector === undefined ? newest : findVersion(parameters, name, selector);
        return {
          Parameter: {
            Name: name,
            Type: 'String',
            Value: found.value,
            Version: found.version,
            Selector: selector === undefined ? undefined : `:${selector}`, // (I) for the form
            LastModifiedDate: found.modified,
            ARN: parameters.arn(name),
            DataType: 'text',
          },
        };
      },

      PutParameter(input: PutParameterInput, call) {
        const unknown = Object.keys(input).filter((member) => !KNOWN_MEMBERS.includes(member));
        if (unknown.length > 0 || (input.Type ?? 'String') !== 'String') {
          throw new Error(`not imitated: ${[...unknown, input.Type].join(', ')}`);
        }
        const { Name: name, Value: value, Description: description } = input;
        const parameters = parametersOf(call);
        authorize(call.principal, {
          action: 'ssm:PutParameter',
          resource: parameters.arn(name),
          context: contextOf({ 'ssm:Overwrite': input.Overwrite }), // (C) for the key, (I) that it is absent unless sent
        });
        checkName(name);
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
        const tier = tierOf(input, existing);
        checkValue(value, tier);
        const { version } = parameters.put(name, { value, tier, description });
        return { Version: version, Tier: tier };
      },
    },
  };
}

/** A name or an ARN, each with or without `:version` (C). */
function splitName(text: string, parameters: Parameters): { name: string; selector?: string } {
  const arn = parseArn(text);
  const [path, selector] = (arn ? arn.resource.replace(/^parameter/, '') : text).split(':');
  // The ARN of a name without slashes looks like that of a path with one.
  const name = arn && !parameters.get(path) && path.lastIndexOf('/') === 0 ? path.slice(1) : path;
  return { name, selector };
}

/** A version by its number. Nothing here has labels. */
function findVersion(parameters: Parameters, name: string, selector: string): ParameterVersion {
  const found = parameters.history(name).find(({ version }) => String(version) === selector);
  if (!found) {
    throw new ServiceError( // (C)
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  }
  return found;
}

function checkName(name: string): void {
  if (NAME.test(name) && !/^\/?(aws|ssm)/i.test(name)) return;
  throw new ServiceError( // (C)
    'ValidationException',
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol;' +
    ' each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  );
}

/** Intelligent-Tiering takes the advanced tier only where the value needs it; what is advanced stays so (C). */
function tierOf({ Tier, Value }: PutParameterInput, existing: ParameterVersion | undefined): ParameterTier {
  if (Tier === 'Standard' && existing?.tier === 'Advanced') {
    throw new ServiceError( // (C)
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier." +
      ' If necessary, you can delete the advanced parameter and recreate it as a standard parameter.',
    );
  }
  if (Tier === 'Intelligent-Tiering' && Buffer.byteLength(Value) > MAX_BYTES.Standard) return 'Advanced';
  // Without a tier, that of the account: Standard, unless somebody has changed the account's setting (C).
  return Tier === 'Advanced' || existing?.tier === 'Advanced' ? 'Advanced' : 'Standard';
}

function checkValue(value: string, tier: ParameterTier): void {
  if (value === '') {
    throw new ServiceError( // (C)
      'ValidationException',
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw new ServiceError('ValidationException', 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'); // (C)
  }
  if (Buffer.byteLength(value) <= MAX_BYTES[tier]) return;
  throw new ServiceError( // (C) for Standard, (I) for Advanced
    'ValidationException',
    tier === 'Standard'
      ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to' +
        ' use the advanced-parameter tier. For more information, see' +
        ' https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
      : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
  );
}
