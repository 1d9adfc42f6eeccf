"""Python runs this before ministack.

AWS authorizes GetParametersByPath for the ARN of the path. ministack 1.5.33 authorizes it for '*'
and therefore denies policies that are scoped to the path.

Each function start registers a session, and ministack 1.5.33 iterates over all sessions to do so. If another
function starts meanwhile, this fails ("dictionary changed size during iteration"), and CloudFormation's
request is lost.
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
