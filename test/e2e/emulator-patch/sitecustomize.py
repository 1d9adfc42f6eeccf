"""Python runs this before ministack.

AWS authorizes GetParametersByPath for the ARN of the path. ministack 1.5.33 authorizes it for '*',
so that a policy as narrow as AWS allows would be refused.
"""

import json

from ministack.core import iam_actions

_extract_resource_arn = iam_actions.extract_resource_arn


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    if service == 'ssm' and iam_actions._action_from_target(headers) == 'GetParametersByPath':
        parameters = json.loads(body)['Path'].lstrip('/')
        return f'arn:aws:ssm:{region}:{account_id}:parameter/{parameters}'
    return _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)


iam_actions.extract_resource_arn = extract_resource_arn
