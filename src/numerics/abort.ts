/** An AbortSignal, by the field that is read of it. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}
