// What Temporal's server says of a call that it refused, where the SDK has no error class for it.

/** Of gRPC's status codes those that we tell apart. */
export const GRPC = { NOT_FOUND: 5, PERMISSION_DENIED: 7, FAILED_PRECONDITION: 9, UNIMPLEMENTED: 12 } as const;

/** Undefined when `error` came from elsewhere. */
export function grpcStatusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
