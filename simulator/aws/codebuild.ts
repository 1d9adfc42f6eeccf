import { authorize, contextOf } from './authorization';
import * as model from './models/codebuild.json';
import { Regions } from './region';
import { Call, Service } from './service';
import { ServiceError } from './service-error';
import { CredentialToImport } from './source-credentials';
import { validationErrors, Violation } from './validation';

/** Either prefix (M). Only the format is checked: a connection that does not exist is accepted (M). */
const CONNECTION_ARN = /^arn:aws(-\w+)*:(codeconnections|codestar-connections):[^:]+:\d{12}:connection\/.+$/;
const TOKEN_ARN = /^arn:aws(-\w+)*:codebuild:[^:]+:\d{12}:token\/[a-z_]+$/;

/** The input of ImportSourceCredentials. */
type ImportInput = CredentialToImport & { readonly shouldOverwrite?: boolean };

/** CodeBuild's operations on source credentials. */
export function codeBuild(regions: Regions): Service {
  const credentialsOf = ({ principal, region }: Call) => regions.get(principal.account, region).sourceCredentials;

  return {
    model,
    invalidInput,
    operations: {
      ImportSourceCredentials(input: ImportInput, call) {
        // Every key that the Service Authorization Reference lists (C); absent unless it was sent (I).
        authorize(call.principal, {
          action: 'codebuild:ImportSourceCredentials',
          resource: '*',
          context: contextOf({
            'codebuild:authType': input.authType,
            'codebuild:serverType': input.serverType,
            'codebuild:shouldOverwrite': input.shouldOverwrite,
            'codebuild:token': input.token,
            'codebuild:username': input.username,
          }),
        });
        checkPair(input);
        const credentials = credentialsOf(call);
        // Overwriting is the default (C).
        if (input.shouldOverwrite === false && credentials.held(input.serverType)) {
          throw new ServiceError( // (C) for the type, (I) for the text, which is the one CloudFormation shows
            'ResourceAlreadyExistsException',
            `Access token with server type ${input.serverType} already exists. Delete its source credential and try again.`,
          );
        }
        const { serverType, authType, token, username } = input;
        return { arn: credentials.put({ serverType, authType, token, username }) };
      },

      ListSourceCredentials(_input: object, call) {
        authorize(call.principal, { action: 'codebuild:ListSourceCredentials', resource: '*', context: {} });
        // One page with all credentials, without tokens and user names (C).
        const infos = credentialsOf(call).list().map(({ arn, serverType, authType, resource }) => ({ arn, serverType, authType, resource }));
        return { sourceCredentialsInfos: infos };
      },

      DeleteSourceCredentials(input: { readonly arn: string }, call) {
        authorize(call.principal, { action: 'codebuild:DeleteSourceCredentials', resource: '*', context: {} });
        if (!TOKEN_ARN.test(input.arn)) {
          throw new ServiceError('InvalidInputException', `Invalid arn: ${input.arn}`); // (I)
        }
        if (!credentialsOf(call).remove(input.arn)) {
          throw new ServiceError('ResourceNotFoundException', `Could not find source credentials with arn ${input.arn}`); // (C), text: (I)
        }
        return { arn: input.arn };
      },
    },
  };
}

/** Refuses pairs of server type and auth type as CodeBuild does. The token itself is not checked (C). */
function checkPair({ serverType, authType, token }: ImportInput): void {
  const isGitLab = serverType === 'GITLAB' || serverType === 'GITLAB_SELF_MANAGED';
  if (authType === 'OAUTH') {
    throw new ServiceError( // (M)
      'InvalidInputException',
      'OAUTH is not supported by the CodeBuild API. To connect to your account with OAUTH, use the AWS CodeBuild console.',
    );
  }
  if (authType === 'BASIC_AUTH' && serverType !== 'BITBUCKET') {
    throw new ServiceError('InvalidInputException', `Invalid AuthType provided for ServerType ${serverType}`); // (M)
  }
  if (isGitLab && (authType === 'PERSONAL_ACCESS_TOKEN' || authType === 'SECRETS_MANAGER')) {
    throw new ServiceError('InvalidInputException', `Invalid AuthType provided for ServerType ${serverType}`); // (I)
  }
  if (authType === 'CODECONNECTIONS' && !CONNECTION_ARN.test(token)) {
    throw new ServiceError('InvalidInputException', 'Token must be a valid CodeConnections arn'); // (M)
  }
  // Which secret ARNs CodeBuild refuses is unknown. Here it accepts any (I).
}

/** CodeBuild has its own error for an input that violates the model (C). */
function invalidInput(found: Violation[]): ServiceError {
  const absent = found.find(({ kind, text }) => kind === 'missing' || text.endsWith('greater than or equal to 1'));
  // "Token is required": (C) for the empty token, (I) for the other members.
  const text = absent ? `${absent.member[0].toUpperCase()}${absent.member.slice(1)} is required` : validationErrors(found);
  return new ServiceError('InvalidInputException', text);
}
