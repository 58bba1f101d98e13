import type { Descriptor } from '../types.ts';
import { OrasError } from './oras-error.ts';

/** What a {@link CopyError} is about. */
export interface CopyErrorInit extends ErrorOptions {
  /** Where it failed. */
  side: 'source' | 'target';
  /** What failed there. */
  operation: 'resolve' | 'fetch' | 'exists' | 'push' | 'tag' | 'tags' | 'referrers';
  /** The content it was about; undefined while the root was being looked for. */
  descriptor?: Descriptor | undefined;
}

/**
 * A copy failed at its source or its target; `cause` is the error of that side. The tag was not set, unless `cause` is a
 * ReferrersError: then all is stored, but not listed as a referrer. A repeated copy goes on with what is missing.
 */
export class CopyError extends OrasError {
  declare readonly code: 'COPY';
  /** Where it failed. */
  readonly side: 'source' | 'target';
  /** What failed there. */
  readonly operation: CopyErrorInit['operation'];
  /** The content it was about; undefined while the root was being looked for. */
  readonly descriptor: Descriptor | undefined;
  /** Makes the error from its message, and where it happened. */
  constructor(message: string, init: CopyErrorInit) {
    super('COPY', message, init);
    this.side = init.side;
    this.operation = init.operation;
    this.descriptor = init.descriptor;
  }
}
