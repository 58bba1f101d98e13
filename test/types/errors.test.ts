import {
  type DeniedError,
  isOrasError,
  type MismatchError,
  type NotFoundError,
  type OrasError,
  type OrasErrorCode,
  type OrasErrorOf,
  type RegistryError,
} from 'oras-js';
import { expectTypeOf, test } from 'vitest';

// The compiler is what tries these: they fail with `tsc`.

const narrowed = (error: unknown): void => {
  if (isOrasError(error)) expectTypeOf(error).toEqualTypeOf<OrasError>();
  if (isOrasError(error, 'NOT_FOUND')) expectTypeOf(error).toEqualTypeOf<NotFoundError>();
  if (isOrasError(error, 'NOT_FOUND', 'MISMATCH')) expectTypeOf(error).toEqualTypeOf<NotFoundError | MismatchError>();
  if (isOrasError(error, 'REGISTRY')) expectTypeOf(error.status).toEqualTypeOf<number>();
  // @ts-expect-error this is no code
  isOrasError(error, 'NOT_THERE');
};

test('isOrasError narrows to the errors of its codes', () => {
  expectTypeOf(narrowed).parameter(0).toBeUnknown();
});

test('every code has a class, and REGISTRY covers its kinds', () => {
  expectTypeOf<OrasErrorOf<OrasErrorCode>>().toExtend<OrasError>();
  expectTypeOf<OrasErrorOf<'DENIED'>>().toEqualTypeOf<DeniedError>();
  expectTypeOf<OrasErrorOf<'REGISTRY'>>().toEqualTypeOf<RegistryError>();
  expectTypeOf<DeniedError>().toExtend<RegistryError>();
});

test('fields say what they are', () => {
  expectTypeOf<OrasError['file']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<OrasError['toJSON']>().returns.toEqualTypeOf<Record<string, unknown>>();
  expectTypeOf<RegistryError['code']>().toEqualTypeOf<
    'REGISTRY' | 'UNAUTHORIZED' | 'DENIED' | 'RATE_LIMITED' | 'NOT_A_REGISTRY'
  >();
});
