"""Python runs this before ministack.

AWS authorizes GetParametersByPath for the ARN of the path. ministack 1.5.33 authorizes it for '*',
so that a policy as narrow as AWS allows would be refused.

Each start of a function registers a session, for which ministack 1.5.33 walks through all of them. When
another function starts meanwhile, that fails ("dictionary changed size during iteration"), and the request
of CloudFormation is lost.
"""

import json
import threading

from ministack.core import iam_actions
from ministack.services import sts

_extract_resource_arn = iam_actions.extract_resource_arn


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    if service == 'ssm' and iam_actions._action_from_target(headers) == 'GetParametersByPath':
        parameters = json.loads(body)['Path'].lstrip('/')
        return f'arn:aws:ssm:{region}:{account_id}:parameter/{parameters}'
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


iam_actions.extract_resource_arn = extract_resource_arn

_register_session = sts.register_session
_sessions = threading.Lock()


def register_session(access_key, session):
    with _sessions:
        _register_session(access_key, session)


sts.register_session = register_session
