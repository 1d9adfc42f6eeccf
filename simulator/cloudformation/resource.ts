/** Where a stack lives. */
export interface StackLocation {
  readonly stackName: string;
  readonly stackId: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** A resource as its template wants it, every expression resolved. */
export interface Declaration {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Record<string, any>;
  readonly stack: StackLocation;
  /** The folder of the cloud assembly that the template came from. */
  readonly assets: string;
}

/** What providing a resource has led to. */
export interface Instance {
  readonly physicalId: string;
  readonly attributes: Record<string, unknown>;
}

/** A resource that exists. */
export type Resource = Declaration & Instance;

/** One request to a custom resource, and what came of it. */
export interface Exchange {
  readonly request: Record<string, any>;
  /** The answer that counted; absent when none came in time. */
  readonly answer?: Record<string, any>;
  readonly milliseconds: number;
}

export type Outcome = Instance & { readonly exchange?: Exchange };

/** Knows how to make, change and remove the resources of some types. */
export interface ResourceProvider {
  /** `cancelled`: another resource has failed, and nobody waits for this one any longer. */
  create(wanted: Declaration, cancelled?: AbortSignal): Promise<Outcome>;
  /** An outcome with another physical id is a replacement: the engine deletes `current` later. */
  update(wanted: Declaration, current: Resource, cancelled?: AbortSignal): Promise<Outcome>;
  delete(current: Resource): Promise<Exchange | undefined>;
}

/** The resource could not be provided; CloudFormation shows the reason and rolls back. */
export class ResourceFailure extends Error {
  /** `physicalId` is present when something may have been left behind that a rollback has to look after. */
  constructor(readonly reason: string, readonly physicalId?: string, readonly exchange?: Exchange) {
    super(reason);
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The characters that CloudFormation appends to the names it makes up. */
export function randomSuffix(length = 12): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('');
}
