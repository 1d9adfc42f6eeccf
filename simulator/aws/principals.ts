import { AuthorizationRequest, Principal } from './authorization';

export const ACCOUNT = '111111111111';

/** A role with all permissions that records its requests. */
export class Administrator implements Principal {
  readonly arn: string;
  readonly asked: AuthorizationRequest[] = [];

  constructor(readonly account = ACCOUNT) {
    this.arn = `arn:aws:sts::${account}:assumed-role/Administrator/session`;
  }

  isAllowed(request: AuthorizationRequest): boolean {
    this.asked.push(request);
    return true;
  }
}

/** A role with all permissions except one action. */
export class RoleWithout extends Administrator {
  constructor(private readonly action: string) {
    super();
  }

  override isAllowed(request: AuthorizationRequest): boolean {
    return super.isAllowed(request) && request.action !== this.action;
  }
}
