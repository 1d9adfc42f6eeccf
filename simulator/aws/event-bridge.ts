import { formatArn } from './arn';
import { authorize } from './authorization';
import * as model from './models/events.json';
import { Regions } from './region';
import { Service } from './service';
import { ServiceError } from './service-error';
import { validationException } from './validation';

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Resources?: string[];
  readonly EventBusName?: string;
}

/** The supported members of an entry. Others are an error. */
const ENTRY_MEMBERS = ['Source', 'DetailType', 'Detail', 'Resources', 'EventBusName'];

/** "The total entry size must be less than 256KB" (C). */
const MAX_BYTES = 256 * 1024;

interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** EventBridge's PutEvents, on the default bus. */
export function eventBridge(regions: Regions): Service {
  return {
    model,
    invalidInput: validationException,
    operations: {
      PutEvents(input: { readonly Entries: Entry[]; readonly EndpointId?: string }, { principal, region }) {
        const { Entries: entries } = input;
        const busArn = formatArn({ service: 'events', region, account: principal.account, resource: 'event-bus/default' });
        refuseUnsupported(input, busArn);
        // The condition keys are from the Service Authorization Reference; these two have several values (C). That one decision
        // covers the values of all entries is a guess (I).
        const valuesOf = (name: 'DetailType' | 'Source') => entries.flatMap((entry) => entry[name] ?? []);
        authorize(principal, {
          action: 'events:PutEvents',
          resource: busArn,
          context: { 'events:source': valuesOf('Source'), 'events:detail-type': valuesOf('DetailType'), 'events:eventBusInvocation': 'false' },
        });
        if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= MAX_BYTES) {
          throw new ServiceError('ValidationException', 'Total size of the entries in the request is over the limit.'); // (C), text: (I)
        }
        // "If you submit a request in which none of the entries have each of these properties, EventBridge fails the
        // entire request" (C); the error is a guess (I).
        const absent = entries.map(absentProperty);
        if (absent.every((found) => found)) throw new ServiceError('ValidationException', absent[0]!.ErrorMessage);

        const bus = regions.get(principal.account, region).events;
        const results = entries.map((entry) => {
          const { Detail, DetailType, Resources: resources = [], Source } = entry;
          return entryError(entry) ?? { EventId: bus.put({ source: Source!, detailType: DetailType!, resources, detail: JSON.parse(Detail!) }) };
        });
        return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
      },
    },
  };
}

function refuseUnsupported({ EndpointId, Entries }: { Entries: Entry[]; EndpointId?: string }, busArn: string): void {
  const members = Entries.flatMap((entry) => Object.keys(entry)).filter((member) => !ENTRY_MEMBERS.includes(member));
  const buses = Entries.map(({ EventBusName = 'default' }) => EventBusName).filter((name) => name !== 'default' && name !== busArn);
  const others = [...members, ...buses, ...EndpointId === undefined ? [] : ['EndpointId']];
  if (others.length > 0) throw new Error(`not simulated: ${others.join(', ')}`);
}

/** The size of an entry (C): https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function sizeOf({ Detail = '', DetailType = '', Resources = [], Source = '' }: Entry): number {
  return [Detail, DetailType, Source, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Returns the error for a missing property. The text is AWS's (M: moto's tests). */
function absentProperty(entry: Entry): EntryError | undefined {
  const name = (['Source', 'DetailType', 'Detail'] as const).find((property) => !entry[property]);
  return name && { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.` };
}

/** Returns why an entry is rejected. Other entries are still accepted (C). The codes are documented (C). The texts were observed (M), except that of the length (I). */
function entryError(entry: Entry): EntryError | undefined {
  const { Detail, DetailType, Source } = entry;
  const absent = absentProperty(entry);
  if (absent) return absent;
  if (Source!.startsWith('aws.')) return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  if (DetailType!.length > 128) {
    return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters.' };
  }
  return isJsonObject(Detail!) ? undefined : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
