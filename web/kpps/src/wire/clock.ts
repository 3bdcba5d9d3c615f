/** The server's time, as far as this phone has learnt it. The phone's own clock may be days off; it is never changed. */

export class Clock {
  constructor(
    private readonly local: () => number,
    /** Server minus phone, ms. */
    public offset: number,
    private readonly learnt: (offset: number) => void,
  ) {}

  /** The phone's own moment: for waiting, and for the order of what it made. */
  here(): number {
    return this.local();
  }

  /** The server's moment: for signatures and for what expires. */
  there(): number {
    return this.local() + this.offset;
  }

  /** From a `Date` header, or a time the server told. Small differences are the line's. */
  learn(told: string | null): void {
    const offset = Date.parse(told ?? "") - this.local();
    if (!Number.isFinite(offset) || Math.abs(offset - this.offset) < 2000) return;
    this.offset = Math.round(offset);
    this.learnt(this.offset);
  }
}
